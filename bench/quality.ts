/**
 * How good the trials are that a sampler proposes: median simple regret after 25, 50 and 100 finished trials, one worker and
 * eight asynchronous ones, beside Optuna's regret on the same objectives where `quality.jsonl` of the peers' folder has it.
 * Regret does not depend on the machine, so the peers' side is not run again. With noise on each loss the samplers are beside `random`.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { peersFolder } from './peers.ts';
import { row, withRatio, type Row } from './report.ts';
import { mapAtMost, measureRegret } from './samplers.ts';

export interface QualityOptions {
  readonly sampler: readonly string[];
  readonly objective: readonly string[];
  readonly workers: readonly number[];
  readonly seeds: number;
  readonly trials: number;
  /** Standard deviation of what is added to each loss. */
  readonly noise: number;
  readonly processes: number;
}

/** Of each sampler the Optuna sampler it is held against. */
const peerOf: Readonly<Record<string, string>> = { tpe: 'tpe-multivariate', gp: 'gp' };
const CHECKPOINTS = [25, 50, 100];
/** Where the goals hold; before, both sides mostly explore. */
const GOAL_CHECKPOINTS = [50, 100];
/** Regrets below are equally good: they count as this. The optima of the objectives are known to 1e-8. */
const REGRET_FLOOR = 1e-5;
const MOST_RATIO = 2;
const MOST_MEAN_RATIO = 0.7;

/** Best of Ax, SMAC and HEBO (5 seeds) and Optuna (20 seeds), one worker: median regret at `CHECKPOINTS`, as measured with them. */
const bestPeer: Readonly<Record<string, readonly number[]>> = {
  branin: [0.0022, 4e-5, 2e-5],
  hartmann6: [0.37, 0.004, 3e-4],
  ackley10: [16, 8.2, 13],
  lognet: [4e-4, 2e-6, 9e-7],
  condtree: [0.18, 0.071, 0.075],
  lc81: [3e-5, 3e-6, 1e-6],
};
const MOST_BEST_PEER_RATIO = 1;

interface Cell {
  readonly sampler: string;
  readonly objective: string;
  readonly workers: number;
  readonly trials: number;
  readonly regret: number;
}

interface PeerLine {
  readonly sampler: string;
  readonly objective: string;
  readonly workers: number;
  readonly medianRegret: Readonly<Record<string, number>>;
}

export async function quality(options: QualityOptions): Promise<Row[]> {
  const searches = options.sampler.flatMap((sampler) =>
    options.objective.flatMap((objective) => options.workers.map((workers) => ({ sampler, objective, workers }))),
  );
  const cells = await mapAtMost(searches, options.processes, async (search) => {
    const startedAt = performance.now();
    const curves = await measureRegret({ kind: 'regret', ...search, trials: options.trials, seeds: options.seeds, noise: options.noise });
    process.stderr.write(`${labelOf(search)}: ${((performance.now() - startedAt) / 1000).toFixed(1)} s\n`);
    return CHECKPOINTS.filter((trials) => trials <= options.trials).map((trials): Cell => {
      return { ...search, trials, regret: median(curves.map((curve) => curve[trials - 1] ?? NaN)) };
    });
  });
  if (options.noise > 0) return besideRandom(cells.flat());
  const peers = readPeers();
  return options.sampler.flatMap((sampler) => {
    const own = cells.flat().filter((cell) => cell.sampler === sampler);
    return [...besideOptuna(own, peers), ...(sampler === 'gp' ? besideBest(own) : [])];
  });
}

/** The peers' regrets are those of exact losses. */
function besideRandom(cells: readonly Cell[]): Row[] {
  return cells.map((cell) => {
    const isSame = ({ sampler, objective, workers, trials }: Cell): boolean =>
      sampler === 'random' && objective === cell.objective && workers === cell.workers && trials === cell.trials;
    const random = cells.find(isSame);
    return random === undefined || random === cell ? row(nameOf(cell), cell.regret, 'regret') : beside(cell, 'random', random.regret, null);
  });
}

function besideOptuna(cells: readonly Cell[], peers: readonly PeerLine[]): Row[] {
  const compared = cells.map((cell) => ({ cell, peer: peerRegret(peers, cell), hasGoal: GOAL_CHECKPOINTS.includes(cell.trials) }));
  const rows = compared.map(({ cell, peer, hasGoal }) => {
    return peer === null ? row(nameOf(cell), cell.regret, 'regret') : beside(cell, 'Optuna', peer, hasGoal ? MOST_RATIO : null);
  });
  const ratios = compared.flatMap(({ cell, peer, hasGoal }) => (peer === null || !hasGoal ? [] : [ratioOf(cell.regret, peer)]));
  return [...rows, ...meanRow(cells, `Optuna at ${GOAL_CHECKPOINTS.join(' and ')}`, ratios, MOST_MEAN_RATIO)];
}

function besideBest(cells: readonly Cell[]): Row[] {
  const compared = cells.flatMap((cell) => {
    const best = bestPeer[cell.objective]?.[CHECKPOINTS.indexOf(cell.trials)];
    return cell.workers === 1 && best !== undefined ? [{ cell, best }] : [];
  });
  const rows = compared.map(({ cell, best }) => beside(cell, 'best peer', best, null));
  const ratios = compared.map(({ cell, best }) => ratioOf(cell.regret, best));
  return [...rows, ...meanRow(cells, 'the best peer of each, 1 worker', ratios, MOST_BEST_PEER_RATIO)];
}

function beside(cell: Cell, reference: string, peer: number, mostRatio: number | null): Row {
  return withRatio(row(nameOf(cell), cell.regret, 'regret'), `${reference} ${peer.toPrecision(3)}`, ratioOf(cell.regret, peer), mostRatio);
}

function meanRow(cells: readonly Cell[], reference: string, ratios: readonly number[], mostRatio: number): Row[] {
  const [first] = cells;
  if (first === undefined || ratios.length === 0) return [];
  const mean = Math.exp(ratios.reduce((sum, ratio) => sum + Math.log(ratio), 0) / ratios.length);
  return [withRatio(row(`${first.sampler}, geometric mean of ${ratios.length} ratios`, mean, '×'), reference, mean, mostRatio)];
}

function ratioOf(regret: number, peer: number): number {
  return Math.max(regret, REGRET_FLOOR) / Math.max(peer, REGRET_FLOOR);
}

function peerRegret(peers: readonly PeerLine[], cell: Cell): number | null {
  const line = peers.find(({ sampler, objective, workers }) => {
    return sampler === peerOf[cell.sampler] && objective === cell.objective && workers === cell.workers;
  });
  return line?.medianRegret[String(cell.trials)] ?? null;
}

function readPeers(): PeerLine[] {
  const file = join(peersFolder(), 'quality.jsonl');
  if (!existsSync(file)) return [];
  const lines = readFileSync(file, 'utf8').split('\n');
  return lines.filter((line) => line.trim() !== '').map((line) => JSON.parse(line) as PeerLine);
}

function nameOf(cell: Cell): string {
  return `${labelOf(cell)}, ${cell.trials} trials`;
}

function labelOf({ sampler, objective, workers }: Pick<Cell, 'sampler' | 'objective' | 'workers'>): string {
  return `${sampler} ${objective}, ${workers} ${workers === 1 ? 'worker' : 'workers'}`;
}

/** As NumPy has it: of an even number the mean of the two in the middle. */
function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length / 2;
  return ((sorted[Math.ceil(middle) - 1] ?? NaN) + (sorted[Math.floor(middle)] ?? NaN)) / 2;
}

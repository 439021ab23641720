/** `maggy what-if`: the recorded curves of a finished experiment under another scheduler, in virtual time. Reads only, over HTTP. */
import type { AlgorithmChoice } from '../../core/catalogue.ts';
import { MaggyError } from '../../core/errors.ts';
import { isFinal } from '../../core/states.ts';
import { loadAlgorithms } from '../../optimizer/service/extensions.ts';
import {
  longestCurve,
  mostAtOnce,
  whatIf as replay,
  type Outcome,
  type RecordedExperiment,
  type WhatIf,
} from '../../optimizer/simulation/what-if.ts';
import { api } from '../api.ts';
import { extensionFiles } from '../environment.ts';
import { UsageError } from '../failure.ts';
import type { MaggyClient } from '../../client/client.ts';

/** Curves asked for at a time. */
const CONNECTIONS = 8;

export interface WhatIfFlags {
  readonly scheduler: string;
  readonly mode?: string;
  readonly maxResource?: number;
  /** As many as trials ran at once where nothing is said. */
  readonly workers?: number;
  readonly json: boolean;
}

export async function whatIf(id: string, flags: WhatIfFlags): Promise<void> {
  const experiment = await recordedExperiment(api(), id);
  const scheduler = schedulerOf(flags, experiment);
  const workers = flags.workers ?? mostAtOnce(experiment);
  const found = replay(experiment, { scheduler, workers, algorithms: await loadAlgorithms(extensionFiles()) });
  const report = { experiment: id, scheduler, workers, ...found };
  process.stdout.write(flags.json ? `${JSON.stringify(report)}\n` : `${describeWhatIf(report)}\n`);
}

async function recordedExperiment(server: MaggyClient, id: string): Promise<RecordedExperiment> {
  const [{ space, direction }, result, rows] = await Promise.all([server.specification(id), server.result(id), server.allTrials(id)]);
  if (!isFinal(result.state))
    throw new MaggyError('conflict', `experiment ${id} is ${result.state}: curves can be replayed once it has ended`, {
      field: 'id',
    });
  const trials: RecordedExperiment['trials'][number][] = [];
  for (let first = 0; first < rows.length; first += CONNECTIONS) {
    const some = rows.slice(first, first + CONNECTIONS);
    trials.push(...(await Promise.all(some.map(async (row) => ({ row, reports: await server.curve(id, row.number) })))));
  }
  if (trials.every(({ reports }) => reports.length === 0))
    throw new MaggyError('conflict', `experiment ${id} has no curves: its training function reports nothing that could be replayed`);
  return { space, direction, trials };
}

function schedulerOf({ scheduler: type, mode, maxResource }: WhatIfFlags, experiment: RecordedExperiment): AlgorithmChoice {
  if (type === 'asha' || type === 'hyperband') {
    const options = { maxResource: maxResource ?? longestCurve(experiment), ...(mode === undefined ? {} : { mode }) };
    return { type, ...options };
  }
  if (mode !== undefined) throw new UsageError(`--mode: only asha and hyperband have one`);
  if (maxResource !== undefined) throw new UsageError(`--max-resource: only asha and hyperband have one`);
  return { type };
}

function describeWhatIf({
  experiment,
  scheduler,
  workers,
  recorded,
  replayed,
  unknown,
}: WhatIf & {
  readonly experiment: string;
  readonly scheduler: AlgorithmChoice;
  readonly workers: number;
}): string {
  const { type, ...options } = scheduler;
  const named = Object.entries(options).map(([name, value]) => `${name} ${String(value)}`);
  const line = (name: string, value: (outcome: Outcome) => string, change = ''): string =>
    `${name.padEnd(12)} ${value(recorded).padEnd(20)} ${value(replayed).padEnd(20)} ${change}`.trimEnd();
  const best = ({ best: found }: Outcome): string => (found === null ? 'none' : `${found.value.toPrecision(6)} (trial ${found.trial})`);
  return [
    `experiment   ${experiment}, ${workers} workers`,
    line('', (outcome) => (outcome === recorded ? 'recorded' : type), named.join(', ')),
    line('steps', ({ steps }) => String(steps), changeOf(recorded.steps, replayed.steps)),
    line('seconds', ({ seconds }) => seconds.toFixed(1), changeOf(recorded.seconds, replayed.seconds)),
    line('completed', ({ completed }) => String(completed)),
    line('best', best, lossOf(recorded, replayed)),
    ...(unknown === 0 ? [] : [`${unknown} trials would have gone on where their recording ends: the replay ends them there.`]),
  ].join('\n');
}

/** A replay ends trials earlier and never later, so its best value is at most as good. */
function lossOf(recorded: Outcome, replayed: Outcome): string {
  if (replayed.best === null) return recorded.best === null ? '' : 'no trial would have completed';
  const loss = Math.abs((recorded.best?.value ?? NaN) - replayed.best.value);
  return loss === 0 ? 'nothing lost' : `worse by ${loss.toPrecision(3)}`;
}

function changeOf(before: number, after: number): string {
  if (before === 0) return '';
  const percent = 100 * (after / before - 1);
  return `${percent > 0 ? '+' : ''}${percent.toFixed(0)} %`;
}

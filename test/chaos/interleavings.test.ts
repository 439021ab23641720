/**
 * Any order of anything that optimizers, workers, people and a Redis that loses its last writes may do, with messages that come twice and late.
 * Against the real scripts, because the fences are there, and with the real engine, planner and log reader over them: only who acts when is
 * invented. What fails is shrunk to a short story.
 */
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import type { AshaSchedulerOptions } from '../../core/catalogue.ts';
import type { LogEvent } from '../../core/events.ts';
import type { Specification } from '../../core/experiment.ts';
import { builtInAlgorithms } from '../../optimizer/algorithms.ts';
import { Engine } from '../../optimizer/engine/engine.ts';
import { verifyLog } from '../../optimizer/engine/verify.ts';
import { ashaScheduler } from '../../optimizer/schedulers/asha.ts';
import { QueueRig } from '../support/queue-rig.ts';
import { useTestRedis } from '../support/redis.ts';
import { testSpecification, withMedian } from '../support/specification.ts';
import { Interleaved, STEPS } from './interleaved.ts';

const { url, prefix } = useTestRedis();
const RUNS = 150;
const asha: AshaSchedulerOptions = { type: 'asha', maxResource: STEPS, mode: 'promote' };
const schedulers: readonly Partial<Specification>[] = [
  {},
  withMedian,
  { scheduler: asha, decisionSteps: ashaScheduler.decisionSteps(asha) },
];

interface Model {
  readonly isEmpty: boolean;
}

/** One thing that somebody does; afterwards it says what came of it. */
class Act implements fc.AsyncCommand<Model, Interleaved> {
  readonly #what: string;
  readonly #act: (on: Interleaved) => Promise<string> | string;
  #came = '';

  constructor(what: string, act: (on: Interleaved) => Promise<string> | string) {
    this.#what = what;
    this.#act = act;
  }

  check(): boolean {
    return true;
  }

  async run(_model: Model, on: Interleaved): Promise<void> {
    this.#came = await this.#act(on);
  }

  toString(): string {
    return `\n${this.#what}${this.#came === '' ? '' : `: ${this.#came}`}`;
  }
}

const optimizer = fc.nat({ max: 1 });
const worker = fc.nat({ max: 4 });

/** The common ones several times: all are equally likely. */
const acts = [
  optimizer.map((i) => new Act(`optimizer ${i} takes over`, (on) => on.takeOver(i))),
  ...[1, 2, 3].map(() => optimizer.map((i) => new Act(`optimizer ${i} plans`, (on) => on.plan(i)))),
  ...[1, 2, 3].map(() => optimizer.map((i) => new Act(`optimizer ${i} commits`, (on) => on.commit(i)))),
  ...[1, 2, 3].map(() => worker.map((i) => new Act(`worker ${i} starts`, (on) => on.start(i)))),
  ...[1, 2, 3, 4].map(() => worker.map((i) => new Act(`worker ${i} goes on`, (on) => on.step(i, false)))),
  worker.map((i) => new Act(`worker ${i} goes on, and says so twice`, (on) => on.step(i, true))),
  worker.map((i) => new Act(`worker ${i} asks for its last start again`, (on) => on.startAgain(i))),
  worker.map((i) => new Act(`worker ${i} repeats its reports`, (on) => on.repeat(i))),
  worker.map((i) => new Act(`worker ${i} tells its last outcome late`, (on) => on.finishAgain(i))),
  worker.map((i) => new Act(`worker ${i} vanishes`, (on) => on.vanish(i))),
  worker.map((i) => new Act(`worker ${i} fails`, (on) => on.fail(i))),
  worker.map((i) => new Act('a lease lapses', (on) => on.lapse(i))),
  fc.constantFrom('pause', 'resume').map((action) => new Act(`a person asks: ${action}`, (on) => on.ask({ action }))),
  fc.constant(null).map(() => new Act('a person enqueues', (on) => on.ask({ action: 'enqueue', params: { x: 0.5, y: 0.5 } }))),
  fc.constant(null).map(() => new Act('a person extends', (on) => on.ask({ action: 'extend', maxTrials: 1 }))),
  fc.constant(null).map(() => new Act('Redis syncs its file', (on) => on.remember().then(() => ''))),
  fc.constant(null).map(() => new Act('Redis loses what came since', (on) => on.goBack())),
];

const rigs: QueueRig[] = [];
afterAll(() => {
  for (const rig of rigs) rig.close();
});

/** What must be true of a log and its curves, however it came about. */
async function checkBooks({ rig }: Interleaved): Promise<void> {
  const events = await rig.events();
  expect(events.map(({ seq }) => seq)).toEqual(events.map((_, i) => i + 1));
  const engine = fold(events);
  const { trials, outcomes, phase, counts } = engine.state;
  expect(phase).toBe('ended');
  expect(trials.length).toBe(engine.state.maxTrials);
  expect([...outcomes].sort((a, b) => a - b)).toEqual(trials.map(({ number }) => number));
  expect(counts).toMatchObject({ queued: 0, running: 0, paused: 0 });
  for (const { number, reports } of trials) expect(await rig.redis.llen(rig.experiment.curve(number))).toBe(reports);
  expect(await rig.redis.zcard(rig.experiment.leases)).toBe(0);
  expect(verifyLog(events)).toMatchObject({ differences: [] });
}

function fold(events: readonly LogEvent[]): Engine {
  const [first, ...rest] = events;
  if (first === undefined) throw new Error('an empty log');
  const engine = Engine.begin(first, builtInAlgorithms);
  for (const event of rest) engine.apply(event);
  return engine;
}

describe('in whatever order things happen', () => {
  it('no trial is lost, doubled or heard of after it was refused, and every decision can be recomputed', async () => {
    const property = fc.asyncProperty(
      fc.constantFrom(...schedulers),
      fc.constantFrom('random' as const, 'tpe' as const),
      fc.commands(acts, { maxCommands: 80, size: 'max' }),
      async (given, sampler, commands) => {
        const rig = new QueueRig(url, prefix);
        rigs.push(rig);
        const specification = testSpecification({ id: rig.id, ...given, sampler: { type: sampler }, maxTrials: 4, maxAttempts: 2 });
        await rig.submit(specification);
        const on = new Interleaved(rig, specification);
        await fc.asyncModelRun(() => ({ model: { isEmpty: true }, real: on }), commands);
        await on.playToTheEnd();
        await checkBooks(on);
        rigs.pop()?.close();
      },
    );
    await fc.assert(property, { numRuns: RUNS, seed: 1 });
  }, 300_000);
});

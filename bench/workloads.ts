/** What the simulation benchmark searches, all minimised: the public learning curves `lc81`, and digits curves recorded for real. */
import { readFileSync } from 'node:fs';
import Type from 'typebox';
import { ParamsSchema } from '../core/space.ts';
import { compileSchema } from '../core/validate.ts';
import mnist from '../examples/mnist-cnn.ts';
import { tableWorkload } from '../optimizer/simulation/curve-table.ts';
import type { Stragglers } from '../optimizer/simulation/simulate.ts';
import { wholeCurve, type Workload } from '../optimizer/simulation/workload.ts';
import { learningCurve, objectives, virtualDuration } from './objectives.ts';

export interface BenchWorkload {
  readonly name: string;
  /** Durations may follow from the seed. */
  readonly create: (seed: number) => Workload;
  /** Epochs of a whole training. */
  readonly epochs: number;
  /** The least loss after a whole training. */
  readonly best: number;
  readonly stragglers: Stragglers;
}

const LC81_EPOCHS = 81;

/** Its public durations are log-normal with sigma 0.6 already: its workers add no slowness of their own. */
export function lc81(): BenchWorkload {
  const objective = objectives.find(({ name }) => name === 'lc81');
  if (objective === undefined) throw new Error('there is no objective lc81');
  const { name, space, optimum } = objective;
  const create = (seed: number): Workload => ({
    space,
    direction: 'minimize',
    curve(params, trial) {
      const seconds = virtualDuration(trial, seed) / LC81_EPOCHS;
      const epochs = Array.from({ length: LC81_EPOCHS }, (_, index) => index + 1);
      return wholeCurve(epochs.map((step) => ({ step, value: learningCurve(params, step), seconds })));
    },
  });
  return { name, create, epochs: LC81_EPOCHS, best: optimum, stragglers: {} };
}

const Recorded = Type.Object({ params: ParamsSchema, loss: Type.Array(Type.Number()), cpuSeconds: Type.Array(Type.Number()) });
const parseRecorded = compileSchema(Recorded);
const recordedFile = new URL('data/mnist-curves.jsonl', import.meta.url);

/** Of one training on few images luck decides a good part: of the 200 trainings, the best is 16 % below the second. */
const NEIGHBOURS = 5;

/** The digits example on a few hundred images, as `record-curves.ts` recorded it. Its loss, since few images tell few accuracies apart. */
export function mnistCurves(): BenchWorkload {
  const [, ...lines] = readFileSync(recordedFile, 'utf8').trimEnd().split('\n');
  const rows = lines.map((line) => {
    const { params, loss, cpuSeconds } = parseRecorded(JSON.parse(line));
    return { params, points: loss.map((value, index) => ({ step: index + 1, value, seconds: cpuSeconds[index] ?? NaN })) };
  });
  const epochs = rows[0]?.points.length ?? 0;
  const space = { ...mnist.space, epochs: { type: 'constant', value: epochs } } as const;
  const workload = tableWorkload({ space, direction: 'minimize', rows, neighbours: NEIGHBOURS });
  const best = Math.min(...rows.map(({ params }, row) => workload.curve(params, row).points.at(-1)?.value ?? Infinity));
  return { name: 'mnist', create: () => workload, epochs, best, stragglers: { perAttempt: 0.3, perStep: 0.1 } };
}

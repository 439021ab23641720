/** What the simulation benchmark searches, all minimised: the public learning curves `lc81`, and digits curves recorded for real. */
import { readFileSync } from 'node:fs';
import Type from 'typebox';
import { decodePoint } from '../core/encoding.ts';
import { compileSpace } from '../core/compiled-space.ts';
import { ParamsSchema } from '../core/space.ts';
import { compileSchema } from '../core/validate.ts';
import mnist from '../examples/mnist-cnn.ts';
import { tableWorkload } from '../optimizer/simulation/curve-table.ts';
import type { Stragglers } from '../optimizer/simulation/simulate.ts';
import { wholeCurve, type Workload } from '../optimizer/simulation/workload.ts';
import { learningCurve, objectives, virtualDuration } from './objectives.ts';

export interface BenchWorkload {
  readonly name: string;
  /** Durations may differ from seed to seed. */
  readonly workload: (seed: number) => Workload;
  /** Epochs of a whole training. */
  readonly epochs: number;
  /** The least loss after a whole training. */
  readonly best: number;
  readonly stragglers: Stragglers;
}

const EPOCHS = 81;

function lc81(): BenchWorkload {
  const { name, space, optimum } = objectives.find((objective) => objective.name === 'lc81') ?? fail('lc81');
  return {
    name,
    epochs: EPOCHS,
    best: optimum,
    // The public durations are log-normal already.
    stragglers: {},
    workload: (seed) => ({
      space,
      direction: 'minimize',
      curve(params, trial) {
        const seconds = virtualDuration(trial, seed) / EPOCHS;
        return wholeCurve(Array.from({ length: EPOCHS }, (_, at) => ({ step: at + 1, value: learningCurve(params, at + 1), seconds })));
      },
    }),
  };
}

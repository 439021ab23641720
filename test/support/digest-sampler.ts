/**
 * A sampler whose suggestions are a digest of all that it is told, in its order: two engines that suggest alike know the same
 * rows, pending configurations and fit, bit for bit. Its fits, one for every three rows, are digests too.
 */
import { createHash } from 'node:crypto';
import Type from 'typebox';
import { algorithmsWith } from '../../optimizer/algorithms.ts';
import type { SamplerDefinition } from '../../optimizer/samplers/sampler.ts';

const ROWS_A_FIT = 3;

const digestSampler: SamplerDefinition = {
  type: 'digest',
  options: Type.Object({ type: Type.Literal('digest') }, { additionalProperties: false }),
  create: () => ({
    learns: true,
    suggest: (number, { observations, pending, fit }) => ({ x: digest([number, observations, pending, fit]) }),
    fit({ observations, fit }) {
      if (observations.length < ROWS_A_FIT + (fit?.observations ?? 0)) return null;
      return { observations: observations.length, hyperparameters: [digest([observations, fit])] };
    },
  }),
};

export const digestAlgorithms = algorithmsWith([digestSampler]);
/** What an experiment with it has. */
export const digesting = { sampler: { type: 'digest' }, space: { x: { type: 'float', min: 0, max: 1 } } } as const;

/** From 0 up to, not including, 1. */
function digest(told: unknown): number {
  return createHash('sha256').update(JSON.stringify(told)).digest().readUInt32BE() / 2 ** 32;
}

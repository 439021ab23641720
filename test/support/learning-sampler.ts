/** A user's own sampler: it learns, so that its suggestions depend on the newest outcome. */
import { randomStream, Type, type SamplerDefinition } from 'maggy/extend';

/** Draws near the best trial so far; the params say how many outcomes it knew. */
export const nearBestSampler: SamplerDefinition = {
  type: 'near-best',
  options: Type.Object({ type: Type.Literal('near-best') }, { additionalProperties: false }),
  create: ({ seed }) => ({
    learns: true,
    suggest(number, { observations, pending }) {
      const best = observations.reduce(
        (low, { params, loss }) => (loss !== null && loss < low.loss ? { loss, x: Number(params.x) } : low),
        {
          loss: Infinity,
          x: 0,
        },
      );
      const x = best.x + randomStream(seed, 'near best', number).normal() / (1 + observations.length + pending.length);
      return { x: Math.max(-1, Math.min(1, x)), known: observations.length };
    },
  }),
};

/**
 * A sampler that stays near the best trial so far and, with probability ε, looks elsewhere (the ε-greedy rule; Sutton & Barto 2018,
 * "Reinforcement learning", section 2.2). Good where trials are few and a good configuration is known: enqueue it, and the search
 * goes on around it. MAGGY_EXTENSIONS names this file, and an experiment says `"sampler": { "type": "epsilon-greedy" }`.
 */
import { compileSchema, decodePoint, encodeParams, randomSampler, randomStream, Type } from 'maggy/extend';
import type { Observation, SamplerDefinition } from 'maggy/extend';

const Options = Type.Object(
  {
    type: Type.Literal('epsilon-greedy'),
    epsilon: Type.Optional(Type.Number({ minimum: 0, maximum: 1, description: 'Part of the trials that look elsewhere' })),
    width: Type.Optional(
      Type.Number({ exclusiveMinimum: 0, maximum: 1, description: 'Typical step, as a part of a range; a choice changes as often' }),
    ),
  },
  { additionalProperties: false, title: 'EpsilonGreedySampler' },
);
const parseOptions = compileSchema(Options);

/** Steps that may lead to configurations that have been tried before one is drawn from the whole space. */
const MAX_STEPS = 16;

export const epsilonGreedy: SamplerDefinition = {
  type: 'epsilon-greedy',
  options: Options,
  create: ({ space, seed, choice, resource }) => {
    const { epsilon = 0.2, width = 0.1 } = parseOptions(choice, 'sampler');
    // It also ends the experiment: once every configuration of a finite space has been suggested it answers null.
    const elsewhere = randomSampler.create({ space, seed, choice: { type: 'random' }, resource });
    return {
      learns: true,
      suggest(number, history) {
        const random = randomStream(seed, 'epsilon-greedy', number);
        const best = bestOf(history.observations);
        if (best === undefined || random.uniform() < epsilon) return elsewhere.suggest(number, history);
        const centre = encodeParams(space, best.params);
        for (let step = 0; step < MAX_STEPS; step++) {
          const point = space.dimensions.map(({ parameter }, at) => {
            const place = centre[at] ?? NaN;
            // Choices have no neighbours, and a parameter that the best trial lacks (NaN) has no place to start from.
            const isChoice = parameter.type === 'categorical';
            if (Number.isNaN(place) || (isChoice && random.uniform() < width)) return random.uniform();
            return isChoice ? place : place + width * random.normal();
          });
          const params = decodePoint(space, point);
          if (!history.isBound(params) && !history.isListed(params)) return params;
        }
        return elsewhere.suggest(number, history);
      },
    };
  },
};

/** Losses are minimised, whatever the experiment's direction. */
function bestOf(observations: readonly Observation[]): Observation | undefined {
  return observations.reduce<Observation | undefined>(
    (best, next) => (next.loss !== null && next.loss < (best?.loss ?? Infinity) ? next : best),
    undefined,
  );
}

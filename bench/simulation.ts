/**
 * A search in virtual time, in this process: a sampler, an objective and workers that finish one after the other. It plays the
 * engine's part for a sampler (history, numbering, fits) and nothing else: no failures, no early stopping.
 */
import { compileSpace } from '../core/compiled-space.ts';
import { configurationKey } from '../core/params.ts';
import { randomStream } from '../core/random.ts';
import type { Params, SearchSpace } from '../core/space.ts';
import type { History, Observation, Sampler, SamplerDefinition, SurrogateFit } from '../optimizer/samplers/sampler.ts';
import { virtualDuration, type Objective } from './objectives.ts';

interface Running {
  readonly number: number;
  readonly params: Params;
  readonly endsAt: number;
}

export interface Search {
  readonly definition: SamplerDefinition;
  readonly objective: Objective;
  readonly workers: number;
  readonly trials: number;
  readonly seed: number;
  /** Standard deviation of what is added to each loss, normally distributed; 0: none. */
  readonly noise: number;
}

/**
 * Simple regret after each of the finished trials, in the order in which they finish. Under noise it is the true one of the trial with
 * the best loss that was seen, which is the one that a user would take.
 */
export function regretCurve({ definition, objective, workers, trials, seed, noise }: Search): number[] {
  const study = new Study(definition, objective.space, seed);
  const running: Running[] = [];
  const curve: number[] = [];
  let now = 0;
  let best = Infinity;
  while (curve.length < trials) {
    while (running.length < workers && study.asked < trials) {
      const number = study.asked;
      running.push({ number, params: study.ask(), endsAt: now + virtualDuration(number, seed) });
    }
    const finished = running.reduce((first, other) => (other.endsAt < first.endsAt ? other : first));
    running.splice(running.indexOf(finished), 1);
    now = finished.endsAt;
    const loss = objective.loss(finished.params);
    const seen = noise === 0 ? loss : loss + noise * randomStream(seed, 'noise', finished.number).normal();
    study.tell(finished.number, seen);
    curve.push(seen < best ? loss - objective.optimum : (curve.at(-1) ?? Infinity));
    best = Math.min(best, seen);
  }
  return curve;
}

/** A sampler and its history, grown as the engine grows it. */
export class Study {
  readonly #sampler: Sampler;
  readonly #observations: Observation[] = [];
  readonly #bound = new Set<string>();
  readonly #pending = new Map<number, Params>();
  #fit: SurrogateFit | null = null;
  #asked = 0;

  constructor(definition: SamplerDefinition, space: SearchSpace, seed: number) {
    this.#sampler = definition.create({ space: compileSpace(space), seed, choice: { type: definition.type }, resource: null });
  }

  /** Trials so far, which is the number of the next one. */
  get asked(): number {
    return this.#asked;
  }

  ask(): Params {
    const params = this.#sampler.suggest(this.#asked, this.#history());
    if (params === null) throw new Error('the space is exhausted');
    this.bind(params);
    return params;
  }

  /** A trial that the sampler did not suggest. */
  bind(params: Params): number {
    this.#bound.add(configurationKey(params));
    this.#pending.set(this.#asked, params);
    return this.#asked++;
  }

  tell(number: number, loss: number): void {
    this.observe(number, loss);
    this.refit();
  }

  /** Like `tell`, without asking for a fit. */
  observe(number: number, loss: number): void {
    const params = this.#pending.get(number);
    if (params === undefined) throw new Error(`trial ${number} is not running`);
    this.#pending.delete(number);
    this.#observations.push({ number, params, loss, resource: null, state: 'completed' });
  }

  refit(): void {
    this.#fit = this.#sampler.fit?.(this.#history()) ?? this.#fit;
  }

  #history(): History {
    return {
      observations: this.#observations,
      pending: [...this.#pending.values()],
      fit: this.#fit,
      isBound: (params) => this.#bound.has(configurationKey(params)),
      isListed: () => false,
    };
  }
}

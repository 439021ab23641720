/**
 * What every sampler promises, as one suite: `samplerContract('tpe', { create, … })` in a test file joins. Spaces are given by
 * the sampler's own capability (a grid needs finite ones), so that nothing is skipped by name.
 *
 * A `Ledger` plays the engine: it numbers trials, hands out histories and knows what is bound, listed and observed. As in the
 * engine, histories only grow.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cardinality } from '../../core/cardinality.ts';
import type { ResourceRange } from '../../core/catalogue.ts';
import { configurationKey, validateParams } from '../../core/params.ts';
import { randomStream } from '../../core/random.ts';
import type { Params, SearchSpace } from '../../core/space.ts';
import type { History, Observation, Sampler, SurrogateFit } from '../../optimizer/samplers/sampler.ts';
import { smallSpace } from '../core/arbitraries.ts';

export interface SamplerCandidate {
  /** A fresh sampler for a space, and for a scheduler that doles out `resource`. */
  readonly create: (space: SearchSpace, seed: number, resource?: ResourceRange) => Sampler;
  /** Spaces it takes. */
  readonly spaces: fc.Arbitrary<SearchSpace>;
}

const seeds = fc.integer({ min: 0, max: 0xffff_ffff });
/** Configurations of a finite space that a test walks through to its end. */
const MAX_EXHAUSTED = 150;
/** Fewer than the suite of the spaces themselves uses: each run here asks for dozens of suggestions. */
const RUNS = 60;

export function samplerContract(name: string, { create, spaces }: SamplerCandidate): void {
  describe(`the ${name} sampler, as every sampler,`, () => {
    it('suggests valid params in every space it takes', () => {
      fc.assert(
        fc.property(spaces, seeds, (space, seed) => {
          const ledger = new Ledger(create(space, seed), seed);
          for (let i = 0; i < 12; i++) {
            const params = ledger.suggest();
            if (params === null) break;
            expect(validateParams(space, params)).toEqual(params);
            ledger.bind(params);
            ledger.observeSome();
          }
        }),
        { numRuns: RUNS },
      );
    });

    it('suggests every configuration of a finite space once, then null, whatever is pending or listed', () => {
      fc.assert(
        fc.property(smallSpace, seeds, (space, seed) => {
          const size = cardinality(space);
          fc.pre(size <= MAX_EXHAUSTED);
          const ledger = new Ledger(create(space, seed), seed);
          const seen = new Set<string>();
          for (let i = 0; i < size; i++) {
            const params = ledger.suggestIntoList();
            if (params === null) throw new Error(`null after ${i} of ${size} configurations`);
            seen.add(configurationKey(params));
            ledger.observeSome();
          }
          expect(seen.size).toBe(size);
          expect(ledger.suggest()).toBeNull();
        }),
        { numRuns: RUNS },
      );
    });

    it('suggests no configuration that a person enqueued before', () => {
      fc.assert(
        fc.property(smallSpace, seeds, (space, seed) => {
          fc.pre(cardinality(space) <= MAX_EXHAUSTED && cardinality(space) >= 2);
          const probe = new Ledger(create(space, seed), seed);
          const enqueued = probe.suggest();
          if (enqueued === null) throw new Error('nothing to suggest in a fresh space');
          const ledger = new Ledger(create(space, seed), seed);
          ledger.bind(enqueued);
          const key = configurationKey(enqueued);
          for (let params = ledger.suggest(); params !== null; params = ledger.suggest()) {
            expect(configurationKey(params)).not.toBe(key);
            ledger.bind(params);
          }
        }),
        { numRuns: RUNS },
      );
    });

    it('suggests the same for the same space, seed, number and history: again, after other questions, and freshly created', () => {
      fc.assert(
        fc.property(spaces, seeds, (space, seed) => {
          const sampler = create(space, seed);
          const ledger = new Ledger(sampler, seed);
          for (let i = 0; i < 8; i++) {
            const history = ledger.history();
            const params = sampler.suggest(ledger.next, history);
            // A longer list, as for more tickets, and a later number.
            sampler.suggest(ledger.next + 1, params === null ? history : ledger.history([params]));
            sampler.suggest(ledger.next + 7, history);
            expect(sampler.suggest(ledger.next, history)).toEqual(params);
            expect(create(space, seed).suggest(ledger.next, history)).toEqual(params);
            if (params === null) break;
            ledger.bind(params);
            ledger.observeSome();
          }
        }),
        { numRuns: RUNS },
      );
    });

    it('changes neither the history nor what it suggested', () => {
      fc.assert(
        fc.property(spaces, seeds, (space, seed) => {
          const ledger = new Ledger(create(space, seed), seed);
          const given: string[] = [];
          const kept: Params[] = [];
          for (let i = 0; i < 6; i++) {
            const before = JSON.stringify([ledger.history().observations, ledger.history().pending]);
            const params = ledger.suggest();
            expect(JSON.stringify([ledger.history().observations, ledger.history().pending])).toBe(before);
            if (params === null) break;
            kept.push(params);
            given.push(JSON.stringify(params));
            ledger.bind(params);
            ledger.observeSome();
          }
          expect(kept.map((params) => JSON.stringify(params))).toEqual(given);
        }),
        { numRuns: RUNS },
      );
    });

    it('survives a history in which every trial failed or was stopped without a report', () => {
      fc.assert(
        fc.property(spaces, seeds, (space, seed) => {
          const ledger = new Ledger(create(space, seed), seed);
          for (let i = 0; i < 8; i++) {
            const params = ledger.suggest();
            if (params === null) break;
            expect(validateParams(space, params)).toEqual(params);
            ledger.bind(params);
            ledger.observe(null, i % 2 === 0 ? 'failed' : 'stopped');
          }
        }),
        { numRuns: RUNS },
      );
    });

    it('survives losses of every size, equal ones included', () => {
      const losses = [0, -0, 1e308, -1e308, 1e-320, 7, 7, 7];
      fc.assert(
        fc.property(spaces, seeds, (space, seed) => {
          const ledger = new Ledger(create(space, seed), seed);
          for (const loss of losses) {
            const params = ledger.suggest();
            if (params === null) break;
            expect(validateParams(space, params)).toEqual(params);
            ledger.bind(params);
            ledger.observe(loss, 'completed');
          }
        }),
        { numRuns: 20 },
      );
    });

    it('goes on under a constant objective, with new params each time', () => {
      fc.assert(
        fc.property(spaces, seeds, (space, seed) => {
          const ledger = new Ledger(create(space, seed), seed);
          const seen = new Set<string>();
          for (let i = 0; i < 20; i++) {
            const params = ledger.suggest();
            if (params === null) break;
            expect(validateParams(space, params)).toEqual(params);
            seen.add(configurationKey(params));
            expect(seen.size).toBe(i + 1);
            ledger.bind(params);
            ledger.observe(7, 'completed');
          }
        }),
        { numRuns: 20 },
      );
    });

    it('suggests other params to each of many workers, whatever is pending', () => {
      fc.assert(
        fc.property(spaces, seeds, (space, seed) => {
          const ledger = new Ledger(create(space, seed), seed);
          const seen = new Set<string>();
          const workers = 24;
          for (let i = 0; i < workers; i++) {
            const params = ledger.suggest();
            if (params === null) break;
            seen.add(configurationKey(params));
            expect(seen.size).toBe(i + 1);
            ledger.bind(params);
            // Half of them end while the others go on.
            if (i < workers / 2 && i % 2 === 0) ledger.observeSome();
          }
        }),
        { numRuns: 20 },
      );
    });

    it('suggests valid params, and the same from the same history, where trials are measured at rungs', () => {
      const [resource, rungs] = [{ min: 1, max: 9, reductionFactor: 3 }, [1, 3, 9]];
      fc.assert(
        fc.property(spaces, seeds, (space, seed) => {
          const sampler = create(space, seed, resource);
          const ledger = new Ledger(sampler, seed);
          for (let i = 0; i < 16; i++) {
            const params = ledger.suggest();
            if (params === null) break;
            expect(validateParams(space, params)).toEqual(params);
            expect(create(space, seed, resource).suggest(ledger.next, ledger.history())).toEqual(params);
            ledger.bind(params);
            ledger.observeAtSome(rungs);
          }
        }),
        { numRuns: 10 },
      );
    });

    it('works in 1 to 50 dimensions', () => {
      for (const dimensions of [1, 2, 10, 50]) {
        const space = Object.fromEntries(
          Array.from({ length: dimensions }, (_, index) => [`p${index}`, { type: 'int', min: 1, max: 1000 } as const]),
        );
        const ledger = new Ledger(create(space, 11), 11);
        for (let i = 0; i < 20; i++) {
          const params = ledger.suggest();
          if (params === null) throw new Error(`null in ${dimensions} dimensions`);
          expect(validateParams(space, params)).toEqual(params);
          ledger.bind(params);
          ledger.observeSome();
        }
      }
    });

    it('suggests the one configuration of a space of constants, and of an empty one, once', () => {
      for (const space of [{}, { k: { type: 'constant', value: 3 } as const }]) {
        const ledger = new Ledger(create(space, 1), 1);
        const params = ledger.suggest();
        expect(params).toEqual('k' in space ? { k: 3 } : {});
        if (params !== null) ledger.bind(params);
        expect(ledger.suggest()).toBeNull();
      }
    });
  });
}

class Ledger {
  readonly #sampler: Sampler;
  readonly #random;
  readonly #bound = new Set<string>();
  readonly #observations: Observation[] = [];
  readonly #pending: { readonly number: number; readonly params: Params }[] = [];
  #listed: Params[] = [];
  #fit: SurrogateFit | null = null;
  #bindings = 0;

  constructor(sampler: Sampler, seed: number) {
    this.#sampler = sampler;
    this.#random = randomStream(seed, 'ledger');
  }

  /** Number of the trial that is suggested next. */
  get next(): number {
    return this.#bindings + this.#listed.length;
  }

  history(listed: readonly Params[] = this.#listed): History {
    const keys = new Set(listed.map(configurationKey));
    return {
      observations: [...this.#observations],
      pending: [...this.#pending.map(({ params }) => params), ...listed],
      fit: this.#fit,
      isBound: (params) => this.#bound.has(configurationKey(params)),
      isListed: (params) => keys.has(configurationKey(params)),
    };
  }

  suggest(): Params | null {
    return this.#sampler.suggest(this.next, this.history());
  }

  /** Grows the list that is being made; now and then all of it is bound. */
  suggestIntoList(): Params | null {
    const params = this.suggest();
    if (params !== null) this.#listed.push(params);
    if (this.#random.integer(1, 3) === 1) {
      const listed = this.#listed;
      this.#listed = [];
      for (const entry of listed) this.bind(entry);
    }
    return params;
  }

  bind(params: Params): void {
    this.#bound.add(configurationKey(params));
    this.#pending.push({ number: this.#bindings, params });
    this.#bindings += 1;
  }

  /** The trial that was bound last is over. */
  observe(loss: number | null, state: Observation['state']): void {
    const trial = this.#pending.pop();
    if (trial !== undefined) this.#append({ ...trial, loss, resource: null, state });
  }

  /** Some pending trial is over, or none; outcomes come in another order than bindings. */
  observeSome(): void {
    if (this.#pending.length === 0 || this.#random.integer(1, 3) === 1) return;
    const [trial] = this.#pending.splice(this.#random.integer(0, this.#pending.length - 1), 1);
    if (trial === undefined) return;
    const state = this.#random.pick(['completed', 'completed', 'stopped', 'failed'] as const);
    this.#append({ ...trial, state, resource: null, loss: state === 'failed' ? null : this.#random.normal() });
  }

  /** Of the trial that was bound last, the loss at the first rungs; one that gets to the last has completed by it. */
  observeAtSome(rungs: readonly number[]): void {
    const trial = this.#pending.at(-1);
    const reached = this.#random.integer(0, rungs.length);
    if (trial === undefined) return;
    for (const resource of rungs.slice(0, reached)) {
      const state = resource === rungs.at(-1) ? 'completed' : 'measured';
      this.#append({ ...trial, state, resource, loss: this.#random.normal() });
    }
    if (reached > 0) this.#pending.pop();
  }

  /** The engine asks for a fit whenever there is something new. */
  #append(observation: Observation): void {
    this.#observations.push(observation);
    this.#fit = this.#sampler.fit?.(this.history()) ?? this.#fit;
  }
}

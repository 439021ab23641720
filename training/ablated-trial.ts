/**
 * What a trial of an ablation leaves out, taken from the models and data that its training function is handed. The function itself knows
 * nothing of it; one that makes its model or its data by itself is found out when it ends, because its trial was the baseline once more.
 */
import type { Exclusion } from '../core/ablation/schema.ts';
import { invalid } from '../core/errors.ts';
import { deriveSeed } from '../core/random.ts';
import { featureCounts, featuresOf } from './surgery/features.ts';
import { inputNamesOf } from './surgery/graph.ts';
import { operate } from './surgery/surgery.ts';
import type { tf } from './tf.ts';

export interface AblatedTrialOptions {
  readonly exclusion: Exclusion;
  /** What the exclusion's variant, if it names one, replaces. */
  readonly replaces: Replaced;
  /** The trial's. */
  readonly seed: number;
  readonly log: (line: string) => void;
}

/** Parts of a training function. */
export interface Replaced {
  readonly model: boolean;
  readonly dataset: boolean;
}

export class AblatedTrial {
  readonly #exclusion: Exclusion;
  readonly #replaces: Replaced;
  readonly #seed: number;
  readonly #log: (line: string) => void;
  #models = 0;
  #loads = 0;
  #counts: ReadonlyMap<string, number> = new Map();

  constructor({ exclusion, replaces, seed, log }: AblatedTrialOptions) {
    this.#exclusion = exclusion;
    this.#replaces = replaces;
    this.#seed = seed;
    this.#log = log;
  }

  /** Features to be left out of whatever is loaded. */
  get features(): readonly string[] {
    return this.#exclusion.features ?? [];
  }

  /** Whether layers or modules are to be left out. */
  get cutsModel(): boolean {
    const { layers = [], modules = [] } = this.#exclusion;
    return layers.length + modules.length > 0;
  }

  /** Inputs of the models that are made from here on have as many features as these data, where these name them. */
  fit(data: unknown): void {
    const features = featuresOf(data);
    if (features !== undefined) this.#counts = featureCounts(features);
  }

  loaded(): void {
    this.#loads += 1;
  }

  /** The model without what the trial leaves out; the given one is used up. */
  without(model: tf.LayersModel): tf.LayersModel {
    this.#models += 1;
    const { layers = [], modules = [], bridges = false } = this.#exclusion;
    const inputSizes = this.#inputSizes(model);
    if (layers.length + modules.length + Object.keys(inputSizes).length === 0) return model;
    // Models that a trial makes one after the other, one a fold say, begin with different weights.
    const seed = deriveSeed(this.#seed, 'model', this.#models);
    const operated = operate(model, { layers, modules, inputSizes, bridges, seed });
    const { before, after } = operated.parameters;
    if (this.#models === 1) this.#log(`Left out: ${describeExclusion(this.#exclusion)}. Parameters: ${before} before, ${after} after`);
    return operated.model;
  }

  /** @throws {MaggyError} `invalid` where the function did without what was taken from it */
  check(): void {
    const { features = [], variant } = this.#exclusion;
    if (this.cutsModel && this.#models === 0) {
      throw invalid('model', 'must be built with model(), because parts of it are left out', describeExclusion(this.#exclusion));
    }
    if (features.length > 0 && this.#loads === 0) {
      throw invalid('dataset', 'must be loaded with dataset(), because features are left out', describeExclusion(this.#exclusion));
    }
    if (this.#replaces.model && this.#models === 0) {
      throw invalid('variant', 'must be used: it replaces the model, and model() was not called', variant);
    }
    if (this.#replaces.dataset && this.#loads === 0) {
      throw invalid('variant', 'must be used: it replaces the dataset, and dataset() was not called', variant);
    }
  }

  #inputSizes(model: tf.LayersModel): Record<string, number> {
    const sizes: Record<string, number> = {};
    const names = inputNamesOf(model);
    for (const [input, count] of this.#counts) {
      const at = input === '' ? 0 : names.indexOf(input);
      const [name, shape] = [names[at], model.inputs[at]?.shape];
      if (name === undefined || (input === '' && names.length > 1)) {
        throw invalid('dataset.features', 'must name the features of each input of the model by its name', names);
      }
      if (shape?.at(-1) !== count) sizes[name] = count;
    }
    return sizes;
  }
}

/** `feature sex, layer conv1` */
function describeExclusion({ features = [], layers = [], modules = [], variant }: Exclusion): string {
  return [
    ...features.map((name) => `feature ${name}`),
    ...layers.map((name) => `layer ${name}`),
    ...modules.map(({ from, to }) => `module ${from}..${to}`),
    ...(variant === undefined ? [] : [`what variant ${variant} replaces`]),
  ].join(', ');
}

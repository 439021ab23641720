/**
 * `defineTraining`: checks what a person wrote and makes it callable, by hand (`train`) and by the system (`invoke`). Both
 * hand the person's function the same arguments; they differ in who supplies them.
 */
import Type from 'typebox';
import { AblationSchema, type Ablatable, type Ablation, type Exclusion } from '../core/ablation/schema.ts';
import { MaxResource } from '../core/declaration.ts';
import { TrainingFunctionName } from '../core/experiment.ts';
import { invalid } from '../core/errors.ts';
import { didYouMean } from '../core/nearest.ts';
import { isRecord } from '../core/schema-words.ts';
import type { Params, SearchSpace } from '../core/space.ts';
import { validateSpace } from '../core/space-validation.ts';
import { DirectionSchema } from '../core/states.ts';
import { compileSchema } from '../core/validate.ts';
import { AblatedTrial, type Replaced } from './ablated-trial.ts';
import { TrialCheckpoint } from './checkpoint.ts';
import type {
  AnyTrainingFunction,
  DatasetArguments,
  HparamsOf,
  Invocation,
  PlainArguments,
  TrainContext,
  TrainingDefinition,
  TrainingFunction,
  TrainReturn,
  Variant,
} from './contract.ts';
import { datasetCache } from './dataset-cache.ts';
import { completeHparams } from './hparams.ts';
import { MemoryCheckpointStore } from './memory-checkpoint-store.ts';
import { callerOf, originOf } from './origin.ts';
import { assertPlainJson } from './plain-json.ts';
import { disposeModel } from './models.ts';
import { localReporter } from './reporter.ts';
import { withSeed } from './seeding.ts';
import { loadWithout } from './surgery/exclude.ts';
import { describeLayers } from './surgery/graph.ts';
import type { tf } from './tf.ts';

/** The same in every copy of this package, so that a function made by another copy is told from something else. */
const mark = Symbol.for('maggy.trainingFunction');

/** Trial and dataset seed of a plain call that names none. Not 0, which TensorFlow.js treats as no seed. */
export const defaultSeed = 1;

/**
 * Makes a training function of its definition; a module exports it as its default.
 *
 * @throws {MaggyError} `invalid`, with the path of the field that is wrong.
 */
export function defineTraining<
  const S extends SearchSpace = SearchSpace,
  Data = undefined,
  Options extends object = Record<string, unknown>,
>(definition: TrainingDefinition<S, Data, Options>): TrainingFunction<S, Data, Options> {
  checkDefinition(definition);
  return new DefinedTraining(definition, callerOf(defineTraining));
}

export function isTrainingFunction(value: unknown): value is AnyTrainingFunction {
  return typeof value === 'object' && value !== null && mark in value;
}

class DefinedTraining<S extends SearchSpace, Data, Options extends object> implements TrainingFunction<S, Data, Options> {
  readonly [mark] = true;
  readonly name: string;
  readonly space: SearchSpace;
  readonly metric: string;
  readonly direction: TrainingFunction<S, Data, Options>['direction'];
  readonly maxResource: number | undefined;
  readonly ablation: Ablation | undefined;
  readonly #definition: TrainingDefinition<S, Data, Options>;
  readonly #file: string | undefined;

  /** @param file that it was made in, where that is known */
  constructor(definition: TrainingDefinition<S, Data, Options>, file: string | undefined) {
    this.#definition = definition;
    this.#file = file;
    this.name = definition.name;
    this.space = definition.space ?? {};
    this.metric = definition.metric ?? 'value';
    this.direction = definition.direction;
    this.maxResource = definition.maxResource;
    this.ablation = definition.ablation;
  }

  get [originOf](): string | undefined {
    return this.#file;
  }

  async train(plain: PlainArguments<HparamsOf<S>, Data, Options> = {}): Promise<TrainReturn> {
    const hparams = this.#complete(plain.hparams ?? {});
    const seed = plain.seed ?? defaultSeed;
    const { model, dataset } = plain;
    return this.#definition.train({
      hparams,
      model: model ?? ((overrides = {}) => this.#build({ ...hparams, ...overrides })),
      dataset: async (overrides) => (dataset === undefined ? this.#load(seed, { ...overrides }) : dataset(overrides)),
      reporter: plain.reporter ?? localReporter({ metric: this.metric }),
      checkpoint: plain.checkpoint ?? memoryCheckpoint(),
      signal: plain.signal ?? new AbortController().signal,
      seed,
      log: plain.log ?? ((...parts) => console.log(...parts)),
    });
  }

  model(hparams: Partial<HparamsOf<S>> = {}): tf.LayersModel {
    return this.#build(this.#complete(hparams));
  }

  async dataset(options: Partial<DatasetArguments<Options>> = {}): Promise<Data> {
    const { seed = defaultSeed, ...rest } = options;
    return this.#load(seed, rest);
  }

  ablatable(hparams: Params = {}): Ablatable {
    const { features, variants = {} } = this.#definition;
    const layers = this.#layers(hparams);
    return {
      ...(layers === undefined ? {} : { layers }),
      ...(features === undefined ? {} : { features: [...features] }),
      variants: Object.keys(variants),
    };
  }

  async countParameters(hparams: Params, exclusion: Exclusion, datasetOptions: object = {}): Promise<number | null> {
    if (!isHparams<S>(hparams)) throw invalid('hparams', 'must be a record', hparams);
    const variant = this.#variant(exclusion.variant);
    const ablated = new AblatedTrial({ exclusion, replaces: partsOf(variant), seed: defaultSeed, log: () => undefined });
    if (ablated.features.length > 0) ablated.fit(await this.#load(defaultSeed, datasetOptions, { ...variant, exclude: ablated.features }));
    // A function may make its model by itself, as long as no part of it is to be left out.
    if ((variant.model ?? this.#definition.model) === undefined && !ablated.cutsModel) return null;
    const model = ablated.without(this.#build(hparams, variant));
    const count = model.countParams();
    disposeModel(model);
    return count;
  }

  async invoke(invocation: Invocation): Promise<TrainReturn> {
    const { hparams, datasetSeed, datasetOptions, modelMade, exclusion = {}, ...rest } = invocation;
    if (!isHparams<S>(hparams)) throw invalid('hparams', 'must be a record', hparams);
    const variant = this.#variant(exclusion.variant);
    const ablated = new AblatedTrial({ exclusion, replaces: partsOf(variant), seed: rest.seed, log: rest.log });
    const load = (options: object): Promise<Data> => this.#load(datasetSeed, options, { ...variant, exclude: ablated.features });
    const context: TrainContext<HparamsOf<S>, Data, Options> = {
      ...rest,
      hparams,
      model: (overrides = {}) => {
        const model = ablated.without(this.#build({ ...hparams, ...overrides }, variant));
        modelMade(model);
        return model;
      },
      dataset: (overrides) => {
        ablated.loaded();
        return load({ ...datasetOptions, ...overrides });
      },
    };
    // Models may be made before data are asked for, and their inputs depend on the features that are left.
    if (ablated.features.length > 0) ablated.fit(await load(datasetOptions));
    const returned = await this.#definition.train(context);
    ablated.check();
    return returned;
  }

  /** Undefined where no model is declared, or none can be built. */
  #layers(hparams: Params): Ablatable['layers'] {
    if (this.#definition.model === undefined) return undefined;
    try {
      const complete: Params = completeHparams(this.space, hparams);
      if (!isHparams<S>(complete)) return undefined;
      const model = this.#build(complete);
      const layers = describeLayers(model);
      disposeModel(model);
      return layers;
    } catch {
      return undefined;
    }
  }

  #variant(name: string | undefined): Loading<S, Data, Options> {
    if (name === undefined) return {};
    const { variants = {} } = this.#definition;
    const variant = Object.hasOwn(variants, name) ? variants[name] : undefined;
    if (variant === undefined)
      throw invalid('variant', `must be declared by training function "${this.name}"${didYouMean(name, Object.keys(variants))}`, name);
    return { ...variant, variant: name };
  }

  #complete(given: Partial<HparamsOf<S>>): HparamsOf<S> {
    const complete: Params = completeHparams(this.space, { ...given });
    if (!isHparams<S>(complete)) throw invalid('hparams', 'must be a record', given);
    return complete;
  }

  #build(hparams: HparamsOf<S>, variant: Variant<S, Data, Options> = {}): tf.LayersModel {
    const model = variant.model ?? this.#definition.model;
    if (model === undefined) throw invalid('model', `must be declared by training function "${this.name}" or passed to train()`, undefined);
    const built = model(hparams);
    if (!isModel(built)) throw invalid('model', 'must return a tf.LayersModel', built);
    return built;
  }

  async #load(seed: number, options: object, loading: Loading<S, Data, Options> = {}): Promise<Data> {
    const { variant, exclude = [] } = loading;
    const dataset = loading.dataset ?? this.#definition.dataset;
    if (dataset === undefined)
      throw invalid('dataset', `must be declared by training function "${this.name}" or passed to train()`, undefined);
    const given: unknown = { ...withoutUndefined(options), seed };
    assertPlainJson(given, 'dataset');
    if (!isDatasetArguments<Options>(given)) throw invalid('dataset', 'must be a record', given);
    // On random numbers of its own, so that a trial draws the same whether it loads the data or finds it loaded.
    const seeded = (load: () => Promise<Data> | Data) => async () => withSeed(seed, load);
    const identity = variant === undefined ? given : { given, variant };
    const whole = (): Promise<Data> =>
      datasetCache.get(
        this,
        identity,
        seeded(() => dataset(given)),
      );
    if (exclude.length === 0) return whole();
    return datasetCache.get(
      this,
      { given, variant: variant ?? null, exclude },
      seeded(() => loadWithout(dataset, given, exclude, whole)),
    );
  }
}

/** Which data to load: those of a variant, without some features. */
interface Loading<S extends SearchSpace, Data, Options extends object> extends Variant<S, Data, Options> {
  readonly variant?: string;
  readonly exclude?: readonly string[];
}

function partsOf({ model, dataset }: { readonly model?: unknown; readonly dataset?: unknown }): Replaced {
  return { model: model !== undefined, dataset: dataset !== undefined };
}

/** Params that were completed from the space `S` have its types; this is where run time meets them. */
function isHparams<S>(params: unknown): params is HparamsOf<S> {
  return typeof params === 'object' && params !== null;
}

/** Dataset options have types but no schema: what an experiment submits is the author's to check. */
function isDatasetArguments<Options>(value: unknown): value is DatasetArguments<Options> {
  return typeof value === 'object' && value !== null;
}

/** Told by what is needed of it, since a model may come from another copy of TensorFlow.js; an async function has returned a promise. */
function isModel(built: unknown): boolean {
  return typeof built === 'object' && built !== null && 'fit' in built && 'getWeights' in built;
}

/** An option that is undefined is one that was not given. */
function withoutUndefined(options: object): object {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
}

function memoryCheckpoint(): TrialCheckpoint {
  return new TrialCheckpoint({ store: new MemoryCheckpointStore(), register: async () => undefined, resumed: () => undefined });
}

const parseHead = compileSchema(
  Type.Object(
    {
      name: TrainingFunctionName,
      space: Type.Optional(Type.Unknown()),
      metric: Type.Optional(Type.String({ minLength: 1, maxLength: 100 })),
      direction: Type.Optional(DirectionSchema),
      maxResource: Type.Optional(MaxResource),
      features: Type.Optional(Type.Array(Type.String({ minLength: 1 }), { minItems: 1, uniqueItems: true })),
      ablation: Type.Optional(AblationSchema),
    },
    { additionalProperties: false },
  ),
);

/** Types do not reach a user's JavaScript, so everything is looked at. */
function checkDefinition(definition: unknown): void {
  if (typeof definition !== 'object' || definition === null) throw invalid('definition', 'must be a record', definition);
  const { train, model, dataset, variants, ...head }: Record<string, unknown> = { ...definition };
  parseHead(head);
  if (typeof train !== 'function') throw invalid('train', 'must be a function', train);
  if (model !== undefined && typeof model !== 'function') throw invalid('model', 'must be a function', model);
  if (dataset !== undefined && typeof dataset !== 'function') throw invalid('dataset', 'must be a function', dataset);
  if (variants !== undefined) checkVariants(variants);
  if (head.space !== undefined) validateSpace(head.space);
}

function checkVariants(variants: unknown): void {
  if (!isRecord(variants)) throw invalid('variants', 'must be a record', variants);
  for (const [name, variant] of Object.entries(variants)) {
    const field = `variants.${name}`;
    const entries = isRecord(variant) ? Object.entries(variant) : [];
    if (entries.length === 0) throw invalid(field, 'must have a model, a dataset or both', variant);
    for (const [part, value] of entries) {
      if (part !== 'model' && part !== 'dataset')
        throw invalid(`${field}.${part}`, `is not a known field${didYouMean(part, ['model', 'dataset'])}`, value);
      if (typeof value !== 'function') throw invalid(`${field}.${part}`, 'must be a function', value);
    }
  }
}

/**
 * The contract of a training function: what a person writes (`TrainingDefinition`), what their function is handed
 * (`TrainContext`) and what the system puts below it (`TrialEnvironment`). Types only, so that importing this file loads
 * nothing; `define.ts` makes a training function, `run.ts` and `single-host.ts` run one.
 *
 * A training function is oblivious: everything it needs is an argument, nothing tells it whether a person, a worker or a test
 * is calling. Values keep the sign their author gave them; only an optimizer turns them round.
 */
import type { Ablatable, Ablation, Exclusion } from '../core/ablation/schema.ts';
import type { Params, SearchSpace } from '../core/space.ts';
import type { Decision, Direction } from '../core/states.ts';
import type { Checkpoint } from './checkpoint.ts';
import type { CheckpointStore, SavedCheckpoint } from './checkpoint-store.ts';
import type { Communicator } from './lockstep/communicator.ts';
import type { tf } from './tf.ts';

export type { SavedCheckpoint };

/** Named measurements of one step; every value is a finite number. */
export type Metrics = Readonly<Record<string, number>>;

// ── what a person writes ──────────────────────────────────────────────────────────────────────────────────────────────

/** The values a declared parameter can take. A constant may be overridden, so it is any value of its kind. */
type ValueOf<P> = P extends { choices: readonly (infer Choice)[] }
  ? Choice
  : P extends { value: infer Value }
    ? Widened<Value>
    : P extends { type: 'float' | 'int' }
      ? number
      : never;

type Widened<Value> = Value extends number ? number : Value extends string ? string : boolean;

type Conditional<S> = { [K in keyof S]: S[K] extends { when: object } ? K : never }[keyof S];

/**
 * Hyperparameters as the declared space types them. A parameter with `when` may be absent, since inactive parameters are.
 * Where the space is not known to the compiler, names and values are open.
 */
export type HparamsOf<S> = string extends keyof S
  ? Params
  : { readonly [K in Exclude<keyof S, Conditional<S>>]: ValueOf<S[K]> } & { readonly [K in Conditional<S>]?: ValueOf<S[K]> };

/** What a dataset function is called with: the experiment's seed, so that all trials share one split, and its options. */
export type DatasetArguments<Options> = Options & { readonly seed: number };

/** Another model, another data set or both, in place of the declared ones. */
export interface Variant<S extends SearchSpace, Data, Options extends object> {
  readonly model?: (hparams: HparamsOf<S>) => tf.LayersModel;
  readonly dataset?: (options: DatasetArguments<Options>) => Promise<Data> | Data;
}

export type TrainReturn = number | Metrics | void;

/**
 * A training function as one writes it.
 *
 * `S` is the declared space, `Data` what `dataset` resolves to, `Options` the dataset's options: annotate the parameter of
 * `dataset` (`({ seed, fraction = 1 }: { seed: number; fraction?: number }) => …`) and they are checked everywhere.
 */
export interface TrainingDefinition<S extends SearchSpace, Data, Options extends object> {
  /** How experiments name it: a letter, then letters, digits, `.`, `_` and `-`, at most 100 in all. */
  readonly name: string;
  readonly space?: S;
  /** The metric that experiments go by unless they name another one. A plain number reported or returned is this metric. */
  readonly metric?: string;
  readonly direction?: Direction;
  /** Steps that a whole training reports, epochs mostly: what schedulers with rungs dole out. */
  readonly maxResource?: number;
  /** Loads the data. Called once for each (seed, options) in a process; its result is shared, so never changed or disposed. */
  readonly dataset?: (options: DatasetArguments<Options>) => Promise<Data> | Data;
  /** Builds a model, not yet trained, compiled or not. */
  readonly model?: (hparams: HparamsOf<S>) => tf.LayersModel;
  /** Names of the features that an ablation can leave out, where they are to be checked before a trial runs. */
  readonly features?: readonly string[];
  /** What an ablation can put in place of the declared model or data, by name. */
  readonly variants?: Readonly<Record<string, Variant<S, Data, Options>>>;
  /** The components of an ablation that names none. */
  readonly ablation?: Ablation;
  /** Trains, reports along the way, and returns the metric; nothing returned means that the last report counts. */
  readonly train: (context: TrainContext<HparamsOf<S>, Data, Options>) => Promise<TrainReturn> | TrainReturn;
}

// ── what their function is handed ─────────────────────────────────────────────────────────────────────────────────────

export interface TrainContext<Hparams, Data, Options> {
  readonly hparams: Hparams;
  /** Builds the model from `hparams`, with `overrides` in place of some of them. The model of the last call is the artefact. */
  readonly model: (overrides?: Partial<Hparams>) => tf.LayersModel;
  /** The data, loaded once per process for the same options; `overrides` replace some of the experiment's options. */
  readonly dataset: (overrides?: Partial<Options>) => Promise<Data>;
  readonly reporter: Reporter;
  readonly checkpoint: Checkpoint;
  /** Aborted when the trial has to end early. Reports reject then; a loop that reports seldom may look at this as well. */
  readonly signal: AbortSignal;
  /** The trial's seed, a positive 32-bit integer, the same for every attempt. `Math.random` is seeded with it already. */
  readonly seed: number;
  /** Writes one line to the trial's log; parts that are not text are formatted as `console.log` does. */
  readonly log: (...parts: readonly unknown[]) => void;
}

/** Hands intermediate measurements to whoever runs the trial. */
export interface Reporter {
  /**
   * Reports what was measured after `step`. Steps are positive integers that count the resource (after the first epoch: 1);
   * without one it is the last step + 1. A number is the experiment's metric; a record may hold any metrics beside it, and
   * all are kept. The first report of a step counts: a repeated or an older step is logged and otherwise ignored.
   *
   * Save a checkpoint of a step before reporting it: a report may be where the trial is paused.
   *
   * @throws {TrialStopped} (rejection, of this and every later report) when the trial is to end here: let it through.
   * @throws {TrialDiverged} when a metric is NaN or infinite.
   * @throws {MaggyError} `invalid` for a step that is no positive integer, or metrics without the experiment's metric.
   */
  report(metrics: number | Metrics, step?: number): Promise<void>;
  /**
   * A callback for `model.fit` and `model.fitDataset` that reports after each epoch: all of the epoch's logs, and the one named
   * `logName` as the experiment's metric too. It waits for the decision, so a stop ends `fit`. Epoch e (from 0) is step e + 1;
   * when resuming, pass `initialEpoch`.
   */
  callback(logName: string): tf.Callback;
}

/** What calling `train` oneself may leave out is filled in; see `TrainingFunction.train`. */
export type PlainArguments<Hparams, Data, Options> = Partial<
  Omit<TrainContext<Hparams, Data, Options>, 'hparams' | 'model' | 'dataset'>
> & {
  readonly hparams?: Partial<Hparams>;
  readonly model?: (overrides?: Partial<Hparams>) => tf.LayersModel;
  readonly dataset?: (overrides?: Partial<Options>) => Promise<Data> | Data;
};

// ── what `defineTraining` makes of it ─────────────────────────────────────────────────────────────────────────────────

/** One run of a training function by the system, which knows its types at run time only. */
export interface Invocation {
  /** Complete and valid for the experiment's space. */
  readonly hparams: Params;
  readonly seed: number;
  readonly datasetSeed: number;
  readonly datasetOptions: object;
  readonly reporter: Reporter;
  readonly checkpoint: Checkpoint;
  readonly signal: AbortSignal;
  readonly log: (...parts: readonly unknown[]) => void;
  /** Told of each model that `model()` makes. */
  readonly modelMade: (model: tf.LayersModel) => void;
  /** What a trial of an ablation leaves out; nothing where it is absent. */
  readonly exclusion?: Exclusion;
}

/** Any training function, whatever its types: what a system that loads them at run time deals with. */
export interface AnyTrainingFunction {
  readonly name: string;
  readonly space: SearchSpace;
  /** Declared, or `value`. */
  readonly metric: string;
  readonly direction: Direction | undefined;
  readonly maxResource: number | undefined;
  readonly ablation: Ablation | undefined;
  /** What an ablation can leave out. Builds the declared model once, from these hyperparameters or the defaults, to read its layers. */
  ablatable(hparams?: Params): Ablatable;
  /**
   * Numbers in all weights of the model that a trial would begin with; null where the function declares no model. Loads the data where
   * features are left out, since the inputs of the model follow from them.
   *
   * @param datasetOptions of the experiment
   * @throws {MaggyError} `invalid` where it cannot be built without
   */
  countParameters(hparams: Params, exclusion: Exclusion, datasetOptions?: object): Promise<number | null>;
  invoke(invocation: Invocation): Promise<TrainReturn>;
}

export interface TrainingFunction<S extends SearchSpace, Data, Options extends object> extends AnyTrainingFunction {
  /**
   * Calls the function plainly. What is left out is filled in: hyperparameters and seed by their defaults, `model` and `dataset` by the
   * declared ones, a reporter that only checks what it is given, checkpoints kept in memory, a signal that never aborts, a log
   * that prints. `Math.random` is left alone.
   */
  train(plain?: PlainArguments<HparamsOf<S>, Data, Options>): Promise<TrainReturn>;
  /** Builds the declared model from these hyperparameters and the defaults of the others. */
  model(hparams?: Partial<HparamsOf<S>>): tf.LayersModel;
  /** The declared dataset, loaded once per process for the same seed and options. */
  dataset(options?: Partial<DatasetArguments<Options>>): Promise<Data>;
}

// ── what the system puts below it ─────────────────────────────────────────────────────────────────────────────────────

export interface Report {
  readonly step: number;
  /** Holds the experiment's metric, and whatever else was reported. */
  readonly metrics: Metrics;
}

/** The edge below the runner: a worker's trial process, a single-host run and the test harness each supply one. */
export interface TrialEnvironment {
  /**
   * Takes one report and answers with the decision. Called one at a time, steps strictly increasing; never again after `pause`
   * or `stop`. A rejection fails the trial.
   */
  report(report: Report): Promise<Decision>;
  /** Takes one line without its line break. */
  log(line: string): void;
  /** Aborted when the trial has to end for a reason that no report has told. */
  readonly signal: AbortSignal;
  /** Where checkpoints are written and read. */
  readonly checkpoints: CheckpointStore;
  /** Whether a checkpoint of this step is to be written; each where absent. */
  keepsCheckpoint?(step: number): boolean;
  /** Registers a checkpoint that is already durable in the store. Only a registered one is ever resumed from. */
  checkpointSaved(saved: SavedCheckpoint): Promise<void>;
}

/** One attempt's order, as an experiment specifies it. */
export interface TrialRequest {
  /** The trial's hyperparameters: all active parameters of the experiment's space; those it leaves out take their defaults. */
  readonly hparams: Params;
  /** The trial's seed. */
  readonly seed: number;
  /** Goes to the dataset function, so that all trials of an experiment share one split. */
  readonly experimentSeed: number;
  readonly datasetOptions?: object;
  /** What a trial of an ablation leaves out. */
  readonly exclusion?: Exclusion;
  /** The experiment's metric; the training function's own where absent. */
  readonly metric?: string;
  /** The registered checkpoint that `checkpoint.load()` answers with. */
  readonly resumeFrom?: SavedCheckpoint & {
    /** What was reported last by then: it counts where nothing is left to report. */
    readonly reported?: Metrics;
  };
  /** The group of which this process is one rank, already connected. The trial is not distributed where it is absent. */
  readonly lockstep?: Communicator;
  readonly environment: TrialEnvironment;
}

interface OutcomeBase {
  /** Step of the last report that was taken; 0 without one. */
  readonly lastStep: number;
}

export type TrialOutcome =
  | (OutcomeBase & {
      readonly state: 'completed';
      readonly value: number;
      /** The returned metrics, or those of the last report. */
      readonly metrics: Metrics;
      /** What the last `model()` call made; the receiver disposes of it with `disposeModel`. */
      readonly model?: tf.LayersModel;
    })
  | (OutcomeBase & { readonly state: 'stopped' | 'paused'; /** Of the last report. */ readonly value?: number })
  | (OutcomeBase & {
      readonly state: 'failed';
      readonly reason: 'diverged' | 'error';
      readonly message: string;
      readonly stack?: string;
      /** What was thrown; it stays in the process. */
      readonly cause: unknown;
    });

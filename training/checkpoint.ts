/**
 * What a training function sees of checkpoints: save the state after a step, load it when the trial is resumed. Files go to the
 * store first and are registered second, so that a registered checkpoint is always whole. Which one a trial resumes from, and when an
 * old one is removed, is decided elsewhere.
 */
import Type from 'typebox';
import { invalid, MaggyError } from '../core/errors.ts';
import type { RandomState } from '../core/random.ts';
import type { CheckpointStore, SavedCheckpoint, StoredFiles } from './checkpoint-store.ts';
import { assertPlainJson } from './plain-json.ts';
import { currentRun } from './seeding.ts';
import { tf } from './tf.ts';
import {
  json,
  loadModel,
  modelFiles,
  optimizerFiles,
  readJson,
  readTensors,
  restoreModel,
  restoreOptimizer,
  tensorFiles,
} from './weights.ts';

/** What a checkpoint holds: any of these. */
export interface CheckpointState {
  /** Topology and weights. */
  readonly model?: tf.LayersModel;
  /** The optimizer's moments and step counter, without which Adam and its like start anew. Mostly `model.optimizer`. */
  readonly optimizer?: tf.Optimizer;
  readonly tensors?: tf.NamedTensorMap;
  /** Plain JSON; null when loaded where nothing was saved. */
  readonly data?: unknown;
}

export interface Checkpoint {
  /**
   * Saves the state after `step` (a positive integer, counted as reports are); resolves when it is durable and registered. Save
   * before reporting the step. A model alone is short for `{ model }`.
   */
  save(state: tf.LayersModel | CheckpointState, options: { readonly step: number }): Promise<void>;
  /**
   * The checkpoint to go on from: the last one saved, by this attempt or the one this trial resumes from; null without one. In a lockstep
   * group only before the first save, `conflict` afterwards: not every rank and not every step writes one.
   */
  load(): Promise<LoadedCheckpoint | null>;
}

/** A saved state. Nothing becomes a tensor before it is asked for; what `model` and `tensors` return is the caller's to dispose. */
export interface LoadedCheckpoint {
  /** The step it was saved after; in `fit`, the `initialEpoch` to go on with. */
  readonly step: number;
  readonly data: unknown;
  /** Copies saved weights and optimizer state into these. The optimizer must be new, and of the saved class. */
  restore(target: { readonly model?: tf.LayersModel; readonly optimizer?: tf.Optimizer }): Promise<void>;
  /** A new model with the saved topology and weights, not compiled. */
  model(): Promise<tf.LayersModel>;
  tensors(): tf.NamedTensorMap;
}

export interface CheckpointWiring {
  readonly store: CheckpointStore;
  readonly resumeFrom?: SavedCheckpoint | undefined;
  /** Whether a checkpoint of this step is to be written; each where absent. */
  keeps?(step: number): boolean;
  /** Whether the ranks of a group call this alike, and must get the same answers. */
  readonly isShared?: boolean;
  /** Makes a durable checkpoint the one to resume from. */
  register(saved: SavedCheckpoint): Promise<void>;
  /** Told the step of a checkpoint that the function goes on from. */
  resumed(step: number): void;
}

export class TrialCheckpoint implements Checkpoint {
  readonly #wiring: CheckpointWiring;
  #latest: SavedCheckpoint | undefined;
  #hasGoneOn = false;
  #hasSaved = false;

  constructor(wiring: CheckpointWiring) {
    this.#wiring = wiring;
    this.#latest = wiring.resumeFrom;
  }

  async save(state: tf.LayersModel | CheckpointState, { step }: { readonly step: number }): Promise<void> {
    if (!Number.isSafeInteger(step) || step < 1) throw invalid('step', 'must be a positive integer', step);
    this.#hasSaved = true;
    if (this.#wiring.keeps?.(step) === false) return;
    // Before anything is awaited: what runs meanwhile may draw.
    const random = currentRun()?.stream.state;
    const files = await filesOf(state instanceof tf.LayersModel ? { model: state } : state, random);
    const saved = { id: await this.#wiring.store.write(files), step };
    await this.#wiring.register(saved);
    this.#latest = saved;
  }

  async load(): Promise<LoadedCheckpoint | null> {
    if (this.#wiring.isShared === true && this.#hasSaved) {
      const rule = 'in a lockstep group must be called before the first save: keep what you go back to in memory';
      throw new MaggyError('conflict', `checkpoint.load: ${rule}`, { field: 'checkpoint.load', rule });
    }
    if (this.#latest === undefined) return null;
    const { id, step } = this.#latest;
    const files = await this.#wiring.store.read(id);
    this.#wiring.resumed(step);
    // Only the first time, and not from what this attempt saved: who goes back to its best checkpoint shall not draw the same again.
    const random = !this.#hasGoneOn && this.#latest.id === this.#wiring.resumeFrom?.id ? randomStateIn(files) : undefined;
    this.#hasGoneOn = true;
    return loaded(files, step, random);
  }
}

const RandomStateSchema = Type.Tuple([Type.Integer(), Type.Integer(), Type.Integer(), Type.Integer()]);

/** Where the random numbers of the run that saved them stood; undefined where seeds were not installed. */
function randomStateIn(files: StoredFiles): RandomState | undefined {
  return files.has(RANDOM_FILE) ? readJson(files, RANDOM_FILE, RandomStateSchema) : undefined;
}

const parts = new Set(['model', 'optimizer', 'tensors', 'data']);

const RANDOM_FILE = 'random.json';

async function filesOf(state: CheckpointState, random: RandomState | undefined): Promise<StoredFiles> {
  const unknown = Object.keys(state).find((name) => !parts.has(name));
  if (unknown !== undefined) throw invalid(`checkpoint.${unknown}`, `must be one of ${[...parts].join(', ')}`, unknown);
  const { model, optimizer, tensors, data } = state;
  if (data !== undefined) assertPlainJson(data, 'checkpoint.data');
  const files = new Map<string, Uint8Array>([['data.json', json(data ?? null)]]);
  if (random !== undefined) files.set(RANDOM_FILE, json(random));
  const groups = [
    model === undefined ? [] : await modelFiles(model),
    optimizer === undefined ? [] : await optimizerFiles(optimizer),
    tensors === undefined ? [] : await tensorFiles('tensors', tensors),
  ];
  for (const group of groups) for (const [name, content] of group) files.set(name, content);
  return files;
}

/** @param random where the random numbers go on from: now, and again when a model made since then, which drew its weights, is restored */
function loaded(files: StoredFiles, step: number, random: RandomState | undefined): LoadedCheckpoint {
  let isDrawn = false;
  const goOnDrawing = (): void => {
    if (random !== undefined && !isDrawn) currentRun()?.stream.restore(random);
  };
  goOnDrawing();
  return {
    step,
    data: readJson(files, 'data.json', Type.Unknown()),
    async restore({ model, optimizer }) {
      if (model !== undefined) await restoreModel(model, files);
      if (optimizer !== undefined) await restoreOptimizer(optimizer, files);
      goOnDrawing();
      isDrawn = true;
    },
    async model() {
      const model = await loadModel(files);
      goOnDrawing();
      isDrawn = true;
      return model;
    },
    tensors: () => Object.fromEntries(readTensors('tensors', files).map(({ name, tensor }) => [name, tensor])),
  };
}

/**
 * What a rank does differently from a training alone. Of each batch it computes its part (`parts.ts`); gradients, losses, metrics and what
 * layers keep account of while they train (the moving statistics of batch normalisation) are averaged over all ranks, one collective a
 * step, before the optimizer applies them. An evaluation is one collective at its end. A model begins with rank 0's weights.
 *
 * Draws inside a step (dropout) come from a stream of the rank's own. Whatever stands outside is computed by all ranks alike, from one
 * stream: shuffles and callbacks agree. A mark in each collective compares the state of that stream, so that ranks which go different ways
 * are found out at the next step.
 */
import { MaggyError } from '../../core/errors.ts';
import { murmur3 } from '../../core/murmur3.ts';
import { deriveSeed } from '../../core/random.ts';
import { TrialStopped } from '../endings.ts';
import { currentRun, withSeed } from '../seeding.ts';
import { tf } from '../tf.ts';
import { Bucket } from './bucket.ts';
import { PeerConcluded, type Communicator } from './communicator.ts';
import { intercept, type BatchFunction, type Differentiated, type Gradients, type Interception } from './hooks.ts';
import { divideBatches, partInHand, partOf, undivided, type Part } from './parts.ts';

export interface AveragingOptions {
  /** The trial's. */
  readonly seed: number;
  /** Step of the last report, for messages. */
  readonly lastStep: () => number;
}

/** A step under way: what it averages, and what waits for the averages. */
interface Step {
  readonly bucket: Bucket;
  readonly updates: (() => void)[];
}

type Batch = (tf.Tensor | null)[];

export class Averaging implements Interception {
  readonly #communicator: Communicator;
  readonly #options: AveragingOptions;
  /** Variables whose values all ranks share: sent by rank 0, or older than this training. */
  readonly #shared = new WeakSet<tf.Variable>(registeredVariables());
  /** Variables that changed while gradients were computed. */
  readonly #accounts = new Set<tf.Variable>();
  #step: Step | undefined;
  #draws = 0;
  /** Of the evaluation under way, by all ranks. */
  #evaluatedRows = 0;
  #ended: Error | undefined;

  constructor(communicator: Communicator, options: AveragingOptions) {
    this.#communicator = communicator;
    this.#options = options;
  }

  /** @returns ends the group's hold on this process's TensorFlow.js */
  install(): () => void {
    const undivide = divideBatches(this.#communicator);
    const restore = intercept(this);
    return () => {
      restore();
      undivide();
    };
  }

  /** Why no step is possible any more, once one was refused: what a function that catches errors may hide. */
  get ended(): Error | undefined {
    return this.#ended;
  }

  trainOnBatch(model: tf.LayersModel, original: BatchFunction, data: Batch): tf.Scalar[] {
    this.#share(model.weights.map((weight) => weight.read()).filter((weight) => weight instanceof tf.Variable));
    return this.#onPart(data, (part, rows) =>
      this.#take(part, () => {
        const measured = original(rows);
        if (this.#step?.bucket.hasGradients !== true) throw notBuiltIn(model.optimizer);
        return measured;
      }),
    );
  }

  /** This rank's share of the batch's means. */
  evaluateBatch(original: BatchFunction, data: Batch): tf.Scalar[] {
    return this.#onPart(data, ({ rows, weight }, ownRows) => {
      this.#evaluatedRows += rows;
      return original(ownRows).map((value) => tf.tidy(() => (weight === 0 ? tf.zerosLike(value) : tf.mul(value, weight))));
    });
  }

  evaluate(original: () => tf.Scalar[]): tf.Scalar[] {
    this.#evaluatedRows = 0;
    return this.#sum(original());
  }

  async evaluateDataset(original: () => Promise<tf.Scalar | tf.Scalar[]>): Promise<tf.Scalar | tf.Scalar[]> {
    this.#evaluatedRows = 0;
    const shares = await original();
    return Array.isArray(shares) ? this.#sum(shares) : (this.#sum([shares])[0] ?? shares);
  }

  minimize(optimizer: tf.Optimizer, original: () => tf.Scalar): tf.Scalar {
    if (this.#step !== undefined) return original();
    const [cost] = this.#take(partInHand() ?? undivided(1), () => {
      const value = original();
      if (this.#step?.bucket.hasGradients !== true) throw notBuiltIn(optimizer);
      return [value];
    });
    return cost ?? tf.scalar(Number.NaN);
  }

  computeGradients(original: () => Differentiated, variables: tf.Variable[] | undefined): Differentiated {
    this.#share(variables ?? registeredVariables().filter(({ trainable }) => trainable));
    const before = new Map(registeredVariables().map((variable) => [variable, variable.dataId]));
    const differentiated = withSeed(deriveSeed(this.#options.seed, 'lockstep', this.#communicator.rank, (this.#draws += 1)), original);
    for (const [variable, dataId] of before) if (variable.dataId !== dataId) this.#accounts.add(variable);
    return differentiated;
  }

  applyGradients(gradients: Gradients, original: (gradients: Gradients) => void): void {
    const step = this.#step;
    if (step === undefined) {
      this.#take(partInHand() ?? undivided(1), () => {
        this.applyGradients(gradients, original);
        return [];
      });
      return;
    }
    const entries = Array.isArray(gradients) ? gradients : Object.entries(gradients).map(([name, tensor]) => ({ name, tensor }));
    const averaged = [...entries];
    entries.forEach(({ name, tensor }, at) => {
      // A variable that the cost does not depend on has none, whatever the types say.
      if (isTensor(tensor)) step.bucket.addGradient(tensor, (average) => (averaged[at] = { name, tensor: average }));
    });
    step.updates.push(() => {
      original(averaged);
      tf.dispose(averaged.map(({ tensor }) => tensor));
    });
  }

  /** Runs `work` and averages, in one collective, what it measures and what it leaves with optimizers; then these are updated. */
  #take(part: Part, work: () => tf.Scalar[]): tf.Scalar[] {
    const step: Step = { bucket: new Bucket(), updates: [] };
    this.#step = step;
    let measured: tf.Scalar[];
    try {
      measured = work();
    } finally {
      this.#step = undefined;
    }
    const averages: tf.Scalar[] = [];
    for (const value of measured) step.bucket.addExact(value, (average) => averages.push(scalarOf(average)));
    for (const account of this.#accounts) {
      if (!account.isDisposed) step.bucket.addExact(account, (average) => taken(average, () => account.assign(average)));
    }
    this.#accounts.clear();
    tf.dispose(measured);
    const samples = step.bucket.hasGradients && part.weight > 0 ? part.end - part.begin : 0;
    this.#collectively(() => step.bucket.average(this.#communicator, part.weight, { mark: markOf(part.rows), samples }));
    step.updates.forEach((update) => update());
    return averages;
  }

  /** What the ranks' shares of an evaluation add up to: one collective, whatever the number of batches. */
  #sum(shares: tf.Scalar[]): tf.Scalar[] {
    const bucket = new Bucket();
    const sums: tf.Scalar[] = [];
    for (const share of shares) bucket.addExact(share, (sum) => sums.push(scalarOf(sum)));
    tf.dispose(shares);
    this.#collectively(() => bucket.average(this.#communicator, 1, { mark: markOf(this.#evaluatedRows) }));
    return sums;
  }

  /** This rank's rows of a batch, unless they are a part already. */
  #onPart(data: Batch, work: (part: Part, rows: Batch) => tf.Scalar[]): tf.Scalar[] {
    const rows = data[0]?.shape[0] ?? 0;
    const inHand = partInHand();
    if (inHand !== undefined && inHand.end - inHand.begin === rows) return work(inHand, data);
    const part = partOf(rows);
    const slices = data.map((tensor) => tensor && tf.slice(tensor, part.begin, part.end - part.begin));
    try {
      return work(part, slices);
    } finally {
      tf.dispose(slices.filter((slice) => slice !== null));
    }
  }

  /** Puts rank 0's values into variables that are trained for the first time. */
  #share(variables: readonly tf.Variable[]): void {
    const fresh = variables.filter((variable) => !this.#shared.has(variable));
    if (fresh.length === 0) return;
    const values = this.#communicator.workspace(fresh.reduce((sum, { size }) => sum + size, 0));
    let offset = 0;
    for (const variable of fresh) {
      values.set(variable.dataSync(), offset);
      offset += variable.size;
    }
    this.#collectively(() => this.#communicator.broadcast(values));
    offset = 0;
    for (const variable of fresh) {
      const sent = tf.tensor(values.slice(offset, offset + variable.size), variable.shape, variable.dtype);
      variable.assign(sent);
      sent.dispose();
      this.#shared.add(variable);
      offset += variable.size;
    }
  }

  #collectively(work: () => void): void {
    try {
      work();
    } catch (error) {
      this.#ended ??= error instanceof PeerConcluded ? this.#consequence(error) : error instanceof Error ? error : new Error(String(error));
      throw this.#ended;
    }
  }

  /** What the end of another rank means for this one. */
  #consequence({ rank, conclusion, collectives }: PeerConcluded): Error {
    switch (conclusion.state) {
      case 'stopped':
        return new TrialStopped('stop', this.#options.lastStep());
      case 'paused':
        return new TrialStopped('pause', this.#options.lastStep());
      case 'failed':
        return new MaggyError('conflict', `Rank ${rank} failed: ${conclusion.message}`);
      case 'completed':
        return new MaggyError(
          'conflict',
          `Rank ${rank} took part in ${collectives} collectives and ended, while rank ${this.#communicator.rank} goes on: ` +
            'all ranks of a group must take the same number of steps',
        );
    }
  }
}

/** What is made of an average, which is freed then. */
function taken<Made>(average: tf.Tensor, make: () => Made): Made {
  const made = make();
  average.dispose();
  return made;
}

function registeredVariables(): tf.Variable[] {
  return Object.values(tf.engine().registeredVariables);
}

function scalarOf(average: tf.Tensor): tf.Scalar {
  return taken(average, () => average.asScalar());
}

function isTensor(value: unknown): value is tf.Tensor {
  return value instanceof tf.Tensor;
}

/** The same on ranks that have drawn the same so far and are at as many rows. */
function markOf(rows: number): number {
  const state = currentRun()?.stream.state ?? [];
  const [mark] = murmur3(new Uint8Array(Int32Array.from([rows, ...state]).buffer), 0);
  return mark;
}

function notBuiltIn(optimizer: tf.Optimizer): MaggyError {
  return new MaggyError(
    'conflict',
    `The gradients of ${optimizer.getClassName()} cannot be averaged: in a lockstep group an optimizer is one of TensorFlow.js's own, or extends one`,
  );
}

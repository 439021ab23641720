/**
 * The slots of a worker: one trial at a time in each, one trial process at most, kept warm between trials. A process that
 * has run a training function is kept for that function; one that is fresh can take any. A slot whose process is gone, retired
 * or out of date starts the next at once, so that the next trial does not wait for it longer than it must.
 */
import { MaggyError } from '../core/errors.ts';
import type { PinnedFunction } from '../core/experiment.ts';
import type { ReadyMessage } from './protocol.ts';
import type { TrialProcess } from './trial-process.ts';

export interface RunningTrial {
  readonly experiment: string;
  readonly trial: number;
  readonly attempt: number;
  /** Of the lockstep group that carries the attempt out. */
  readonly rank?: number;
}

export interface SlotsOptions {
  readonly count: number;
  /** Starts the trial process of a slot. */
  readonly start: (slot: number) => TrialProcess;
  /** The training functions that the folder holds now. */
  readonly held: () => readonly PinnedFunction[];
  /** Told when a process could not be replaced; the next trial of the slot tries again. */
  readonly onError: (error: unknown) => void;
}

export class Slot {
  readonly index: number;
  running: RunningTrial | null = null;
  isTaken = false;
  readonly #options: SlotsOptions;
  #child: TrialProcess;
  /** The training function that the process has run. */
  #keptFor: PinnedFunction | undefined;
  #isClosed = false;

  constructor(index: number, options: SlotsOptions) {
    this.index = index;
    this.#options = options;
    this.#child = this.#start();
  }

  /** How well the slot suits a training function; the higher the better. */
  fitness({ name, hash }: PinnedFunction): number {
    if (this.#child.isEnding) return 0;
    if (this.#keptFor === undefined) return this.#child.declaration(name)?.hash === hash ? 2 : 1;
    return this.#keptFor.name === name && this.#keptFor.hash === hash ? 3 : 0;
  }

  /** The process to run this training function in, warm, with the hash of what it holds under that name. */
  async childFor(wanted: PinnedFunction): Promise<{ readonly child: TrialProcess; readonly hash: string }> {
    if (this.#child.isEnding || (this.#keptFor !== undefined && this.fitness(wanted) === 0)) await this.replace();
    const child = this.#child;
    if (child.ready === undefined) await child.loaded;
    const declaration = child.declaration(wanted.name);
    if (declaration === undefined) throw new MaggyError('unavailable', `no training function ${wanted.name} could be loaded`);
    return { child, hash: declaration.hash };
  }

  keepFor(pinned: PinnedFunction): void {
    this.#keptFor = pinned;
  }

  /** Starts another process if this one has ended or is out of date, unless a trial is in it: then after that. */
  refresh(): void {
    if (!this.isTaken && !this.#isClosed && (this.#child.isEnding || this.#isOutdated())) this.replace().catch(this.#options.onError);
  }

  /** Ends the process and starts another when its resources are free. */
  async replace(): Promise<void> {
    const old = this.#child;
    old.kill();
    await old.exited;
    if (this.#child === old && !this.#isClosed) this.#child = this.#start();
  }

  close(): void {
    this.#isClosed = true;
    this.#child.kill();
  }

  get loaded(): Promise<ReadyMessage> {
    return this.#child.loaded;
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  /** Whether the process holds something else than the folder, as far as it will be asked for it. */
  #isOutdated(): boolean {
    const { ready } = this.#child;
    if (ready === undefined) return false;
    const held = this.#options.held();
    const isHeld = ({ name, hash }: PinnedFunction): boolean => held.some((other) => other.name === name && other.hash === hash);
    if (this.#keptFor !== undefined) return !isHeld(this.#keptFor);
    return ready.functions.length !== held.length || !ready.functions.every(isHeld);
  }

  #start(): TrialProcess {
    this.#keptFor = undefined;
    return this.#options.start(this.index);
  }
}

export class Slots {
  readonly all: readonly Slot[];

  constructor(options: SlotsOptions) {
    this.all = Array.from({ length: options.count }, (_, index) => new Slot(index, options));
  }

  /** A free slot, the one with the best process for this training function. The queue hands out no more tickets than there are slots. */
  take(pinned: PinnedFunction): Slot {
    const [best] = this.all.filter((slot) => !slot.isTaken).sort((a, b) => b.fitness(pinned) - a.fitness(pinned));
    if (best === undefined) throw new MaggyError('internal', 'a ticket came while every slot was taken');
    best.isTaken = true;
    return best;
  }

  release(slot: Slot): void {
    slot.running = null;
    slot.isTaken = false;
    slot.refresh();
  }

  /** The folder holds other functions than before. */
  refresh(): void {
    for (const slot of this.all) slot.refresh();
  }

  close(): void {
    for (const slot of this.all) slot.close();
  }
}

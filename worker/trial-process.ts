/**
 * A trial process as its worker sees it: started, warm, running one trial at a time, ended. Owns the process and nothing
 * else; what its messages mean is the attempt's business, when a process is replaced is the slot's.
 *
 *   starting ──ready──▶ idle ◀──done── running ──stop──▶ running, with a ladder behind it: SIGTERM, then SIGKILL
 *       └──────────────────┴───────────────┴──▶ ended: it exited, was killed, or could not load
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { Duplex } from 'node:stream';
import { fileURLToPath } from 'node:url';
import type { Logger } from 'pino';
import type { Declaration } from '../core/declaration.ts';
import { MaggyError } from '../core/errors.ts';
import { Channel, CHANNEL } from './channel.ts';
import { deferred } from './deferred.ts';
import { describeExit, type Exit } from './exit.ts';
import {
  parseChildMessage,
  type CheckpointMessage,
  type ChildMessage,
  type DoneMessage,
  type ListeningMessage,
  type ParentMessage,
  type ReadyMessage,
  type ReportsMessage,
  type RunOrder,
  type StatisticsMessage,
} from './protocol.ts';

export type OutputStream = 'stdout' | 'stderr';

/** Who hears what a running trial says. Where it throws, what was said makes no sense, and the process is ended for it. */
export interface TrialListener {
  onReports(message: ReportsMessage): void;
  onCheckpoint(message: CheckpointMessage): void;
  onOutput(stream: OutputStream, chunk: Buffer): void;
  /** Of a rank of a lockstep group, as is the next. */
  onListening?(message: ListeningMessage): void;
  onStatistics?(message: StatisticsMessage): void;
  /** Nothing more of the run follows, except output that is still in the pipes. */
  onDone(message: DoneMessage): void;
  /** The process ended before its run did; its output has been read. */
  onExit(exit: Exit): void;
}

export interface TrialProcessOptions {
  /** Folder of training functions, or the file of one. */
  readonly functions: string;
  readonly backend?: string;
  readonly threads: number;
  readonly environment: NodeJS.ProcessEnv;
  /** A process that has not loaded by then is given up. */
  readonly loadTimeoutMs: number;
  /** Between the rungs of the kill ladder. */
  readonly stopGraceMs: number;
  readonly killGraceMs: number;
  readonly log: Logger;
}

type RunMessage = Exclude<ParentMessage, { type: 'load' | 'run' }>;
/** A message within a run, whose number is added here. */
export type WithoutRun<Message = RunMessage> = Message extends unknown ? Omit<Message, 'run'> : never;

const childMain = fileURLToPath(new URL('child/main.ts', import.meta.url));
const typescriptLoader = ['--import', import.meta.resolve('tsx')];
/** File descriptor of the watchdog's pipe, see `child/watchdog.mjs`. */
const WATCHDOG = 4;
/** Output in the pipes of a process that has exited, or whose trial is done, is waited for so long. */
const OUTPUT_WAIT_MS = 1000;
/** Kept of what a process prints while it loads, to explain why it could not. */
const LOADING_OUTPUT_BYTES = 4000;

export class TrialProcess {
  readonly #child: ChildProcess;
  readonly #options: TrialProcessOptions;
  readonly #channel: Channel<ParentMessage> | undefined;
  readonly #watchdog: Duplex | undefined;
  readonly #received: Record<OutputStream, number> = { stdout: 0, stderr: 0 };
  readonly #exited = deferred<Exit>();
  #hasExited = false;
  /** How it ended, once its output has been read. */
  #exit: Exit | undefined;
  /** Why it was given up. */
  #fault: string | undefined;
  #isEnding = false;
  #isUnhealthy = false;
  #ready: ReadyMessage | undefined;
  #run = 0;
  #listener: TrialListener | undefined;
  #ladder: NodeJS.Timeout | undefined;
  #outputArrived: (() => void) | undefined;
  #loadingOutput = '';
  readonly #loaded = deferred<ReadyMessage>();
  readonly #loading: NodeJS.Timeout;

  /**
   * Starts a process; `loaded` says when it is warm.
   * @throws the system's error where it refuses a process for want of memory; any other refusal rejects `loaded`
   */
  constructor(options: TrialProcessOptions) {
    this.#options = options;
    this.#child = spawn(process.execPath, [...typescriptLoader, childMain], {
      // Its own group, which Ctrl-C in the worker's terminal does not reach and which ends as a whole.
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe', 'pipe', 'pipe'],
      env: options.environment,
    });
    this.#child.on('error', (error) => this.#onError(error));
    const channel = this.#pipe(CHANNEL);
    this.#channel = channel === undefined ? undefined : new Channel(channel, (line) => this.#onLine(line));
    this.#watchdog = this.#pipe(WATCHDOG);
    // The pipe of a process that has just died; its exit is told by the process itself.
    this.#watchdog?.on('error', () => undefined);
    this.#child.on('exit', (code, signal) => void this.#onExit({ code, signal }));
    this.#child.stdout?.on('data', (chunk: Buffer) => this.#onOutput('stdout', chunk));
    this.#child.stderr?.on('data', (chunk: Buffer) => this.#onOutput('stderr', chunk));
    this.#loading = setTimeout(() => this.#fail(`it did not load within ${options.loadTimeoutMs} ms`), options.loadTimeoutMs);
    // Whoever needs the process awaits `loaded`; one that nobody waits for must not end the worker.
    this.#loaded.promise.catch(() => undefined);
    const { functions, backend, threads } = options;
    this.#send({ type: 'load', functions, threads, ...(backend === undefined ? {} : { backend }) });
  }

  /**
   * Resolves when the process is warm.
   * @throws MaggyError `unavailable` (rejection) when it cannot load, with the end of what it printed
   */
  get loaded(): Promise<ReadyMessage> {
    return this.#loaded.promise;
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  /** What it said when it was warm; undefined before. */
  get ready(): ReadyMessage | undefined {
    return this.#ready;
  }

  /** What it holds under a training function's name. */
  declaration(name: string): Declaration | undefined {
    return this.#ready?.functions.find((declaration) => declaration.name === name);
  }

  /** Whether it has ended, or is about to. */
  get isEnding(): boolean {
    return this.#isEnding;
  }

  /** Resolves when the process is gone and its output has been read. */
  get exited(): Promise<Exit> {
    return this.#exited.promise;
  }

  /** Runs a trial; the process must be idle. */
  run(order: Omit<RunOrder, 'type' | 'run'>, listener: TrialListener): void {
    if (this.#listener !== undefined) throw new MaggyError('internal', 'the trial process runs a trial already');
    this.#run += 1;
    this.#listener = listener;
    // One that died while its attempt was being started tells nobody any more.
    if (this.#exit !== undefined) queueMicrotask(() => this.#tellExit());
    else this.#send({ type: 'run', run: this.#run, ...order });
  }

  /** Says something to the run in progress. */
  tell(message: WithoutRun): void {
    // Not spread: that takes several times as long as writing the message.
    if (this.#listener !== undefined) this.#send(Object.assign({ run: this.#run }, message));
  }

  /** The run may go on until then; goes to the watchdog, since the main thread may be busy. */
  extendDeadline(deadlineMs: number): void {
    this.#watchdog?.write(`${this.#run} ${deadlineMs}\n`);
  }

  /** Asks the run to end, and sees to it. */
  stop(): void {
    if (this.#listener === undefined || this.#ladder !== undefined) return;
    this.tell({ type: 'stop' });
    this.#ladder = setTimeout(() => {
      // What it says last may still be in the pipe; it runs nothing after this.
      this.#isEnding = true;
      this.#signal('SIGTERM');
      this.#ladder = setTimeout(() => this.kill(), this.#options.killGraceMs);
    }, this.#options.stopGraceMs);
  }

  /** Ends the process and whatever it started, at once. */
  kill(): void {
    this.#isEnding = true;
    this.#signal('SIGKILL');
  }

  /** Resolves when the output up to these byte counts has been handed on, or will not come. */
  async outputUpTo(written: Readonly<Record<OutputStream, number>>): Promise<void> {
    const isComplete = (): boolean => this.#received.stdout >= written.stdout && this.#received.stderr >= written.stderr;
    if (isComplete()) return;
    await new Promise<void>((resolve) => {
      const timeout = setTimeout(() => resolve(), OUTPUT_WAIT_MS);
      this.#outputArrived = () => {
        if (!isComplete()) return;
        clearTimeout(timeout);
        resolve();
      };
    });
    this.#outputArrived = undefined;
  }

  /** The run is over, on this side too: what still comes of it is no longer handed on. A process that is not fit for another ends. */
  release(): void {
    this.#listener = undefined;
    if (this.#isUnhealthy || this.#isEnding) this.kill();
  }

  #send(message: ParentMessage): void {
    this.#channel?.send(message);
  }

  /** One that could not be started, for want of files, has no pipes. */
  #pipe(descriptor: number): Duplex | undefined {
    const pipe = this.#child.pid === undefined ? undefined : this.#child.stdio[descriptor];
    return pipe instanceof Duplex ? pipe : undefined;
  }

  #signal(signal: NodeJS.Signals): void {
    const { pid } = this.#child;
    if (pid === undefined || this.#hasExited) return;
    try {
      process.kill(-pid, signal);
    } catch {
      this.#child.kill(signal);
    }
  }

  #onLine(line: string): void {
    if (this.#fault !== undefined) return;
    try {
      const message = parseChildMessage(line);
      if (message !== undefined) this.#hear(message);
    } catch (error) {
      // What it says cannot be relied on any more; what other processes run goes on.
      this.#options.log.error({ err: error, pid: this.pid }, 'a trial process broke the protocol');
      this.#fail(`it broke the protocol: ${error instanceof Error ? error.message : String(error)}`);
    }
  }

  #hear(message: ChildMessage): void {
    if (message.type === 'ready') {
      clearTimeout(this.#loading);
      this.#ready = message;
      this.#loaded.resolve(message);
    } else if (message.type === 'unable') {
      this.#fail(message.message);
    } else if (message.run === this.#run && this.#listener !== undefined) {
      if (message.type === 'done') {
        clearTimeout(this.#ladder);
        this.#ladder = undefined;
        this.#isUnhealthy = message.unhealthy !== null;
        this.#listener.onDone(message);
      } else if (message.type === 'reports') this.#listener.onReports(message);
      else if (message.type === 'checkpoint') this.#listener.onCheckpoint(message);
      else if (message.type === 'listening') this.#listener.onListening?.(message);
      else this.#listener.onStatistics?.(message);
    }
  }

  #onError(error: Error): void {
    this.#fail(error.message);
    // There was no process that could exit.
    if (this.#child.pid === undefined) void this.#onExit({ code: null, signal: null });
  }

  #fail(reason: string): void {
    clearTimeout(this.#loading);
    this.#fault ??= reason;
    const printed = this.#loadingOutput.trim();
    this.#loaded.reject(new MaggyError('unavailable', `A trial process could not start: ${reason}${printed === '' ? '' : `\n${printed}`}`));
    this.kill();
  }

  #onOutput(stream: OutputStream, chunk: Buffer): void {
    this.#received[stream] += chunk.byteLength;
    this.#listener?.onOutput(stream, chunk);
    if (this.#ready === undefined) this.#loadingOutput = (this.#loadingOutput + chunk.toString()).slice(-LOADING_OUTPUT_BYTES);
    this.#outputArrived?.();
  }

  async #onExit(exit: Exit): Promise<void> {
    this.#isEnding = true;
    // What it started may have outlived it.
    this.#signal('SIGKILL');
    this.#hasExited = true;
    clearTimeout(this.#ladder);
    await this.#closed();
    this.#exit = this.#fault === undefined ? exit : { ...exit, fault: this.#fault };
    if (this.#ready === undefined) this.#fail(`it ended with ${describeExit(exit)}`);
    this.#tellExit();
    this.#exited.resolve(this.#exit);
  }

  #tellExit(): void {
    const listener = this.#listener;
    this.#listener = undefined;
    if (this.#exit !== undefined) listener?.onExit(this.#exit);
  }

  /** Pipes and channel have been read to their ends, unless something that the trial started holds them open. */
  #closed(): Promise<void> {
    return new Promise((resolve) => {
      const timeout = setTimeout(() => resolve(), OUTPUT_WAIT_MS);
      this.#child.once('close', () => {
        clearTimeout(timeout);
        resolve();
      });
    });
  }
}

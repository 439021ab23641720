/**
 * Answers of plots: computed in a thread, kept by experiment, log position and query, so that any number of watchers cost one computation.
 * One thread, because it holds the trials of what is looked at; it is started when it is first needed.
 */
import { Piscina } from 'piscina';
import { errorKinds, MaggyError, type ErrorCode } from '../../core/errors.ts';
import { redisUnavailable } from '../errors.ts';
import type { PlotAnswer, PlotTask } from './requests.ts';
import type { PlotThreadData } from './thread.ts';

const kept = 200;

export class Plots {
  readonly #data: PlotThreadData;
  readonly #known = new Map<string, Promise<Buffer>>();
  #thread: Piscina<PlotTask, PlotAnswer> | undefined;

  constructor(data: PlotThreadData) {
    this.#data = data;
  }

  /** JSON, or what the query asks for. @param tag names the state of the experiment: equal tags stand for equal plots */
  async answer(task: PlotTask, tag: string): Promise<Buffer> {
    const { kind, query } = task.request;
    const key = JSON.stringify([task.experiment, tag, kind, query]);
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    const computed = this.#compute(task);
    this.#known.set(key, computed);
    computed.catch(() => this.#known.delete(key));
    const [oldest] = this.#known.keys();
    if (this.#known.size > kept && oldest !== undefined) this.#known.delete(oldest);
    return computed;
  }

  async close(): Promise<void> {
    await this.#thread?.destroy();
  }

  async #compute(task: PlotTask): Promise<Buffer> {
    this.#thread ??= new Piscina<PlotTask, PlotAnswer>({
      filename: new URL('thread.mjs', import.meta.url).href,
      workerData: this.#data,
      execArgv: [],
      minThreads: 1,
      maxThreads: 1,
      // Reading waits for Redis most of the time.
      concurrentTasksPerWorker: 16,
    });
    const answer = await this.#thread.run(task);
    if (answer.kind === 'plot') return Buffer.from(answer.text.buffer, answer.text.byteOffset, answer.text.byteLength);
    if (answer.kind === 'unavailable') throw redisUnavailable();
    const { code, message, field, rule } = answer;
    throw new MaggyError(isErrorCode(code) ? code : 'internal', message, {
      ...(field === undefined ? {} : { field }),
      ...(rule === undefined ? {} : { rule }),
    });
  }
}

function isErrorCode(code: string): code is ErrorCode {
  return Object.hasOwn(errorKinds, code);
}

/** One deployment's keys in the run's Redis, and one experiment in them: what tests of scripts need, without any process. */
import { randomUUID } from 'node:crypto';
import type { Redis } from 'ioredis';
import { expect } from 'vitest';
import type { LogEvent, ReadyEntry } from '../../core/events.ts';
import { MOST_TRIALS, type Specification } from '../../core/experiment.ts';
import type { Binding } from '../../core/attempt.ts';
import { Attempts, type StartAnswer } from '../../queue/attempts.ts';
import { connect } from '../../queue/connection.ts';
import { Tenure, type Commit, type CommitAnswer, type Folded } from '../../queue/decisions.ts';
import { makeKeys, type ExperimentKeys, type Keys } from '../../queue/keys.ts';
import { readLog } from '../../queue/log.ts';
import { runScript } from '../../queue/scripts.ts';
import { FUNCTION_HASH, testSpecification } from './specification.ts';

let rigs = 0;

export interface StartOptions {
  readonly nonce?: string;
  readonly worker?: string;
  readonly slot?: number;
  readonly hash?: string;
  /** 0 lapses with the next commit. */
  readonly leaseMs?: number;
}

export class QueueRig {
  readonly redis: Redis;
  readonly keys: Keys;
  readonly id = 'exp00001';
  readonly attempts: Attempts;

  /** @param prefix of the test file; each rig takes one of its own below it */
  constructor(url: string, prefix: string) {
    this.redis = connect(url);
    this.keys = makeKeys(`${prefix}rig${rigs++}`);
    this.attempts = new Attempts(this.redis, this.keys);
  }

  get experiment(): ExperimentKeys {
    return this.keys.of(this.id);
  }

  close(): void {
    this.redis.disconnect();
  }

  async submit(given: Partial<Specification> = {}, fingerprint = 'fp', nonce = 'n'): Promise<string> {
    const specification = testSpecification({ id: this.id, ...given });
    const { trainingFunction, direction } = specification;
    const args = [JSON.stringify(specification), fingerprint, nonce, trainingFunction.hash, direction, specification.maxTrials];
    return (await runScript(this.redis, 'submit', this.experiment.guard, args)).word;
  }

  takeOver(): Promise<Tenure> {
    return Tenure.begin(this.redis, this.keys, this.id);
  }

  /** The last log entry: what an optimizer has folded that has read everything. */
  async folded(): Promise<Folded> {
    const [last] = (await this.log()).slice(-1);
    if (last === undefined) throw new Error('an empty log');
    return { seq: last.event.seq, nonces: [last.nonce] };
  }

  async commit(tenure: Tenure, commit: Partial<Commit> = {}): Promise<Extract<CommitAnswer, { kind: 'committed' }>> {
    const answer = await tenure.commit(commitOf(commit), await this.folded());
    if (answer.kind !== 'committed') throw new Error('the commit was refused for news');
    return answer;
  }

  /** Makes these entries ready, with as many tickets, made from all that the log holds. */
  async offer(tenure: Tenure, entries: readonly ReadyEntry[], { fresh = false, limit = 10 } = {}): Promise<readonly string[]> {
    const { seq } = await this.folded();
    const ready = { basis: seq, engine: '1', fresh, entries };
    const { openedTickets } = await this.commit(tenure, { ready, limit, tickets: entries.length });
    return openedTickets;
  }

  start(
    ticket: string | null,
    { nonce = randomUUID(), worker = 'w1', slot = 0, hash = FUNCTION_HASH, leaseMs = 60_000 }: StartOptions = {},
  ): Promise<StartAnswer> {
    return this.attempts.start({ experiment: this.id, ticket, nonce, worker, slot, hash, leaseMs, provenance: { test: true } });
  }

  async bind(ticket: string | null, options?: StartOptions): Promise<Binding> {
    const answer = await this.start(ticket, options);
    if (answer.kind !== 'bound') throw new Error(`the ticket started nothing: ${JSON.stringify(answer)}`);
    return answer.binding;
  }

  /** An experiment, its optimizer, and trial 0 running. */
  async running(given: Partial<Specification> = {}, options?: StartOptions): Promise<{ tenure: Tenure; binding: Binding }> {
    await this.submit(given);
    const tenure = await this.takeOver();
    const [ticket = ''] = await this.offer(tenure, [readyEntry(0)]);
    return { tenure, binding: await this.bind(ticket, options) };
  }

  /** A person's request. */
  async control(request: { action: string; [member: string]: unknown }, nonce: string, hash = ''): Promise<readonly (string | number)[]> {
    const { word, rest } = await runScript(this.redis, 'control', this.experiment.guard, [
      request.action,
      JSON.stringify(request),
      nonce,
      hash,
      Number(request.maxTrials ?? 0),
      MOST_TRIALS,
    ]);
    return [word, ...rest];
  }

  /** An experiment with a past, deleted: what is left is the tombstone. */
  async deleted(): Promise<void> {
    const { tenure, binding } = await this.running();
    await this.attempts.finish(binding.token, { state: 'completed', value: 1, metrics: {} });
    await this.control({ action: 'delete' }, 'deletion');
    await tenure.saveSnapshot('{}');
    expect(await tenure.purge()).toBe(true);
  }

  /** Runs `act` and demands that it left every key as it was. */
  async unchanged<Answer>(act: () => Promise<Answer>): Promise<Answer> {
    const before = await this.dump();
    const answer = await act();
    expect(await this.dump()).toEqual(before);
    return answer;
  }

  log(): ReturnType<typeof readLog> {
    return readLog(this.redis, this.keys, this.id, 0, 100_000);
  }

  async events(): Promise<LogEvent[]> {
    return (await this.log()).map(({ event }) => event);
  }

  async eventTypes(): Promise<string[]> {
    return (await this.events()).map(({ type }) => type);
  }

  /** Every key of the deployment with its value, as Redis serializes it. */
  async dump(): Promise<Map<string, string>> {
    const values = new Map<string, string>();
    for (const key of (await this.names()).sort()) values.set(key, (await this.redis.dumpBuffer(key)).toString('base64'));
    return values;
  }

  async names(): Promise<string[]> {
    const names: string[] = [];
    for await (const page of this.redis.scanStream({ match: `${this.keys.prefix}:*`, count: 1000 })) names.push(...asStrings(page));
    return [...new Set(names)];
  }
}

export function commitOf(commit: Partial<Commit> = {}): Commit {
  return { decisions: [], events: [], stops: [], limit: 10, tickets: 0, ...commit };
}

export const report = (step: number, value = step / 3) => ({ step, value, metrics: { value } });

export const decided = (trial: number, step: number, decision: 'continue' | 'stop', basis = 1) =>
  ({ type: 'decided', trial, step, decision, basis, engine: '1' }) as const;

export function readyEntry(trial: number, given: Partial<ReadyEntry> = {}): ReadyEntry {
  return { trial, attempt: 1, origin: 'suggested', params: { x: trial / 8, y: 0.5 }, seed: trial + 1, ...given };
}

function asStrings(page: unknown): string[] {
  return Array.isArray(page) ? page.map(String) : [];
}

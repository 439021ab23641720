/**
 * Experiments as the API sees them: submit once, list, look up, and the requests that steer one. Submission writes the
 * list entry, then the experiment, then its job: whatever is missing after a crash is found from what was written first.
 */
import { randomUUID } from 'node:crypto';
import type { Redis } from 'ioredis';
import { MaggyError } from '../core/errors.ts';
import type { ControlRequest } from '../core/events.ts';
import type { Specification } from '../core/experiment.ts';
import { isFinal, type State } from '../core/states.ts';
import type { ExperimentJobs } from './experiment-jobs.ts';
import type { Keys } from './keys.ts';
import { runScript, unexpected } from './scripts.ts';

export type Phase = 'active' | 'paused' | 'stopping' | 'ended' | 'deleting';

/** What the guard knows beyond the read model. */
export interface GuardView {
  readonly phase: Phase;
  /** Last log entry. */
  readonly seq: number;
  /** Reports taken by all curves. */
  readonly reports: number;
  /** Content hash of the training function that is pinned now. */
  readonly hash: string;
}

export interface ListFilter {
  readonly tag?: string;
  readonly state?: State;
  /** Ids after this one in the list, newest first. */
  readonly after?: string;
  readonly limit: number;
}

export class Experiments {
  readonly #redis: Redis;
  readonly #keys: Keys;
  readonly #jobs: ExperimentJobs;

  constructor(redis: Redis, keys: Keys, jobs: ExperimentJobs) {
    this.#redis = redis;
    this.#keys = keys;
    this.#jobs = jobs;
  }

  /**
   * Creates the experiment, once for each id: the same request again (by `fingerprint`) changes nothing and heals what a
   * crash left out.
   * @throws {MaggyError} conflict: the id was used for another request; gone: the experiment was deleted
   */
  async submit(specification: Specification, fingerprint: string, createdAt: number): Promise<'created' | 'known'> {
    const { id, tags, trainingFunction, direction } = specification;
    const listing = this.#redis
      .multi()
      .zadd(this.#keys.experiments, 'NX', createdAt, id)
      .zadd(this.#keys.inState('queued'), 'NX', createdAt, id);
    for (const tag of tags) listing.zadd(this.#keys.tagged(tag), 'NX', createdAt, id);
    const args = [JSON.stringify(specification), fingerprint, randomUUID(), trainingFunction.hash, direction];

    if (!(await this.#exists(id))) await listing.exec();
    const answer = await runScript(this.#redis, 'submit', this.#keys.of(id).guard, args);
    if (answer.word === 'conflict') {
      throw new MaggyError('conflict', 'Idempotency-Key: was used for another request', {
        field: 'Idempotency-Key',
        rule: 'one key, one request',
      });
    }
    if (answer.word === 'gone') {
      // The listing above came before the answer.
      await this.forget(id, tags);
      throw gone(id);
    }
    if (answer.word !== 'ok' && answer.word !== 'known') throw unexpected('submit', answer);
    await this.#jobs.add(id, await this.#turn(id));
    return answer.word === 'ok' ? 'created' : 'known';
  }

  /**
   * Applies a person's request; asking for what already holds changes nothing.
   * @throws {MaggyError} not-found, gone, or conflict where the phase does not allow it
   */
  async control(id: string, request: ControlRequest, nonce: string = randomUUID()): Promise<'changed' | 'unchanged'> {
    const hash = request.action === 'resume' ? (request.hash ?? '') : '';
    // Written first, so that `ensureJobs` heals a crash between the request and the job.
    if (request.action === 'extend' || request.action === 'delete') await this.#redis.sadd(this.#keys.reopened, id);
    const answer = await runScript(this.#redis, 'control', this.#keys.of(id).guard, [request.action, JSON.stringify(request), nonce, hash]);
    switch (answer.word) {
      case 'ok':
        // An ended experiment has no job: whoever reopens or deletes it needs an optimizer again.
        if (answer.rest[0] === 'ended') await this.#jobs.add(id, Number(answer.rest[1]));
        return 'changed';
      case 'unchanged':
        return 'unchanged';
      case 'conflict':
        await this.#redis.srem(this.#keys.reopened, id);
        throw notNow(id, request.action, String(answer.rest[0]));
      case 'gone':
        await this.#redis.srem(this.#keys.reopened, id);
        throw await this.#missing(id);
      default:
        throw unexpected('control', answer);
    }
  }

  /** @throws {MaggyError} not-found or gone */
  async guard(id: string): Promise<GuardView> {
    const [phase, seq, reports, hash] = await this.#redis.hmget(this.#keys.of(id).guard, 'phase', 'seq', 'reports', 'hash');
    if (!isPhase(phase)) throw await this.#missing(id);
    return { phase, seq: Number(seq), reports: Number(reports), hash: hash ?? '' };
  }

  /** Ids, newest first; one page. */
  async list(filter: ListFilter): Promise<{ readonly ids: readonly string[]; readonly next: string | null }> {
    const sources = [
      ...(filter.tag === undefined ? [] : [this.#keys.tagged(filter.tag)]),
      ...(filter.state === undefined ? [] : [this.#keys.inState(filter.state)]),
    ];
    const source = sources[0] ?? this.#keys.experiments;
    const other = sources[1];
    let start = filter.after === undefined ? 0 : await this.#placeAfter(source, filter.after);
    const ids: string[] = [];
    for (;;) {
      const page = await this.#redis.zrevrange(source, String(start), String(start + filter.limit));
      const scores = other === undefined || page.length === 0 ? null : await this.#redis.zmscore(other, page);
      for (const [i, id] of page.entries()) {
        if (scores !== null && scores[i] === null) continue;
        if (ids.length === filter.limit) return { ids, next: ids.at(-1) ?? null };
        ids.push(id);
      }
      if (page.length <= filter.limit) return { ids, next: null };
      start += page.length;
    }
  }

  /**
   * How many of a list stand up to and including an experiment that may have left it since (its state changed).
   * @throws {MaggyError} invalid where there is no such experiment
   */
  async #placeAfter(list: string, id: string): Promise<number> {
    const createdAt = await this.#redis.zscore(this.#keys.experiments, id);
    if (createdAt === null) {
      throw new MaggyError('invalid', 'cursor: no longer points into this list', {
        field: 'cursor',
        value: id,
        rule: 'a cursor of this list',
      });
    }
    const [newer, asOld] = await Promise.all([
      this.#redis.zcount(list, `(${createdAt}`, '+inf'),
      this.#redis.zrangebyscore(list, createdAt, createdAt),
    ]);
    return newer + asOld.filter((other) => other >= id).length;
  }

  /** Moves an experiment between the lists by state. */
  async recordState(id: string, state: State): Promise<void> {
    const createdAt = await this.#redis.zscore(this.#keys.experiments, id);
    // Deleted meanwhile: nothing must list it again.
    if (createdAt === null) return;
    const moves = this.#redis.multi();
    if (!isFinal(state)) moves.srem(this.#keys.reopened, id);
    for (const other of ['queued', 'running', 'paused', 'completed', 'stopped', 'failed'] satisfies State[]) {
      if (other === state) moves.zadd(this.#keys.inState(other), createdAt, id);
      else moves.zrem(this.#keys.inState(other), id);
    }
    await moves.exec();
  }

  /** Takes an experiment out of every list. */
  async forget(id: string, tags: readonly string[]): Promise<void> {
    const removals = this.#redis.multi().zrem(this.#keys.experiments, id).srem(this.#keys.reopened, id);
    for (const tag of tags) removals.zrem(this.#keys.tagged(tag), id);
    for (const state of ['queued', 'running', 'paused', 'completed', 'stopped', 'failed'] satisfies State[])
      removals.zrem(this.#keys.inState(state), id);
    await removals.exec();
  }

  /** Adds a job for every experiment that should have one: heals a submission that was cut short, and jobs that Redis lost. */
  async ensureJobs(): Promise<void> {
    for (const state of ['queued', 'running', 'paused'] as const) {
      for (const id of await this.#redis.zrange(this.#keys.inState(state), '0', '-1')) {
        if (await this.#exists(id)) await this.#jobs.add(id, await this.#turn(id));
      }
    }
    for (const id of await this.#redis.smembers(this.#keys.reopened)) {
      const phase = await this.#redis.hget(this.#keys.of(id).guard, 'phase');
      if (phase !== null && phase !== 'ended') await this.#jobs.add(id, await this.#turn(id));
    }
  }

  async #turn(id: string): Promise<number> {
    return Number((await this.#redis.hget(this.#keys.of(id).guard, 'extensions')) ?? 0);
  }

  async #exists(id: string): Promise<boolean> {
    return (await this.#redis.exists(this.#keys.of(id).guard)) === 1;
  }

  async #missing(id: string): Promise<MaggyError> {
    if ((await this.#redis.exists(this.#keys.of(id).tombstone)) === 1) return gone(id);
    return new MaggyError('not-found', `there is no experiment ${id}`, { field: 'id', value: id, rule: 'the id of an experiment' });
  }
}

function gone(id: string): MaggyError {
  return new MaggyError('gone', `experiment ${id} was deleted`, { field: 'id', value: id, rule: 'an experiment that was not deleted' });
}

function notNow(id: string, action: ControlRequest['action'], phase: string): MaggyError {
  const message = `experiment ${id} is ${describePhase(phase)}: ${action} is not possible${wayOut(action, phase)}`;
  return new MaggyError('conflict', message, { field: 'state', value: phase, rule: `${action} needs an experiment in another state` });
}

function describePhase(phase: string): string {
  return { active: 'running', paused: 'paused', stopping: 'stopping', ended: 'over', deleting: 'being deleted' }[phase] ?? phase;
}

/** What to do instead. */
function wayOut(action: ControlRequest['action'], phase: string): string {
  if (action === 'extend' && phase === 'stopping') return '; ask again once it has ended, which takes it up anew';
  if (phase === 'ended') return '; extend it first, which takes it up anew';
  return '';
}

function isPhase(value: string | null | undefined): value is Phase {
  return value === 'active' || value === 'paused' || value === 'stopping' || value === 'ended' || value === 'deleting';
}

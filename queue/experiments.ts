/**
 * Experiments as the API sees them: submit once, list, look up, and the requests that steer one. Submission writes the
 * list entry, then the experiment, then its job: whatever is missing after a crash is found from what was written first.
 */
import { randomUUID } from 'node:crypto';
import type { Redis } from 'ioredis';
import Type from 'typebox';
import { invalid, MaggyError } from '../core/errors.ts';
import type { ControlRequest } from '../core/events.ts';
import { MOST_TRIALS, type Specification } from '../core/experiment.ts';
import { isFinal, states, StateSchema, type State } from '../core/states.ts';
import { annotate } from '../telemetry/tracing.ts';
import type { ExperimentJobs } from './experiment-jobs.ts';
import type { Keys } from './keys.ts';
import { recordReader } from './records.ts';
import { runScript, unexpected } from './scripts.ts';
import { parseSpecification } from './specifications.ts';
import { isRedisUnavailable } from './unavailable.ts';

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
  /** Trials that extensions have added to what was submitted. */
  readonly furtherTrials: number;
}

/** Where an experiment stands in every list: by its creation (ms since 1970), and by its id. It may have left that place since. */
export interface ListPlace {
  readonly createdAt: number;
  readonly id: string;
}

export interface ListFilter {
  readonly tag?: string;
  readonly state?: State;
  /** What stands behind this place, newest first. */
  readonly after?: ListPlace;
  readonly limit: number;
}

const parsePublished = recordReader(Type.Object({ state: StateSchema }));

/** What was begun so long ago and is not there now was cut short. */
const CUT_SHORT_MS = 600_000;

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
    annotate({ experiment: id });
    const listing = this.#redis
      .multi()
      .zadd(this.#keys.experiments, 'NX', createdAt, id)
      .zadd(this.#keys.inState('queued'), 'NX', createdAt, id);
    for (const tag of tags) listing.zadd(this.#keys.tagged(tag), 'NX', createdAt, id);
    const args = [JSON.stringify(specification), fingerprint, randomUUID(), trainingFunction.hash, direction, specification.maxTrials];

    if (!(await this.#exists(id))) await listing.exec();
    const answer = await runScript(this.#redis, 'submit', this.#keys.of(id).guard, args).catch((error: unknown) =>
      this.#unlisted(specification, error),
    );
    if (answer.word === 'conflict') {
      await this.#untag(id, tags);
      throw keyReused();
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

  /** Of a submission that was refused by an error. Where Redis did not answer, it may have been taken. */
  async #unlisted({ id, tags }: Specification, error: unknown): Promise<never> {
    if (!isRedisUnavailable(error) && !(await this.#exists(id))) await this.forget(id, tags);
    throw error;
  }

  /** Takes an experiment off the lists by tags that it does not have: the listing came before the answer that its id stands for another request. */
  async #untag(id: string, tags: readonly string[]): Promise<void> {
    const key = this.#keys.of(id).specification;
    const text = await this.#redis.get(key);
    const stored = text === null ? [] : parseSpecification(text, key).tags;
    for (const tag of tags) if (!stored.includes(tag)) await this.#redis.zrem(this.#keys.tagged(tag), id);
  }

  /** Whether a request with this nonce was applied, within the last day. */
  async isRepeated(id: string, nonce: string): Promise<boolean> {
    return (await this.#redis.hexists(this.#keys.of(id).requests, nonce)) === 1;
  }

  /**
   * Applies a person's request, once for each nonce within a day; asking for what already holds changes nothing.
   * @throws {MaggyError} not-found, gone, or conflict where the phase does not allow it, where no trial is left for an enqueued
   *   configuration, and where the nonce was used for another request
   */
  async control(id: string, request: ControlRequest, nonce: string = randomUUID()): Promise<'changed' | 'unchanged'> {
    const hash = request.action === 'resume' ? (request.hash ?? '') : '';
    // Written first, so that `ensureJobs` heals a crash between the request and the job.
    const reopens = request.action === 'extend' || request.action === 'delete';
    const isNewMark = reopens && (await this.#redis.zadd(this.#keys.reopened, Date.now(), id)) === 1;
    const unmark = async (): Promise<void> => {
      // That of a request before this one stays.
      if (isNewMark) await this.#redis.zrem(this.#keys.reopened, id);
    };
    const answer = await runScript(this.#redis, 'control', this.#keys.of(id).guard, [
      request.action,
      JSON.stringify(request),
      nonce,
      hash,
      furtherTrials(request),
      MOST_TRIALS,
    ]);
    switch (answer.word) {
      case 'ok':
        // An ended experiment has no job: whoever reopens or deletes it needs an optimizer again.
        if (answer.rest[0] === 'ended') await this.#jobs.add(id, Number(answer.rest[1]));
        return 'changed';
      case 'unchanged':
        return 'unchanged';
      case 'conflict':
        await unmark();
        throw notNow(id, request.action, String(answer.rest[0]));
      case 'gone':
        await unmark();
        throw await this.#missing(id);
      case 'full':
        throw new MaggyError('conflict', `maxTrials: no trial of experiment ${id} is left for it; extend the experiment first`, {
          field: 'maxTrials',
          rule: 'enqueue needs a trial that nothing else was promised',
        });
      case 'too-many':
        await unmark();
        throw invalid(
          'maxTrials',
          `must leave experiment ${id} with at most ${MOST_TRIALS} trials; it would have ${answer.rest[0]}`,
          furtherTrials(request),
        );
      case 'reused':
        throw keyReused();
      default:
        throw unexpected('control', answer);
    }
  }

  /** @throws {MaggyError} not-found or gone */
  async guard(id: string): Promise<GuardView> {
    const fields = ['phase', 'seq', 'reports', 'hash', 'furtherTrials'] as const;
    const [phase, seq, reports, hash, furtherTrials] = await this.#redis.hmget(this.#keys.of(id).guard, ...fields);
    if (!isPhase(phase)) throw await this.#missing(id);
    return { phase, seq: Number(seq), reports: Number(reports), hash: hash ?? '', furtherTrials: Number(furtherTrials ?? 0) };
  }

  /** Ids, newest first; one page. */
  async list(filter: ListFilter): Promise<{ readonly ids: readonly string[]; readonly next: ListPlace | null }> {
    const sources = [
      ...(filter.tag === undefined ? [] : [this.#keys.tagged(filter.tag)]),
      ...(filter.state === undefined ? [] : [this.#keys.inState(filter.state)]),
    ];
    const source = sources[0] ?? this.#keys.experiments;
    const other = sources[1];
    let start = filter.after === undefined ? 0 : await this.#placeAfter(source, filter.after);
    const places: ListPlace[] = [];
    const ids = (): string[] => places.map(({ id }) => id);
    for (;;) {
      const page = placesOf(await this.#redis.zrevrange(source, start, start + filter.limit, 'WITHSCORES'));
      const inOther = page.map(({ id }) => id);
      const scores = other === undefined || page.length === 0 ? null : await this.#redis.zmscore(other, inOther);
      for (const [i, place] of page.entries()) {
        if (scores !== null && scores[i] === null) continue;
        if (places.length === filter.limit) return { ids: ids(), next: places.at(-1) ?? null };
        places.push(place);
      }
      if (page.length <= filter.limit) return { ids: ids(), next: null };
      start += page.length;
    }
  }

  /** How many of a list stand up to and including a place. */
  async #placeAfter(list: string, { createdAt, id }: ListPlace): Promise<number> {
    const [newer, asOld] = await Promise.all([
      this.#redis.zcount(list, `(${createdAt}`, '+inf'),
      this.#redis.zrangebyscore(list, createdAt, createdAt),
    ]);
    return newer + asOld.filter((other) => other >= id).length;
  }

  /**
   * Puts an experiment into the list of the state that it was published in, and answers that state; null where there is none. What is
   * published is fenced and lists are not: so whoever comes here late, too, asks what holds by now, and again once it is written.
   */
  async relist(id: string): Promise<State | null> {
    for (let listed: State | null = null; ;) {
      const state = await this.#publishedState(id);
      if (state === null || state === listed) return state;
      await this.#moveTo(state, id);
      listed = state;
    }
  }

  async #publishedState(id: string): Promise<State | null> {
    const key = this.#keys.of(id).result;
    const text = await this.#redis.get(key);
    return text === null ? null : parsePublished(text, key).state;
  }

  async #moveTo(state: State, id: string): Promise<void> {
    const createdAt = await this.#redis.zscore(this.#keys.experiments, id);
    // Deleted meanwhile: nothing must list it again.
    if (createdAt === null) return;
    const moves = this.#redis.multi();
    if (!isFinal(state)) moves.zrem(this.#keys.reopened, id);
    for (const other of states) {
      if (other === state) moves.zadd(this.#keys.inState(other), createdAt, id);
      else moves.zrem(this.#keys.inState(other), id);
    }
    await moves.exec();
  }

  /** How many experiments each list by state has. */
  async countByState(): Promise<Record<State, number>> {
    const count = (state: State): Promise<number> => this.#redis.zcard(this.#keys.inState(state));
    const [queued, running, paused, completed, stopped, failed] = await Promise.all([
      count('queued'),
      count('running'),
      count('paused'),
      count('completed'),
      count('stopped'),
      count('failed'),
    ]);
    return { queued, running, paused, completed, stopped, failed };
  }

  /** Takes an experiment out of every list. */
  async forget(id: string, tags: readonly string[]): Promise<void> {
    const removals = this.#redis.multi().zrem(this.#keys.experiments, id).zrem(this.#keys.reopened, id);
    for (const tag of tags) removals.zrem(this.#keys.tagged(tag), id);
    for (const state of states) removals.zrem(this.#keys.inState(state), id);
    await removals.exec();
  }

  /**
   * Adds a job for every experiment that should have one: heals a submission that was cut short before its job, and jobs that
   * Redis lost; those whose jobs are `held` have one. What was cut short before the experiment itself is forgotten; nobody knows its tags, but lists leave out what is not there.
   */
  async ensureJobs(held: ReadonlySet<string> = new Set()): Promise<void> {
    const longAgo = Date.now() - CUT_SHORT_MS;
    for (const state of ['queued', 'running', 'paused'] as const) {
      for (const { id, createdAt } of placesOf(await this.#redis.zrange(this.#keys.inState(state), '0', '-1', 'WITHSCORES'))) {
        if (held.has(id)) continue;
        if (await this.#exists(id)) await this.#jobs.addIfGone(id, await this.#turn(id));
        else if (createdAt < longAgo) await this.forget(id, []);
      }
    }
    const stale = new Set(await this.#redis.zrangebyscore(this.#keys.reopened, '-inf', longAgo));
    for (const id of await this.#redis.zrange(this.#keys.reopened, '0', '-1')) {
      const phase = await this.#redis.hget(this.#keys.of(id).guard, 'phase');
      if (phase !== null && phase !== 'ended') await this.#jobs.addIfGone(id, await this.#turn(id));
      else if (stale.has(id)) await this.#redis.zrem(this.#keys.reopened, id);
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

function furtherTrials(request: ControlRequest): number {
  return request.action === 'extend' ? (request.maxTrials ?? 0) : 0;
}

/** From members of a list with their scores. */
function placesOf(words: readonly string[]): ListPlace[] {
  return words.flatMap((id, i) => (i % 2 === 0 ? [{ id, createdAt: Number(words[i + 1]) }] : []));
}

function keyReused(): MaggyError {
  return new MaggyError('conflict', 'Idempotency-Key: was used for another request', {
    field: 'Idempotency-Key',
    rule: 'one key, one request',
  });
}

function gone(id: string): MaggyError {
  return new MaggyError('gone', `experiment ${id} was deleted or archived`, {
    field: 'id',
    value: id,
    rule: 'an experiment that is there',
  });
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

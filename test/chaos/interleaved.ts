/**
 * One experiment as the scripts, the engine and the log reader really make it, and everybody who has to do with it as puppets: two
 * optimizers and five workers, each of which does one thing when it is told to, remembers what it was told, and may say it again later.
 * Redis may go back to an earlier moment. Nothing here waits for anything, so any order of steps is a possible one.
 */
import { randomUUID } from 'node:crypto';
import { isDecisionStep } from '../../core/decision-steps.ts';
import type { ControlRequest } from '../../core/events.ts';
import type { Specification } from '../../core/experiment.ts';
import { builtInAlgorithms } from '../../optimizer/algorithms.ts';
import { LogReader } from '../../optimizer/service/log-reader.ts';
import { Planner } from '../../optimizer/service/planner.ts';
import { InlineSuggestions } from '../../optimizer/service/suggestions.ts';
import type { AttemptToken, Binding, Outcome, Refused } from '../../core/attempt.ts';
import type { StartRequest } from '../../queue/attempts.ts';
import { Superseded, type Commit, type Folded, type Tenure } from '../../queue/decisions.ts';
import { report, type QueueRig } from '../support/queue-rig.ts';
import { FUNCTION_HASH } from '../support/specification.ts';

const LEASE_MS = 600_000;
const SLOTS = 5;
/** As long as the longest trial. */
export const STEPS = 3;

interface Optimizer {
  readonly tenure: Tenure;
  readonly reader: LogReader;
  readonly planner: Planner;
  /** On its way to Redis. */
  sent: { readonly commit: Commit; readonly folded: Folded } | null;
}

interface Running extends Pick<Binding, 'token' | 'entry'> {
  step: number;
  /** Reports made. */
  said: number;
  /** The step whose decision it waits for. */
  awaits: number | null;
  told: 'stop' | 'pause' | null;
}

interface Worker {
  asked: StartRequest | null;
  running: Running | null;
  /** What it has told last of an attempt that is over for it. */
  last: { readonly token: AttemptToken; readonly outcome: Outcome; readonly said: number } | null;
}

export class Interleaved {
  readonly rig: QueueRig;
  readonly specification: Specification;
  readonly #optimizers: (Optimizer | null)[] = [null, null];
  readonly #workers: Worker[] = Array.from({ length: SLOTS }, () => ({ asked: null, running: null, last: null }));
  /** Attempts that were refused once: none of them may ever be heard again. */
  readonly #refused = new Set<string>();
  #earlier: ReadonlyMap<string, Buffer> | null = null;

  constructor(rig: QueueRig, specification: Specification) {
    this.rig = rig;
    this.specification = specification;
  }

  async takeOver(optimizer: number): Promise<string> {
    const tenure = await this.rig.takeOver();
    const reader = await LogReader.recover(tenure.records, builtInAlgorithms);
    const planner = new Planner(reader.engine, new InlineSuggestions(reader.engine));
    this.#optimizers[optimizer] = { tenure, reader, planner, sent: null };
    return `at entry ${reader.engine.state.seq}`;
  }

  /** Reads what is new and works out what follows; it is sent later. */
  async plan(optimizer: number): Promise<string> {
    const held = this.#optimizers[optimizer];
    if (held?.sent !== null) return 'has nothing to plan';
    return this.#unlessSuperseded(optimizer, async () => {
      held.reader.missed();
      await held.reader.catchUp();
      const commit = held.planner.plan({
        capacity: { share: 3, slots: SLOTS, free: Infinity, idle: SLOTS },
        now: await held.tenure.records.timeMs(),
      });
      held.sent = { commit, folded: held.reader.folded };
      const { decisions, events, ready, tickets } = commit;
      return (
        [...decisions, ...events].map(({ type }) => type).join(', ') + ` list of ${ready?.entries.length ?? 'before'}, ${tickets} tickets`
      );
    });
  }

  /** What was planned reaches Redis. */
  async commit(optimizer: number): Promise<string> {
    const held = this.#optimizers[optimizer];
    if (held?.sent == null) return 'has nothing to commit';
    const { commit, folded } = held.sent;
    held.sent = null;
    return this.#unlessSuperseded(optimizer, async () => {
      const answer = await held.tenure.commit(commit, folded);
      if (answer.kind === 'committed') {
        held.planner.committed(commit, answer);
        held.reader.committed(answer.entries);
      }
      return answer.kind;
    });
  }

  async start(worker: number): Promise<string> {
    const slot = this.#worker(worker);
    if (slot.running !== null) return 'is busy';
    const tickets = (await this.rig.redis.smembers(this.rig.experiment.tickets)).sort();
    const ticket = tickets[worker % Math.max(1, tickets.length)];
    if (ticket === undefined) return 'finds no ticket';
    slot.asked = {
      experiment: this.rig.id,
      ticket,
      nonce: randomUUID(),
      worker: `w${worker}`,
      slot: 0,
      hash: FUNCTION_HASH,
      leaseMs: LEASE_MS,
      provenance: {},
    };
    return this.startAgain(worker);
  }

  /** The start that it asked for last is sent once more. */
  async startAgain(worker: number): Promise<string> {
    const slot = this.#worker(worker);
    if (slot.asked === null) return 'has asked for no start';
    const answer = await this.rig.attempts.start(slot.asked);
    if (answer.kind === 'nothing') for (const held of this.#optimizers) held?.planner.forgetTickets();
    if (answer.kind !== 'bound') return answer.kind;
    const { token, entry } = answer.binding;
    const name = `trial ${token.trial}, attempt ${token.attempt}`;
    if (slot.running !== null || slot.last?.token.nonce === token.nonce) return `${name} again`;
    slot.running = { token, entry, step: 0, said: 0, awaits: null, told: null };
    return name;
  }

  /** The next step, or the answer to the last one if that is still out; `doubled`: its message arrives twice. */
  async step(worker: number, doubled: boolean): Promise<string> {
    const { running } = this.#worker(worker);
    if (running === null) return 'runs nothing';
    if (running.awaits !== null) return this.#hear(worker, running, running.awaits);
    if (running.told !== null || running.step === STEPS) return this.#finish(worker, running, doubled);
    running.step += 1;
    running.said += 1;
    return this.#report(worker, running, running.said, doubled);
  }

  /** All that it has reported of its attempt comes once more. */
  async repeat(worker: number): Promise<string> {
    const { running } = this.#worker(worker);
    return running === null || running.said === 0 ? 'has nothing to repeat' : this.#report(worker, running, 1, false);
  }

  /** Its last outcome comes once more, or for the first time, long after. */
  async finishAgain(worker: number): Promise<string> {
    const { last } = this.#worker(worker);
    if (last === null) return 'has finished nothing';
    return this.#heard(last.token, await this.rig.attempts.finish(last.token, last.outcome, last.said));
  }

  /** It forgets what it runs, and may be heard of it again all the same. */
  vanish(worker: number): string {
    const slot = this.#worker(worker);
    if (slot.running === null) return 'runs nothing';
    const { token, said } = slot.running;
    slot.last = { token, said, outcome: { state: 'completed', value: 0, metrics: { value: 0 } } };
    slot.running = null;
    return `trial ${token.trial}, attempt ${token.attempt}`;
  }

  async fail(worker: number): Promise<string> {
    const { running } = this.#worker(worker);
    return running === null ? 'runs nothing' : this.#end(worker, running, { state: 'failed', reason: 'error', message: 'as told' }, false);
  }

  /** The lease of some trial runs out. */
  async lapse(which: number): Promise<string> {
    const trials = await this.rig.redis.zrange(this.rig.experiment.leases, '0', '-1');
    const trial = trials[which % Math.max(1, trials.length)];
    if (trial === undefined) return 'there is none';
    await this.rig.redis.zadd(this.rig.experiment.leases, 'XX', 1, trial);
    return `of trial ${trial}`;
  }

  async ask(request: ControlRequest): Promise<string> {
    return (await this.rig.control(request, randomUUID())).join(' ');
  }

  /** What a restart would bring back from here on. */
  async remember(): Promise<void> {
    const names = await this.rig.names();
    this.#earlier = new Map(await Promise.all(names.map(async (name) => [name, await this.rig.redis.dumpBuffer(name)] as const)));
  }

  /** Redis has lost all that came after it was to remember. */
  async goBack(): Promise<string> {
    if (this.#earlier === null) return 'to nothing';
    const { redis } = this.rig;
    const before = await this.seq();
    const names = await this.rig.names();
    if (names.length > 0) await redis.del(names);
    for (const [name, value] of this.#earlier) await redis.restore(name, 0, value);
    this.#refused.clear();
    return `from entry ${before} to ${await this.seq()}`;
  }

  /** Everybody is replaced by an optimizer and workers that do what they should, until the experiment has ended. */
  async playToTheEnd(): Promise<void> {
    const { redis, experiment } = this.rig;
    for (const worker of this.#workers) worker.running = null;
    for (const trial of await redis.zrange(experiment.leases, '0', '-1')) await redis.zadd(experiment.leases, 'XX', 1, trial);
    if ((await redis.hget(experiment.guard, 'phase')) === 'paused') await this.ask({ action: 'resume' });
    await this.takeOver(0);
    for (let round = 0; round < 300; round++) {
      await this.plan(0);
      await this.commit(0);
      if (this.#optimizers[0] === null) await this.takeOver(0);
      if ((await redis.hget(experiment.guard, 'phase')) === 'ended') return;
      for (let worker = 0; worker < SLOTS; worker++) {
        await this.start(worker);
        await this.step(worker, false);
      }
    }
    throw new Error('the experiment never ends');
  }

  async seq(): Promise<number> {
    return Number(await this.rig.redis.hget(this.rig.experiment.guard, 'seq'));
  }

  async #report(worker: number, running: Running, first: number, doubled: boolean): Promise<string> {
    const { token, said, step } = running;
    const reports = Array.from({ length: said - first + 1 }, (_, i) => report(first + i, valueAt(token.trial, first + i)));
    const decides = isDecisionStep(this.specification.decisionSteps, step);
    const send = () => this.rig.attempts.report(token, first, reports, decides);
    if (doubled) await send();
    const answer = await send();
    if (answer.kind === 'gap') return this.#report(worker, running, answer.resendFrom, false);
    const heard = this.#heard(token, answer);
    if (answer.kind === 'refused') this.#worker(worker).running = null;
    else if (answer.decision === 'wait') running.awaits = step;
    else this.#tell(running, answer.decision);
    return `${heard}${answer.kind === 'taken' ? ` ${answer.decision}` : ''}`;
  }

  async #hear(worker: number, running: Running, awaited: number): Promise<string> {
    const answer = await this.rig.attempts.renew(running.token, LEASE_MS, awaited);
    const heard = this.#heard(running.token, answer);
    if (answer.kind === 'refused') {
      this.#worker(worker).running = null;
      return heard;
    }
    if (answer.stop) this.#tell(running, 'stop');
    else if (answer.decision !== null) this.#tell(running, answer.decision);
    return `${heard} ${answer.stop ? 'stop' : (answer.decision ?? 'wait')}`;
  }

  #tell(running: Running, decision: 'continue' | 'pause' | 'stop'): void {
    running.awaits = null;
    running.told = decision === 'continue' ? null : decision;
  }

  async #finish(worker: number, running: Running, doubled: boolean): Promise<string> {
    const { told, token } = running;
    const value = valueAt(token.trial, STEPS);
    if (told === null) return this.#end(worker, running, { state: 'completed', value, metrics: { value } }, doubled);
    return this.#end(worker, running, { state: told === 'stop' ? 'stopped' : 'paused' }, doubled);
  }

  async #end(worker: number, running: Running, outcome: Outcome, doubled: boolean): Promise<string> {
    const { token, said } = running;
    const send = () => this.rig.attempts.finish(token, outcome, said);
    if (doubled) await send();
    const answer = await send();
    if (answer.kind === 'gap') {
      await this.#report(worker, running, answer.resendFrom, false);
      return `${outcome.state}: reports again from ${answer.resendFrom}`;
    }
    const slot = this.#worker(worker);
    slot.running = null;
    slot.last = { token, outcome, said };
    if (answer.kind === 'undecided') await this.rig.attempts.release(token, 'the decision is lost');
    return `${outcome.state}: ${this.#heard(token, answer)}`;
  }

  /** @throws where an attempt is heard that has been refused before */
  #heard(token: AttemptToken, answer: { readonly kind: string } | Refused): string {
    if (answer.kind === 'refused') this.#refused.add(token.nonce);
    else if (this.#refused.has(token.nonce))
      throw new Error(`trial ${token.trial}, attempt ${token.attempt} is heard after it was refused`);
    return answer.kind;
  }

  async #unlessSuperseded(optimizer: number, act: () => Promise<string>): Promise<string> {
    try {
      return await act();
    } catch (error) {
      if (!(error instanceof Superseded)) throw error;
      this.#optimizers[optimizer] = null;
      return error.why;
    }
  }

  #worker(worker: number): Worker {
    const found = this.#workers[worker];
    if (found === undefined) throw new RangeError(`no worker ${worker}`);
    return found;
  }
}

/** The loss of a trial, whichever attempt it is. */
function valueAt(trial: number, step: number): number {
  return ((trial * 7) % 5) + 1 / step;
}

/**
 * What an optimizer commits next: turns the engine's state, the capacity and the clock into one commit. Keeps only what it
 * needs to know of its own earlier commits; after a takeover it knows nothing and writes the ready list anew.
 */
import type { Commit, CommitAnswer, ReadyList } from '../../queue/decisions.ts';
import type { Engine } from '../engine/engine.ts';
import { runningMs, trialOf, type TrialState } from '../engine/state.ts';
import type { Capacity } from './capacity.ts';
import type { ListMoment, Suggestions } from './suggestions.ts';

/** Below this median duration the round trip of a ticket shows: more tickets and a longer ready list go ahead. */
const SHORT_TRIAL_MS = 20;
const SHORT_TRIALS_AHEAD = 4;
/** Below this one, trials of all slots may end at the same moment often enough for each slot to need a ticket of its own ahead. */
const QUICK_TRIAL_MS = 1000;
const MAX_SHORT_LIST = 128;
/** The list is made anew when no more than this part of it is left; one for short trials lasts for several commits. */
const LIST_LEFT = 1 / 2;
const SHORT_LIST_LEFT = 1 / 4;
/**
 * Entries that are worked out at once by a sampler that learns, however many slots are free: each costs a suggestion, which many running
 * trials make dear, and decisions, or the slots themselves, wait until the whole list is made.
 */
const MAX_LEARNT_LIST = 8;
/** A fresh list that costs less than this part of a trial is made for every outcome. */
const FRESH_COST = 0.02;

interface KnownList extends ListMoment {
  /** Entries when it was made. */
  readonly entries: number;
}

export interface Moment {
  readonly capacity: Capacity;
  /** Redis time, ms. */
  readonly now: number;
}

export class Planner {
  readonly #engine: Engine;
  readonly #suggestions: Suggestions;
  #list: KnownList | null = null;
  /** The list of the commit that is under way. */
  #offered: KnownList | null = null;
  /** Running attempts that were told to stop. */
  readonly #told = new Set<string>();
  #listCostMs = 0;
  #median = { outcomes: 0, ms: Infinity };
  /** Progress at which a slot found that it may not start more. */
  #refusedAt: string | null = null;
  #tickets: { readonly open: number; readonly bindings: number } | null = null;
  /** Whether some ticket was settled without a binding since the last plan. */
  #isSettled = false;

  constructor(engine: Engine, suggestions: Suggestions) {
    this.#engine = engine;
    this.#suggestions = suggestions;
  }

  /** The next commit; it may be empty but for the tickets. */
  plan({ capacity, now }: Moment): Commit {
    const { state } = this.#engine;
    this.#isSettled = false;
    const limit = this.#limit(capacity);
    // Where nobody could start more, neither tickets nor suggestions go ahead.
    const reach = Math.min(limit, state.counts.running + capacity.free);
    const ending = this.#engine.ending();
    // An experiment that is over anyway has not ended for want of time: the log would name two reasons.
    const isLate = ending === null && state.phase === 'active' && runningMs(state, now) >= 1000 * (state.maxDurationSeconds ?? Infinity);
    const fit = this.#suggestions.fit();
    const ready = fit === null ? this.#readyList(reach) : null;
    return {
      decisions: this.#engine.decisions(),
      events: [
        ...(fit === null ? [] : [fit]),
        ...(limit === state.limit ? [] : [{ type: 'capacityChanged' as const, limit }]),
        ...(isLate ? [{ type: 'timerExpired' as const, timer: 'maxDuration' as const, engine: this.#engine.version }] : []),
        ...(ending === null ? [] : [ending]),
      ],
      stops: state.phase === 'stopping' ? this.#runningUntold() : [],
      ...(ready === null ? {} : { ready }),
      limit,
      tickets: this.#wantedTickets(reach, limit >= capacity.share, ready?.entries.length ?? this.#entriesLeft()),
    };
  }

  /** Whether a commit would change anything that this optimizer knows of. */
  isDue(commit: Commit): boolean {
    const { decisions, events, stops, ready, tickets } = commit;
    return decisions.length + events.length + stops.length > 0 || ready !== undefined || tickets !== this.#openTickets();
  }

  /**
   * Some ticket was settled without a binding, which no event tells. It also shows that a slot is free and may not start more:
   * until something is bound or ends, a ticket ahead would only be settled in the same way.
   */
  forgetTickets(): void {
    this.#tickets = null;
    this.#isSettled = true;
    this.#refusedAt = this.#progress();
  }

  /** Whether nothing of it runs and its tickets wait in the queue: whoever takes one will say so. */
  get isQueueing(): boolean {
    return this.#engine.state.counts.running === 0 && (this.#openTickets() ?? 0) > 0;
  }

  /** Takes in what became of a commit. */
  committed(commit: Commit, answer: Extract<CommitAnswer, { kind: 'committed' }>): void {
    const { state, bindings } = this.#engine;
    if (commit.ready !== undefined && answer.readyAccepted) this.#list = this.#offered;
    // Bound as a whole, or thrown away by a start that could not read it: another is due.
    else if (answer.readyLength === 0 && (this.#list?.entries ?? 0) > 0) this.#list = null;
    for (const trial of commit.stops) this.#told.add(attemptOf(trialOf(state, trial)));
    // One that was settled while the commit was under way may be one of those that it left open.
    this.#tickets = this.#isSettled ? null : { open: commit.tickets, bindings };
  }

  #limit(capacity: Capacity): number {
    const { state } = this.#engine;
    if (state.phase === 'stopping' || state.phase === 'ended') return 0;
    return Math.min(capacity.share, state.specification.parallelism ?? Infinity);
  }

  #readyList(reach: number): ReadyList | null {
    const { state, readyRevision, learns, observations } = this.#engine;
    const known = this.#list;
    const wanted = state.phase === 'active' ? this.#wanted(reach) : 0;
    const isStale = known?.revision !== readyRevision || (learns && known.observations !== observations);
    const current = isStale ? null : known;
    const left = this.#entriesLeft();
    if (current !== null && (wanted === 0 || left > wanted * (this.#areTrialsShort() ? SHORT_LIST_LEFT : LIST_LEFT))) return null;
    const made = this.#suggestions.list(wanted);
    if (made === null) return null;
    const { entries, moment, costMs } = made;
    this.#listCostMs = costMs;
    // Nothing more to suggest: the list there is is the list there should be.
    if (current !== null && entries.length <= left) return null;
    this.#offered = { ...moment, entries: entries.length };
    return { basis: moment.basis, engine: this.#engine.version, fresh: learns && this.#isCheap(), entries };
  }

  #wanted(reach: number): number {
    const { learns, isHeavy } = this.#engine;
    // What is worked out ahead of the newest result is worked out for nothing: no more than tickets are open, and less where it takes long.
    if (learns) return Math.min(MAX_LEARNT_LIST, Math.max(1, this.#startable(reach) + (isHeavy ? 1 : this.#ahead(reach))));
    return this.#areTrialsShort() ? Math.min(MAX_SHORT_LIST, 32 * reach) : 2 * reach + 2;
  }

  /** Entries that nobody has bound, as far as this optimizer has read. */
  #entriesLeft(): number {
    return this.#list === null ? 0 : Math.max(0, this.#list.entries - (this.#engine.bindings - this.#list.bindings));
  }

  /** Each binding settles one of the tickets that were open after the last commit. */
  #openTickets(): number | null {
    return this.#tickets === null ? null : this.#tickets.open - (this.#engine.bindings - this.#tickets.bindings);
  }

  #wantedTickets(reach: number, hasAllSlots: boolean, available: number): number {
    if (this.#engine.state.phase !== 'active') return 0;
    // A ticket beyond the limit waits in the queue for the next free slot; where slots are free it would be refused.
    const isSlotBound = hasAllSlots && this.#refusedAt !== this.#progress();
    const ahead = isSlotBound ? this.#ahead(reach) : 0;
    const wanted = Math.max(0, Math.min(this.#startable(reach) + ahead, available));
    // Where many are ahead, several are opened at once: one commit for each would cost more than the trial.
    const open = this.#openTickets();
    return open !== null && open > reach && wanted > open && wanted - open < reach ? open : wanted;
  }

  /** Trials that free slots may start now; below 0 where more run than may. */
  #startable(reach: number): number {
    return reach - this.#engine.state.counts.running;
  }

  #ahead(reach: number): number {
    const medianMs = this.#medianDurationMs();
    if (medianMs < SHORT_TRIAL_MS) return SHORT_TRIALS_AHEAD * reach;
    return medianMs < QUICK_TRIAL_MS ? reach : 1;
  }

  /** Changes with every binding and every outcome. */
  #progress(): string {
    return `${String(this.#engine.bindings)}/${String(this.#engine.state.outcomes.length)}`;
  }

  #runningUntold(): number[] {
    return this.#engine
      .running()
      .filter((trial) => !this.#told.has(attemptOf(trial)))
      .map(({ number }) => number);
  }

  #isCheap(): boolean {
    return this.#listCostMs < FRESH_COST * this.#medianDurationMs();
  }

  #areTrialsShort(): boolean {
    return this.#medianDurationMs() < SHORT_TRIAL_MS;
  }

  /** Median duration of the last completed trials; infinite before there is one. Worked out once for each outcome. */
  #medianDurationMs(): number {
    const { outcomes, recentDurations } = this.#engine.state;
    if (this.#median.outcomes !== outcomes.length) {
      const sorted = [...recentDurations].sort((a, b) => a - b);
      this.#median = { outcomes: outcomes.length, ms: sorted[sorted.length >> 1] ?? Infinity };
    }
    return this.#median.ms;
  }
}

function attemptOf({ number, attempts }: TrialState): string {
  return `${String(number)}.${String(attempts)}`;
}

/**
 * An attempt's lease as its holder sees it: until when the process may run, and when to ask for more. It counts from the
 * moment of asking, so that it never outlasts what Redis has granted. How to ask is the attempt's business.
 */
export interface LeaseTimes {
  /** How long a lease lasts; a quarter of it passes between renewals. */
  readonly leaseMs: number;
  /** How long before the lease ends the process must be gone. */
  readonly leaseGraceMs: number;
}

export class Lease {
  readonly #times: LeaseTimes;
  #askedAtMs: number;
  #isAsking = false;

  /** @param askedAtMs when the start was asked for, on the monotonic clock */
  constructor(times: LeaseTimes, askedAtMs: number) {
    this.#times = times;
    this.#askedAtMs = askedAtMs;
  }

  /** When the process must be gone unless the lease was renewed. */
  get deadlineMs(): number {
    return this.#askedAtMs + this.#times.leaseMs - this.#times.leaseGraceMs;
  }

  isDue(nowMs: number): boolean {
    return !this.#isAsking && nowMs >= this.#askedAtMs + this.#times.leaseMs / 4;
  }

  /** Hands on what `ask` answers; undefined is a lease that was not renewed. */
  async renew<Answer>(nowMs: number, ask: () => Promise<Answer | undefined>): Promise<Answer | undefined> {
    this.#isAsking = true;
    const answer = await ask();
    this.#isAsking = false;
    if (answer !== undefined) this.#askedAtMs = nowMs;
    return answer;
  }
}

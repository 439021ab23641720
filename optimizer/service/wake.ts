/** A level, not an edge: a hint that comes while nobody waits is kept until somebody does. */
export class Wake {
  readonly #signal: AbortSignal;
  #isUp = false;
  #resume: (() => void) | null = null;

  constructor(signal: AbortSignal) {
    this.#signal = signal;
    signal.addEventListener('abort', this.up);
  }

  get isAborted(): boolean {
    return this.#signal.aborted;
  }

  /** An arrow function, since it is handed over as a listener. */
  readonly up = (): void => {
    this.#isUp = true;
    this.#resume?.();
  };

  close(): void {
    this.#signal.removeEventListener('abort', this.up);
  }

  /** Resolves on the next hint, at once when there was one since the last wait, or after `ms`. */
  async wait(ms: number): Promise<void> {
    if (!this.#isUp) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, ms);
        this.#resume = () => {
          clearTimeout(timer);
          resolve();
        };
      });
      this.#resume = null;
    }
    this.#isUp = false;
  }
}

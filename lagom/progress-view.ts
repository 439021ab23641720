/** How an experiment goes, for whoever watches: a bar with the incumbent below one line for each trial that has ended. Without a terminal only the lines. */
import { MultiBar, type SingleBar } from 'cli-progress';
import { describeParams, shortNumber } from '../core/in-words.ts';
import type { ResultDocument, TrialRow } from '../core/results.ts';
import { isFinal } from '../core/states.ts';

interface Experiment {
  readonly metric: string;
  readonly maxTrials: number;
}

/** Widths of number, state, steps and duration; the metric's name sets its own. */
const widths = { number: 5, state: 9, steps: 6, duration: 8 } as const;

export class ProgressView {
  readonly #output: NodeJS.WriteStream;
  readonly #metric: string;
  readonly #bars: MultiBar | undefined;
  readonly #bar: SingleBar | undefined;
  readonly #shown = new Set<number>();

  constructor(output: NodeJS.WriteStream, { metric, maxTrials }: Experiment) {
    this.#output = output;
    this.#metric = metric;
    this.#write(this.#line('trial', 'state', metric, 'steps', 'duration', 'params'));
    if (!output.isTTY) return;
    this.#bars = new MultiBar({
      stream: output,
      format: '[{bar}] {value}/{total} trials | {incumbent} | {duration_formatted}',
      barsize: 24,
      hideCursor: true,
      clearOnComplete: true,
      // Lines of trials may be longer than a terminal is wide, and are worth reading to their end.
      linewrap: true,
    });
    this.#bar = this.#bars.create(maxTrials, 0, { incumbent: 'the first trials run' });
  }

  update({ incumbent, counts }: ResultDocument, trials: readonly TrialRow[]): void {
    for (const trial of trials) {
      if (!isFinal(trial.state) || this.#shown.has(trial.number)) continue;
      this.#shown.add(trial.number);
      this.#write(this.#describe(trial));
    }
    if (incumbent === null) return;
    const { number, value, provisional } = incumbent;
    this.#bar?.update(counts.completed + counts.stopped + counts.failed, {
      incumbent: `${provisional ? 'leading' : 'best'} ${shortNumber(value)} (trial ${number})`,
    });
  }

  /** Leaves the lines and takes the bar away. */
  close(): void {
    this.#bars?.update();
    this.#bars?.stop();
  }

  #describe({ number, state, value, lastStep, durationSeconds, params, failure }: TrialRow): string {
    const reason = failure === null ? '' : `  ${failure.reason}: ${failure.message}`;
    return this.#line(
      String(number),
      state,
      value === null ? '–' : shortNumber(value),
      String(lastStep),
      durationSeconds === null ? '–' : `${durationSeconds.toFixed(1)} s`,
      describeParams(params) + reason,
    );
  }

  #line(number: string, state: string, value: string, steps: string, duration: string, rest: string): string {
    const cells = [
      number.padStart(widths.number),
      state.padEnd(widths.state),
      value.padStart(Math.max(this.#metric.length, 9)),
      steps.padStart(widths.steps),
      duration.padStart(widths.duration),
      rest,
    ];
    return cells.join('  ');
  }

  #write(line: string): void {
    if (this.#bars === undefined) this.#output.write(`${line}\n`);
    else this.#bars.log(`${line}\n`);
  }
}

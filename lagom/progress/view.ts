/**
 * How an experiment goes, for whoever watches: in a terminal a bar and a line of figures, below one line for each trial that has ended.
 * Without a terminal only those lines.
 */
import { MultiBar, type SingleBar } from 'cli-progress';
import { describeParams, shortNumber } from '../../core/in-words.ts';
import type { ResultDocument, TrialRow } from '../../core/results.ts';
import { isFinal, type Direction } from '../../core/states.ts';
import { BestSoFar } from './best-so-far.ts';
import { Pace } from './pace.ts';
import { sparkline } from './sparkline.ts';

interface Experiment {
  readonly metric: string;
  readonly direction: Direction;
  readonly maxTrials: number;
}

/** Widths of number, state, steps and duration; the metric's name sets its own. */
const widths = { number: 5, state: 9, steps: 6, duration: 8, sparkline: 24 } as const;

export class ProgressView {
  readonly #output: NodeJS.WriteStream;
  readonly #metric: string;
  readonly #maxTrials: number;
  readonly #bars: MultiBar | undefined;
  readonly #bar: SingleBar | undefined;
  readonly #figures: SingleBar | undefined;
  readonly #shown = new Set<number>();
  readonly #best: BestSoFar;
  readonly #pace = new Pace();

  constructor(output: NodeJS.WriteStream, { metric, direction, maxTrials }: Experiment) {
    this.#output = output;
    this.#metric = metric;
    this.#maxTrials = maxTrials;
    this.#best = new BestSoFar(direction);
    this.#write(this.#line('trial', 'state', metric, 'steps', 'duration', 'params'));
    if (!output.isTTY) return;
    this.#bars = new MultiBar({
      stream: output,
      format: '[{bar}] {value}/{total} trials | {duration_formatted} | {pace}',
      barsize: 24,
      hideCursor: true,
      clearOnComplete: true,
      // Lines of trials may be longer than a terminal is wide, and are worth reading to their end.
      linewrap: true,
    });
    this.#bar = this.#bars.create(maxTrials, 0, { pace: 'the first trials run' });
    this.#figures = this.#bars.create(maxTrials, 0, { figures: '' }, { format: '{figures}' });
  }

  /**
   * @param trials those that may have changed since the last call; more do no harm
   * @param slots of the pool, where it has any
   */
  update(
    { incumbent, counts }: ResultDocument,
    trials: readonly TrialRow[],
    slots?: { readonly busy: number; readonly free: number },
  ): void {
    const news = trials.filter(({ state, number }) => isFinal(state) && !this.#shown.has(number));
    for (const trial of news.sort((a, b) => (a.endedAt ?? 0) - (b.endedAt ?? 0))) {
      this.#shown.add(trial.number);
      if (trial.state === 'completed' && trial.value !== null) this.#best.add(trial.value);
      this.#write(this.#describe(trial));
    }
    const ended = counts.completed + counts.stopped + counts.failed;
    this.#pace.note(performance.now(), ended);
    this.#bar?.update(ended, { pace: this.#describePace(this.#maxTrials - ended) });
    const running =
      slots === undefined
        ? `${counts.running} running`
        : `${counts.running} running, ${slots.busy} of ${slots.busy + slots.free} slots busy`;
    const best = incumbent === null ? [] : [this.#describeBest(incumbent)];
    this.#figures?.update(ended, { figures: [...best, running].join(' | ') });
  }

  /** Leaves the lines and takes the bar away. */
  close(): void {
    this.#bars?.update();
    this.#bars?.stop();
  }

  #describePace(left: number): string {
    const { perMinute } = this.#pace;
    const minutes = this.#pace.minutesFor(left);
    if (perMinute === undefined || minutes === undefined) return 'measuring the pace';
    return `${shortNumber(Number(perMinute.toPrecision(3)))} a minute, ${describeMinutes(minutes)} left`;
  }

  #describeBest({ number, value, provisional }: NonNullable<ResultDocument['incumbent']>): string {
    const line = sparkline(this.#best.series(widths.sparkline));
    return `${line}${line === '' ? '' : ' '}${provisional ? 'leading' : 'best'} ${shortNumber(value)} (trial ${number})`;
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

function describeMinutes(minutes: number): string {
  if (minutes < 1) return `${Math.ceil(minutes * 60)} s`;
  return minutes < 90 ? `${Math.round(minutes)} min` : `${(minutes / 60).toFixed(1)} h`;
}

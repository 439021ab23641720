/** `maggy run`: a training function on this machine, once, with nothing else running. Says what it reports and what came of it. */
import { existsSync } from 'node:fs';
import { relative } from 'node:path';
import { describeParams, shortNumber } from '../../core/in-words.ts';
import type { Metrics, Report } from '../../training/contract.ts';
import { loadTraining } from '../../training/load.ts';
import { runTraining, type RunOptions, type RunResult } from '../../training/single-host.ts';
import { parseDatasetOptions, parseSettings } from '../assignments.ts';
import { Interrupted, UsageError } from '../failure.ts';
import { whenAskedToEnd } from '../signals.ts';

export interface RunFlags {
  readonly set: readonly string[];
  readonly dataset: readonly string[];
  readonly seed?: number;
  readonly backend?: NonNullable<RunOptions['backend']>['prefer'];
  readonly threads?: number;
  readonly checkpoints?: string;
  readonly json: boolean;
}

export async function run(file: string, flags: RunFlags): Promise<void> {
  if (!existsSync(file)) throw new UsageError(`${file}: there is no such file`);
  const dataset = parseDatasetOptions(flags.dataset);
  const { training } = await loadTraining(file);
  const hparams = parseSettings(flags.set, training.space);
  const signal = whenAskedToEnd();
  const say = (line: string): void => void (flags.json ? process.stderr : process.stdout).write(`${line}\n`);

  say(`${training.name} with ${describeParams(hparams) || 'no hyperparameters'}`);
  const result = await runTraining(training, {
    hparams,
    dataset,
    signal,
    onReport: (report) => say(describeReport(report, training.metric)),
    onLog: say,
    ...(flags.seed === undefined ? {} : { seed: flags.seed }),
    ...(flags.checkpoints === undefined ? {} : { checkpointFolder: flags.checkpoints }),
    backend: {
      ...(flags.backend === undefined ? {} : { prefer: flags.backend }),
      ...(flags.threads === undefined ? {} : { threads: flags.threads }),
    },
  }).catch((error: unknown) => {
    if (signal.aborted) throw signal.reason instanceof Error ? signal.reason : new Interrupted();
    throw located(error, file);
  });
  say(summary(result, training.metric));
  if (flags.json) process.stdout.write(`${JSON.stringify(document(result))}\n`);
}

function describeReport({ step, metrics }: Report, metric: string): string {
  return `step ${String(step).padStart(4)}  ${describeMetrics(metrics, metric)}`;
}

/** The metric first; another name for the same value says nothing new. */
function describeMetrics(metrics: Metrics, metric: string): string {
  const value = metrics[metric];
  const others = Object.entries(metrics).filter(([name, other]) => name !== metric && other !== value);
  return [[metric, value] as const, ...others].map(([name, number = Number.NaN]) => `${name} ${shortNumber(number)}`).join('  ');
}

function summary({ value, seed, durationSeconds, backend }: RunResult, metric: string): string {
  return `${metric} ${shortNumber(value)} in ${durationSeconds.toFixed(1)} s (seed ${seed}, ${backend.name} ${backend.version})`;
}

/** All of the result that is plain data. */
function document({ model: _model, ...rest }: RunResult): Omit<RunResult, 'model'> {
  return rest;
}

/** A mistake in a person's function is found by its place: the first line of the stack in their file. */
function located(error: unknown, file: string): unknown {
  if (!(error instanceof Error) || error.stack === undefined) return error;
  const name = file.split('/').at(-1) ?? file;
  const frame = error.stack.split('\n').find((line) => line.trimStart().startsWith('at ') && line.includes(`/${name}`));
  const place = frame === undefined ? undefined : /:(\d+):\d+\)?$/.exec(frame)?.[1];
  if (place === undefined) return error;
  return new Error(`${error.message} (${relative(process.cwd(), file)}:${place})`, { cause: error });
}

/**
 * The one runner of training functions: the worker's trial process, a single-host run and the test harness differ only in the
 * environment they put below it. It supplies the function's arguments, waits for its end, and says what became of the trial.
 * It starts no backend and no process; both are there when it is called.
 */
import { format } from 'node:util';
import { compileSpace, isActive, type CompiledSpace } from '../core/compiled-space.ts';
import { describe, invalid } from '../core/errors.ts';
import type { Params, SearchSpace } from '../core/space.ts';
import { TrialCheckpoint } from './checkpoint.ts';
import type { AnyTrainingFunction, Metrics, TrainReturn, TrialOutcome, TrialRequest } from './contract.ts';
import { TrialDiverged, TrialStopped } from './endings.ts';
import { Averaging } from './lockstep/averaging.ts';
import type { Conclusion } from './lockstep/communicator.ts';
import { ModelLedger } from './models.ts';
import { TrialReporter } from './reporter.ts';
import { reseed } from './seeding.ts';

/**
 * Runs one attempt to its end. Never rejects: whatever the function does is an outcome. A decision to stop or pause stands,
 * whether or not the function lets its rejection through. Of the models that `model()` made, the last one of a completed trial is
 * handed over; the others are freed.
 */
export async function executeTraining(training: AnyTrainingFunction, request: TrialRequest): Promise<TrialOutcome> {
  const { environment } = request;
  const metric = request.metric ?? training.metric;
  const models = new ModelLedger();
  const reporter = new TrialReporter({
    metric,
    signal: environment.signal,
    send: (report) => environment.report(report),
    warn: (line) => environment.log(line),
  });
  /** By an earlier attempt, from whose checkpoint the function goes on. */
  let reported: Metrics | undefined;
  const checkpoint = new TrialCheckpoint({
    store: environment.checkpoints,
    resumeFrom: request.resumeFrom,
    isShared: request.lockstep !== undefined,
    keeps: (step) => environment.keepsCheckpoint?.(step) ?? true,
    register: (saved) => environment.checkpointSaved(saved),
    resumed: (step) => {
      reporter.resumeAt(step);
      reported = request.resumeFrom?.reported;
    },
  });
  const group = request.lockstep;
  // A group of one is a training like any other.
  const averaging =
    group === undefined || group.worldSize === 1
      ? undefined
      : new Averaging(group, { seed: request.seed, lastStep: () => reporter.last?.step ?? 0 });
  const leaveGroup = averaging?.install();
  let ending: Ending;
  try {
    environment.signal.throwIfAborted();
    reseed(request.seed);
    const returned = await training.invoke({
      hparams: withDefaults(training.space, request.hparams),
      seed: request.seed,
      datasetSeed: request.experimentSeed,
      datasetOptions: request.datasetOptions ?? {},
      reporter,
      checkpoint,
      signal: environment.signal,
      log: (...parts) =>
        format(...parts)
          .split('\n')
          .forEach((line) => environment.log(line)),
      modelMade: (model) => models.add(model),
      ...(request.exclusion === undefined ? {} : { exclusion: request.exclusion }),
    });
    await reporter.settled();
    ending = { returned };
  } catch (thrown) {
    await reporter.settled();
    ending = { thrown };
  } finally {
    leaveGroup?.();
  }
  // A group that has come to an end counts for more than what the function made of that.
  if (averaging?.ended !== undefined) ending = { thrown: averaging.ended };
  const outcome = judge(ending, reporter, metric, environment.signal, reported);
  group?.conclude(conclusionOf(outcome));
  if (outcome.state !== 'completed') {
    models.disposeAll();
    return outcome;
  }
  const model = models.keepLast();
  return model === undefined ? outcome : { ...outcome, model };
}

/** An experiment may search a space of its own; what the function declares beside it keeps its default. */
function withDefaults(space: SearchSpace, hparams: Params): Params {
  const complete = { ...hparams };
  const { entries } = compiledOnce(space);
  // Parents come before what depends on them, so each entry sees all it asks for.
  for (const entry of entries) {
    if (!Object.hasOwn(complete, entry.name) && isActive(entry, complete)) complete[entry.name] = entry.defaultValue;
  }
  return complete;
}

const compiledSpaces = new WeakMap<SearchSpace, CompiledSpace>();

/** Compiling takes longer than all else that stands before a trial. */
function compiledOnce(space: SearchSpace): CompiledSpace {
  let compiled = compiledSpaces.get(space);
  if (compiled === undefined) compiledSpaces.set(space, (compiled = compileSpace(space)));
  return compiled;
}

type Ending = { readonly returned: TrainReturn } | { readonly thrown: unknown };

/** What has been decided or refused comes before what the function made of it. */
function judge(ending: Ending, reporter: TrialReporter, metric: string, signal: AbortSignal, reported: Metrics | undefined): TrialOutcome {
  const lastStep = reporter.last?.step ?? 0;
  const lastValue = reporter.last?.metrics[metric];
  if (reporter.stopped !== undefined || signal.aborted) {
    const state = reporter.stopped?.ending === 'pause' && !signal.aborted ? 'paused' : 'stopped';
    return { state, lastStep, ...(lastValue === undefined ? {} : { value: lastValue }) };
  }
  if (reporter.failure !== undefined) return failed(reporter.failure.error, lastStep);
  if ('thrown' in ending && ending.thrown instanceof TrialStopped) {
    // Rank 0's decision, which came with a collective.
    return {
      state: ending.thrown.ending === 'pause' ? 'paused' : 'stopped',
      lastStep,
      ...(lastValue === undefined ? {} : { value: lastValue }),
    };
  }
  if ('thrown' in ending) return failed(ending.thrown, lastStep);
  try {
    const metrics = finalMetrics(ending.returned, reporter.last?.metrics ?? reported, metric);
    return { state: 'completed', value: valueOf(metrics, metric), metrics, lastStep };
  } catch (error) {
    return failed(error, lastStep);
  }
}

/** What the other ranks of a group are told of this one's end. */
function conclusionOf(outcome: TrialOutcome): Conclusion {
  return outcome.state === 'failed' ? { state: 'failed', message: outcome.message } : { state: outcome.state };
}

/** Returned metrics, or the last report's where nothing was returned. */
function finalMetrics(returned: unknown, reported: Metrics | undefined, metric: string): Metrics {
  if (typeof returned === 'number') return { [metric]: returned };
  if (returned === undefined) {
    if (reported !== undefined) return reported;
    throw invalid('train', `must return ${metric} or report it at least once`, returned);
  }
  if (typeof returned !== 'object' || returned === null)
    throw invalid('train', 'must return a number, a record of metrics, or nothing', returned);
  const metrics: Record<string, number> = {};
  for (const [name, value] of Object.entries(returned)) {
    if (typeof value !== 'number') throw invalid(`train.${name}`, 'must be a number', describe(value));
    metrics[name] = value;
  }
  return metrics;
}

function valueOf(metrics: Metrics, metric: string): number {
  const value = metrics[metric];
  if (value === undefined) throw invalid('train', `must return the experiment's metric "${metric}"`, Object.keys(metrics));
  for (const [name, other] of Object.entries(metrics)) if (!Number.isFinite(other)) throw new TrialDiverged(name, other, 'at the end');
  return value;
}

function failed(cause: unknown, lastStep: number): TrialOutcome {
  const message = cause instanceof Error ? cause.message : `Threw ${describe(cause)}`;
  if (cause instanceof TrialDiverged) return { state: 'failed', reason: 'diverged', message, cause, lastStep };
  const stack = cause instanceof Error && cause.stack !== undefined ? { stack: cause.stack } : {};
  return { state: 'failed', reason: 'error', message, ...stack, cause, lastStep };
}

/**
 * From a submission to a specification: what is absent comes from the training function's declaration, then from the defaults
 * below. Pure; who holds the function, in which pool and under which id is the caller's to know. What single fields admit is
 * in the submission's schema; here stands what only several fields together can break.
 */
import { ablationAsked, mostTrials as mostTrialsOf, planAblation } from './ablation/plan.ts';
import { cardinality } from './cardinality.ts';
import type { AlgorithmChoice, Catalogue, GridSamplerOptions } from './catalogue.ts';
import { compileSpace, isActive } from './compiled-space.ts';
import type { Declaration } from './declaration.ts';
import { invalid } from './errors.ts';
import { MOST_TRIALS, type Specification, type Submission } from './experiment.ts';
import { constants, fixParameters, searchedSpace } from './fixed-parameters.ts';
import { planLockstep } from './lockstep.ts';
import { mustBeOneOf } from './schema-words.ts';
import type { Params, SearchSpace } from './space.ts';
import { validateSpace } from './space-validation.ts';

export interface SpecifyContext {
  readonly id: string;
  readonly declaration: Declaration;
  readonly pool: string;
  /** Seed of an experiment that names none. */
  readonly seed: number;
  /** Params of the incumbent of the experiment that `from` names. */
  readonly incumbentParams?: Params;
  readonly catalogue: Catalogue;
}

/** What an experiment has that names nothing else. */
export const experimentDefaults = {
  scheduler: { type: 'median' },
  maxAttempts: 3,
  maxSilenceSeconds: 600,
  priority: 1,
  replicates: 1,
} as const;

/** Of up to so many trials the Gaussian process makes the most; to more than that its milliseconds a suggestion matter. */
export const MOST_GP_TRIALS = 1000;

/**
 * The sampler of a search that names none. Under rungs it is `tpe`, which early losses mislead less (docs/measured.md).
 * @param maxTrials Infinity where nobody knows
 */
export function defaultSampler(
  maxTrials: number,
  scheduler: AlgorithmChoice,
  { schedulers }: Pick<Catalogue, 'schedulers'>,
): AlgorithmChoice {
  const isLong = maxTrials > MOST_GP_TRIALS && maxTrials !== Infinity;
  const hasRungs = schedulers.find(({ type }) => type === scheduler.type)?.resource !== undefined;
  return { type: isLong || hasRungs ? 'tpe' : 'gp' };
}

/** Seeds of an ablation that names no number: three are the fewest that tell noise from difference. */
const ablationReplicates = 3;

/** `optimizer` is short for both. */
const shorthands: Record<NonNullable<Submission['optimizer']>, Pick<Search, 'sampler' | 'scheduler'>> = {
  random: { sampler: { type: 'random' }, scheduler: { type: 'none' } },
  asha: { sampler: { type: 'random' }, scheduler: { type: 'asha' } },
  bayesian: { sampler: { type: 'gp' }, scheduler: { type: 'none' } },
};

type Search = Pick<Specification, 'space' | 'sampler' | 'scheduler' | 'maxTrials' | 'ablation'>;

/**
 * @param submission valid by `submissionSchema` of the same catalogue
 * @throws MaggyError `invalid`, with the path of the wrong field of the submission
 */
export function specify(submission: Submission, context: SpecifyContext): Specification {
  const { id, declaration, pool, catalogue } = context;
  const {
    tags = [],
    seed = context.seed,
    maxAttempts = experimentDefaults.maxAttempts,
    maxSilenceSeconds = experimentDefaults.maxSilenceSeconds,
    priority = experimentDefaults.priority,
    replicates = submission.kind === 'ablate' ? ablationReplicates : experimentDefaults.replicates,
    dataset = {},
    // Resolved below.
    trainingFunction: _name,
    pool: _pool,
    space: _space,
    hparams: _hparams,
    metric: _metric,
    direction: _direction,
    optimizer: _optimizer,
    sampler: _sampler,
    scheduler: _scheduler,
    maxTrials: _maxTrials,
    ablation: _ablation,
    lockstep,
    ...asGiven
  } = submission;
  if (lockstep !== undefined && submission.execution === 'ask') {
    throw invalid('lockstep', 'must be absent when execution is "ask", because whoever asks runs a trial alone', lockstep);
  }
  const search = searches[submission.kind](submission, context, replicates);
  return {
    ...asGiven,
    version: 1,
    id,
    tags,
    trainingFunction: { name: declaration.name, hash: declaration.hash },
    pool,
    ...search,
    ...goalOf(submission, declaration),
    decisionSteps: decisionStepsOf(search.scheduler, catalogue),
    maxAttempts,
    maxSilenceSeconds,
    seed,
    priority,
    replicates,
    dataset,
    ...(lockstep === undefined ? {} : { lockstep: planLockstep(lockstep) }),
  };
}

/** The declared direction is that of the declared metric and says nothing of another one. */
function goalOf(submission: Submission, declaration: Declaration): Pick<Specification, 'metric' | 'direction'> {
  const metric = submission.metric ?? declaration.metric;
  const direction = submission.direction ?? (metric === declaration.metric ? declaration.direction : undefined);
  if (direction === undefined) {
    const rule = `is required, because training function "${declaration.name}" declares none for metric "${metric}"`;
    throw invalid('direction', rule, undefined);
  }
  return { metric, direction };
}

function searchOf(submission: Submission, { declaration, catalogue }: SpecifyContext, replicates: number): Search {
  refuseAblation(submission);
  if (submission.from !== undefined) throw invalid('from', 'must be absent when kind is "tune"', submission.from);
  const searched = submission.space === undefined ? declaration.space : searchedSpace(validateSpace(submission.space), declaration.space);
  const space = submission.hparams === undefined ? searched : fixParameters(searched, submission.hparams, 'hparams');
  const { sampler, scheduler } = algorithmsOf(submission, catalogue);
  const maxTrials = submission.maxTrials ?? gridSize(space, sampler, replicates);
  checkSampler({ space, sampler }, catalogue);
  return { space, sampler, scheduler: withResource(scheduler, declaration, catalogue), maxTrials };
}

function algorithmsOf(
  { optimizer, sampler, scheduler, maxTrials = Infinity }: Submission,
  catalogue: Catalogue,
): Pick<Search, 'sampler' | 'scheduler'> {
  if (optimizer === undefined) {
    const chosen = scheduler ?? experimentDefaults.scheduler;
    return { sampler: sampler ?? defaultSampler(maxTrials, chosen, catalogue), scheduler: chosen };
  }
  const rule = 'must be absent beside optimizer, which is short for a sampler and a scheduler';
  if (sampler !== undefined) throw invalid('sampler', rule, sampler);
  if (scheduler !== undefined) throw invalid('scheduler', rule, scheduler);
  return shorthands[optimizer];
}

/** A scheduler that doles out a resource and is not told how much takes what the training function declares. */
function withResource(choice: AlgorithmChoice, { maxResource }: Declaration, { schedulers }: Catalogue): AlgorithmChoice {
  const entry = schedulers.find(({ type }) => type === choice.type);
  if (entry === undefined || !('maxResource' in entry.options.properties) || maxResource === undefined) return choice;
  const whole = { maxResource, ...choice };
  return whole;
}

/** A grid ends by itself, so it needs no `maxTrials`. */
function gridSize(space: SearchSpace, sampler: AlgorithmChoice, replicates: number): number {
  if (!isGrid(sampler)) throw invalid('maxTrials', 'is required unless the sampler is "grid"', undefined);
  const size = cardinality(space, gridOf(sampler)) * replicates;
  if (size === Infinity) throw continuousGrid(sampler);
  if (size > MOST_TRIALS) {
    throw invalid('maxTrials', `is required, because the grid has ${size} trials and at most ${MOST_TRIALS} are allowed`, undefined);
  }
  return size;
}

/** Grids are finite, whatever `maxTrials` says: a continuous parameter has no first, second and third value. */
export function checkSampler({ space, sampler }: Pick<Search, 'space' | 'sampler'>, { samplers }: Pick<Catalogue, 'samplers'>): void {
  if (!samplers.some(({ type }) => type === sampler.type)) throw unknownType('sampler.type', samplers, sampler);
  if (isGrid(sampler) && cardinality(space, gridOf(sampler)) === Infinity) throw continuousGrid(sampler);
}

function isGrid(sampler: AlgorithmChoice): sampler is GridSamplerOptions {
  return sampler.type === 'grid';
}

function gridOf({ resolution }: GridSamplerOptions): { resolution?: number } {
  return resolution === undefined ? {} : { resolution };
}

function continuousGrid({ resolution }: GridSamplerOptions) {
  return invalid('sampler.resolution', 'is required, because the space has a continuous parameter', resolution);
}

function decisionStepsOf(choice: AlgorithmChoice, { schedulers }: Catalogue): Specification['decisionSteps'] {
  const scheduler = schedulers.find(({ type }) => type === choice.type);
  if (scheduler === undefined) throw unknownType('scheduler.type', schedulers, choice);
  return scheduler.decisionSteps(choice);
}

function unknownType(field: string, entries: readonly { readonly type: string }[], choice: AlgorithmChoice) {
  const types = entries.map(({ type }) => type);
  return invalid(field, mustBeOneOf(types, choice.type), choice.type);
}

function refuseAblation({ ablation }: Submission): void {
  if (ablation !== undefined) throw invalid('ablation', 'must be absent unless kind is "ablate"', ablation);
}

/** Fields that make no sense where nothing is searched. */
const searchFields = ['space', 'optimizer', 'sampler', 'scheduler', 'maxTrials'] as const;

function singleConfiguration(submission: Submission, context: SpecifyContext, replicates: number): Search {
  refuseAblation(submission);
  const field = searchFields.find((name) => submission[name] !== undefined);
  if (field !== undefined) {
    throw invalid(field, 'must be absent when kind is "train", which runs one configuration, replicates times', submission[field]);
  }
  const params = baselineParams(submission, context);
  return { space: constants(params), sampler: { type: 'grid' }, scheduler: { type: 'none' }, maxTrials: replicates };
}

/** Fields that say what to try, which the plan of an ablation says. */
const proposalFields = ['space', 'optimizer', 'sampler', 'maxTrials'] as const;

/** Nothing is stopped early unless a scheduler is named: a difference between trials that trained for different times says nothing. */
function ablationOf(submission: Submission, context: SpecifyContext, replicates: number): Search {
  const { declaration, catalogue } = context;
  const field = proposalFields.find((name) => submission[name] !== undefined);
  if (field !== undefined)
    throw invalid(field, 'must be absent when kind is "ablate", whose trials are those of its plan', submission[field]);
  if (submission.execution === 'ask') {
    throw invalid('execution', 'must be absent when kind is "ablate", because an asker could not leave anything out', 'ask');
  }
  const ablation = ablationAsked(submission.ablation, declaration.ablation);
  if (ablation === undefined) throw invalid('ablation', 'is required, because the training function declares none', undefined);
  const params = baselineParams(submission, context);
  const { space, ablatable = { variants: [] } } = declaration;
  const start = configuration(space, {}, ablation.start ?? {}, 'ablation.start');
  const plan = planAblation(ablation, { ablatable, space, params, start, replicates });
  const maxTrials = mostTrialsOf(plan, space);
  if (maxTrials > MOST_TRIALS) throw invalid('ablation', `must have at most ${MOST_TRIALS} trials, and has ${maxTrials}`, plan.mode);
  return {
    space,
    sampler: { type: 'plan' },
    scheduler: withResource(submission.scheduler ?? { type: 'none' }, declaration, catalogue),
    maxTrials,
    ablation: plan,
  };
}

const searches = { tune: searchOf, train: singleConfiguration, ablate: ablationOf } as const;

/** The one configuration of an experiment that searches for none. */
export function baselineParams({ hparams = {} }: Submission, { declaration, incumbentParams = {} }: SpecifyContext): Params {
  return configuration(declaration.space, incumbentParams, hparams);
}

/**
 * What was given by hand, then what was inherited, then defaults; only what is active. Inherited values were legal in their
 * own experiment, whose ranges may have been wider than the declared ones.
 */
function configuration(declared: SearchSpace, inherited: Params, hparams: Params, field = 'hparams'): Params {
  const fixed = fixParameters(declared, hparams, field);
  if (Object.keys(declared).length === 0) return { ...inherited, ...hparams };
  const unknown = Object.keys(inherited).find((name) => declared[name] === undefined);
  if (unknown !== undefined) {
    throw invalid('from', `must have an incumbent of declared hyperparameters only, and ${unknown} is none`, inherited[unknown]);
  }
  const params: Params = {};
  for (const entry of compileSpace(fixed).entries) {
    if (!isActive(entry, params)) continue;
    const passedOn = Object.hasOwn(hparams, entry.name) ? undefined : inherited[entry.name];
    params[entry.name] = passedOn ?? entry.defaultValue;
  }
  const inactive = Object.keys(hparams).find((name) => params[name] === undefined);
  if (inactive !== undefined) {
    throw invalid(`${field}.${inactive}`, 'must be absent: the other hyperparameters leave it inactive', hparams[inactive]);
  }
  return params;
}

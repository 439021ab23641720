/** What a submission is while it is being filled in: texts, as fields hold them. What it becomes is checked by the API, which says what is wrong. */
import type { AlgorithmChoice } from '../../../core/catalogue.ts';
import type { Submission } from '../../../core/experiment.ts';
import type { Parameter, SearchSpace } from '../../../core/space.ts';
import type { Experiment } from '../../data/queries.ts';
import { paramOf } from '../../parts/parameter-field.tsx';

/** One parameter: searched between bounds or among choices, or fixed at a value. */
export interface Range {
  readonly isFixed: boolean;
  readonly min: string;
  readonly max: string;
  readonly choices: readonly string[];
  readonly value: string;
}

export interface Draft {
  readonly kind: Submission['kind'];
  readonly name: string;
  readonly tags: string;
  readonly note: string;
  readonly sampler: string;
  readonly scheduler: string;
  readonly minResource: string;
  readonly reductionFactor: string;
  readonly maxTrials: string;
  readonly parallelism: string;
  readonly replicates: string;
  readonly seed: string;
  readonly ranges: Readonly<Record<string, Range>>;
  /** What the form has no field for, as the experiment has it that this one was cloned from. */
  readonly kept: Kept;
  /** Sampler and scheduler of that experiment with all their options, which hold while the form names the same ones. */
  readonly options: { readonly sampler?: AlgorithmChoice; readonly scheduler?: AlgorithmChoice };
}

type Kept = Pick<
  Submission,
  | 'dataset'
  | 'execution'
  | 'pool'
  | 'metric'
  | 'direction'
  | 'priority'
  | 'maxAttempts'
  | 'maxSilenceSeconds'
  | 'maxDurationSeconds'
  | 'targetValue'
  | 'maxFailedTrials'
  | 'lockstep'
>;

/** Where the API is to choose. */
export const AUTOMATIC = 'automatic';
export const halving: readonly string[] = ['asha', 'hyperband'];

export function emptyDraft(space: SearchSpace): Draft {
  return {
    kind: 'tune',
    name: '',
    tags: '',
    note: '',
    sampler: AUTOMATIC,
    scheduler: AUTOMATIC,
    minResource: '',
    reductionFactor: '',
    maxTrials: '',
    parallelism: '',
    replicates: '',
    seed: '',
    ranges: Object.fromEntries(Object.entries(space).map(([name, parameter]) => [name, rangeOf(parameter)])),
    kept: {},
    options: {},
  };
}

/** The same again, to be changed. The seed is left out: a second search with it would find the same. */
export function cloneOf({ kind, name, specification }: Pick<Experiment, 'kind' | 'name' | 'specification'>, space: SearchSpace): Draft {
  const { tags, note = '', sampler, scheduler, maxTrials, parallelism, replicates } = specification;
  const isSearch = kind === 'tune';
  const ranges = Object.entries(space).map(([param, declared]): [string, Range] => {
    const used = specification.space[param] ?? declared;
    return [param, used.type === 'constant' ? { ...rangeOf(declared), isFixed: true, value: String(used.value) } : rangeOf(used)];
  });
  return {
    ...emptyDraft(space),
    kind,
    name: name === null ? '' : `${name}, again`,
    tags: tags.join(' '),
    note,
    sampler: isSearch ? sampler.type : AUTOMATIC,
    scheduler: isSearch ? scheduler.type : AUTOMATIC,
    minResource: optionText(scheduler, 'minResource'),
    reductionFactor: optionText(scheduler, 'reductionFactor'),
    maxTrials: isSearch ? String(maxTrials) : '',
    parallelism: parallelism === undefined ? '' : String(parallelism),
    replicates: String(replicates),
    ranges: Object.fromEntries(ranges),
    kept: keptOf(specification),
    options: isSearch ? { sampler, scheduler } : {},
  };
}

function keptOf(specification: Experiment['specification']): Kept {
  const { dataset, execution, pool, metric, direction, priority, maxAttempts, maxSilenceSeconds, lockstep } = specification;
  const { maxDurationSeconds, targetValue, maxFailedTrials } = specification;
  return {
    ...(Object.keys(dataset).length === 0 ? {} : { dataset }),
    pool,
    metric,
    direction,
    priority,
    maxAttempts,
    maxSilenceSeconds,
    ...(execution === undefined ? {} : { execution }),
    ...(maxDurationSeconds === undefined ? {} : { maxDurationSeconds }),
    ...(targetValue === undefined ? {} : { targetValue }),
    ...(maxFailedTrials === undefined ? {} : { maxFailedTrials }),
    ...(lockstep === undefined ? {} : { lockstep }),
  };
}

/** @param space as the training function declares it */
export function submissionOf(draft: Draft, trainingFunction: string, space: SearchSpace): Submission {
  const { kind, name, tags, note, sampler, scheduler, ranges, kept, options } = draft;
  const searched = Object.entries(space).filter(
    ([param, { type }]) => kind === 'tune' && type !== 'constant' && ranges[param]?.isFixed === false,
  );
  const fixed = Object.entries(space).flatMap(([param, parameter]) => {
    const { isFixed = false, value = '' } = ranges[param] ?? {};
    // What is declared so need not be said.
    if (parameter.type === 'constant' && value === String(parameter.value)) return [];
    const given = kind !== 'tune' || isFixed ? paramOf(parameter, value) : undefined;
    return given === undefined ? [] : [[param, given] as const];
  });
  const tagged = tags.split(/[\s,]+/).filter((tag) => tag !== '');
  return {
    ...kept,
    kind,
    trainingFunction,
    ...(name === '' ? {} : { name }),
    ...(tagged.length === 0 ? {} : { tags: tagged }),
    ...(note === '' ? {} : { note }),
    ...(kind === 'tune'
      ? { space: Object.fromEntries(searched.map(([param, parameter]) => [param, narrowed(parameter, ranges[param])])) }
      : {}),
    ...(fixed.length === 0 ? {} : { hparams: Object.fromEntries(fixed) }),
    ...(kind !== 'tune' || sampler === AUTOMATIC
      ? {}
      : { sampler: options.sampler?.type === sampler ? options.sampler : { type: sampler } }),
    ...(kind !== 'tune' || scheduler === AUTOMATIC ? {} : { scheduler: schedulerOf(draft) }),
    ...(kind === 'tune' ? integer('maxTrials', draft) : {}),
    ...integer('parallelism', draft),
    ...integer('replicates', draft),
    ...integer('seed', draft),
  };
}

function schedulerOf(draft: Draft): AlgorithmChoice {
  const type = draft.scheduler;
  const known = draft.options.scheduler?.type === type ? Object.entries(draft.options.scheduler) : [];
  // What has a field is as the field says, also where that was emptied.
  const others = Object.fromEntries(known.filter(([name]) => name !== 'minResource' && name !== 'reductionFactor'));
  const fields = halving.includes(type) ? { ...integer('minResource', draft), ...integer('reductionFactor', draft) } : {};
  return { ...others, type, ...fields };
}

/** A condition holds on as it was declared. */
function narrowed(parameter: Parameter, range: Range | undefined): Parameter {
  if (range === undefined) return parameter;
  switch (parameter.type) {
    case 'float':
    case 'int': {
      const { default: _, ...bounded } = parameter;
      return { ...bounded, min: numberOr(range.min, parameter.min), max: numberOr(range.max, parameter.max) };
    }
    case 'categorical': {
      const { default: _, ...listed } = parameter;
      return { ...listed, choices: parameter.choices.filter((choice) => range.choices.includes(String(choice))) };
    }
    case 'ordinal': {
      const { default: _, ...listed } = parameter;
      return { ...listed, choices: parameter.choices.filter((choice) => range.choices.includes(String(choice))) };
    }
    case 'constant':
      return parameter;
  }
}

function rangeOf(parameter: Parameter): Range {
  const nothing = { isFixed: parameter.type === 'constant', min: '', max: '', choices: [], value: '' };
  switch (parameter.type) {
    case 'float':
    case 'int':
      return { ...nothing, min: String(parameter.min), max: String(parameter.max) };
    case 'categorical':
    case 'ordinal':
      return { ...nothing, choices: parameter.choices.map(String) };
    case 'constant':
      return { ...nothing, value: String(parameter.value) };
  }
}

function integer<Name extends 'maxTrials' | 'parallelism' | 'replicates' | 'seed' | 'minResource' | 'reductionFactor'>(
  name: Name,
  draft: Draft,
): Partial<Record<Name, number>> {
  const one: Partial<Record<Name, number>> = {};
  if (draft[name] !== '') one[name] = Number(draft[name]);
  return one;
}

function numberOr(text: string, otherwise: number): number {
  return text === '' ? otherwise : Number(text);
}

function optionText(options: object, name: string): string {
  const value: unknown = Object.entries(options).find(([key]) => key === name)?.[1];
  return typeof value === 'number' ? String(value) : '';
}

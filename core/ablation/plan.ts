/**
 * From what a user asks for to a plan: the baseline, then every component, each with what it leaves out and its hyperparameters, and the looks
 * at which it is tested. Whether a model can be built without a part is for model surgery to say; here are the rules that need no model. In which
 * order trials run, and which follow from others, is the course of the study (`analysis/ablation/course.ts`).
 */
import { compileSpace, isActive } from '../compiled-space.ts';
import { invalid } from '../errors.ts';
import { configurationKey } from '../params.ts';
import type { Params, SearchSpace } from '../space.ts';
import { changesBetween } from './path.ts';
import { partsOf, type AblationContext, type Part } from './parts.ts';
import type { Ablation, AblationPlan, Exclusion, Look, PlannedComponent } from './schema.ts';

export interface PlanContext extends AblationContext {
  /** Of each component, at the first look. */
  readonly replicates: number;
  /** Where a path starts, complete. */
  readonly start: Params;
}

/** What the tests of a whole study may spend. */
export const STUDY_LEVEL = 0.05;

const componentFields = ['features', 'layers', 'groups', 'modules', 'variants', 'hparams'] as const;

/**
 * What an experiment asks for on top of what its training function declares. Whoever names components studies these and no others; who only
 * says how, studies those declared.
 */
export function ablationAsked(asked: Ablation | undefined, declared: Ablation | undefined): Ablation | undefined {
  const namesOwn = asked?.mode === 'path' || componentFields.some((field) => asked?.[field] !== undefined);
  return namesOwn || declared === undefined ? asked : { ...declared, ...asked };
}

/**
 * @param ablation valid by its schema
 * @throws {MaggyError} `invalid`, with the path of the wrong field
 */
export function planAblation(ablation: Ablation, context: PlanContext): AblationPlan {
  const { mode = 'leave-one-out', bridges = false } = ablation;
  const margin = ablation.margin === undefined ? {} : { margin: ablation.margin };
  const looks = looksOf(ablation, context.replicates);
  if (mode === 'path') return { mode, components: endsOfPath(ablation, context), looks, race: raceOf(context.replicates), ...margin };
  if (ablation.start !== undefined) throw invalid('ablation.start', 'must be absent unless mode is "path"', ablation.start);
  const named = partsOf(ablation, context);
  const parts = mode === 'one-in' ? activeAlone(named, ablation, context) : named;
  if (parts.length === 0) throw invalid('ablation', 'must name at least one component', ablation);
  checkDistinct(parts);
  const without = (name: string, studied: readonly Part[], left: readonly Part[]): PlannedComponent => ({
    name,
    parts: studied.map((part) => part.name),
    exclusion: union(left, bridges),
    params: setBack(context.space, context.params, left),
  });
  const components = { 'leave-one-out': singles, 'leave-two-out': singlesAndPairs, 'one-in': onesIn }[mode](parts, without);
  checkDifferent(components);
  return { mode, components, looks, ...margin };
}

/**
 * One look, or the three of an adaptive study at replicates in a geometric row. Each may spend the level in proportion to the replicates
 * that it adds: the spending function α t of Kim & DeMets 1987, the power family with exponent 1. What the looks spend adds up to α, so by
 * Bonferroni the error of the study keeps to it however the looks depend on each other.
 */
function looksOf({ adaptive = false, maxReplicates }: Ablation, first: number): Look[] {
  if (!adaptive) {
    if (maxReplicates !== undefined) throw invalid('ablation.maxReplicates', 'must be absent unless adaptive is true', maxReplicates);
    return [{ replicates: first, level: STUDY_LEVEL }];
  }
  if (first < 2) throw invalid('replicates', 'must be at least 2 in an adaptive study, which tests at its first look', first);
  const most = maxReplicates ?? 4 * first;
  if (most < first) throw invalid('ablation.maxReplicates', `must be at least replicates, which is ${first}`, most);
  const counts = [...new Set([first, Math.round(Math.sqrt(first * most)), most])];
  return counts.map((replicates, at) => ({ replicates, level: (STUDY_LEVEL * (replicates - (counts[at - 1] ?? 0))) / most }));
}

/** The first count that a test can be made of, then all. */
function raceOf(replicates: number): number[] {
  return [...new Set([Math.min(replicates, Math.max(2, Math.ceil(replicates / 2))), replicates])];
}

const partFields = [...componentFields, 'bridges'] as const;

function endsOfPath(ablation: Ablation, { start, params, space }: PlanContext): PlannedComponent[] {
  const field = partFields.find((name) => ablation[name] !== undefined);
  if (field !== undefined) {
    throw invalid(
      `ablation.${field}`,
      'must be absent when mode is "path", which changes the hyperparameters that differ',
      ablation[field],
    );
  }
  if (changesBetween(space, start, params).length === 0) {
    const rule = 'must differ from the configuration that the path leads to, which is that of from, of hparams and the defaults';
    throw invalid('ablation.start', rule, ablation.start ?? start);
  }
  return [
    { name: 'baseline', parts: [], exclusion: {}, params: start },
    { name: 'target', parts: ['target'], exclusion: {}, params },
  ];
}

/** A component by its name: what is studied, and what is left out for it. */
type Without = (name: string, studied: readonly Part[], left: readonly Part[]) => PlannedComponent;

function singles(parts: readonly Part[], without: Without): PlannedComponent[] {
  return [without('baseline', [], []), ...parts.map((part) => without(part.name, [part], [part]))];
}

/** Pairs of parts that can be gone together. Of those with a layer in common one would hide the other; two variants exclude each other. */
function singlesAndPairs(parts: readonly Part[], without: Without): PlannedComponent[] {
  const alone = singles(parts, without);
  const pairs = parts.flatMap((one, at) =>
    parts
      .slice(at + 1)
      .flatMap((other) => (areApart(one, other) ? [without(`${one.name} + ${other.name}`, [one, other], [one, other])] : [])),
  );
  const known = new Set(alone.map(effectOf));
  // Setting back one hyperparameter may leave the other inactive: then the pair is a single component again.
  return [...alone, ...pairs.filter((pair) => !known.has(effectOf(pair)))];
}

/**
 * Without the hyperparameters that another's default leaves inactive: one of them alone adds nothing. Where all are studied they come along with
 * the one that makes them active.
 */
function activeAlone(parts: readonly Part[], { hparams }: Ablation, { space, params }: PlanContext): readonly Part[] {
  const none = configurationKey(setBack(space, params, parts));
  const isIdle = (part: Part): boolean => {
    const alone = setBack(
      space,
      params,
      parts.filter((other) => other !== part),
    );
    return part.hparams.length > 0 && configurationKey(alone) === none;
  };
  const idle = parts.find(isIdle);
  if (idle === undefined || hparams === 'all') return parts.filter((part) => !isIdle(part));
  const [name = ''] = idle.hparams;
  const rule = `must be active by themselves where mode is "one-in", and ${name} is not: name the one that it depends on, and it comes along`;
  throw invalid('ablation.hparams', rule, name);
}

/** The baseline has none of the parts; each component has one of them. */
function onesIn(parts: readonly Part[], without: Without): PlannedComponent[] {
  parts.forEach((one, at) => {
    const other = parts.slice(at + 1).find((candidate) => !areApart(one, candidate));
    if (other !== undefined)
      throw invalid('ablation.mode', `must not be "one-in" with ${one.name} and ${other.name}, which cannot both be left out`, 'one-in');
  });
  return [
    without('baseline', [], parts),
    ...parts.map((part) =>
      without(
        part.name,
        [part],
        parts.filter((other) => other !== part),
      ),
    ),
  ];
}

function areApart(one: Part, other: Part): boolean {
  const sharesLayer = one.layers.some((layer) => other.layers.includes(layer));
  const isVariant = one.exclusion.variant !== undefined || other.exclusion.variant !== undefined;
  // What a variant's model consists of is not known here.
  const meetsModel = isVariant && [one, other].every((part) => part.layers.length > 0 || part.exclusion.variant !== undefined);
  return !sharesLayer && !meetsModel;
}

function union(parts: readonly Part[], bridges: boolean): Exclusion {
  const features = parts.flatMap(({ exclusion }) => exclusion.features ?? []);
  const layers = [...new Set(parts.flatMap(({ exclusion }) => exclusion.layers ?? []))];
  const modules = parts.flatMap(({ exclusion }) => exclusion.modules ?? []);
  const variant = parts.find(({ exclusion }) => exclusion.variant !== undefined)?.exclusion.variant;
  return {
    ...(features.length > 0 ? { features } : {}),
    ...(layers.length > 0 ? { layers } : {}),
    ...(modules.length > 0 ? { modules } : {}),
    ...(variant === undefined ? {} : { variant }),
    ...(bridges && layers.length + modules.length > 0 ? { bridges } : {}),
  };
}

/** The params with some at their defaults; a parameter that becomes active takes its default, one that does not is gone. */
function setBack(space: SearchSpace, params: Params, parts: readonly Part[]): Params {
  const names = new Set(parts.flatMap(({ hparams }) => hparams));
  if (names.size === 0) return params;
  const reset: Params = {};
  for (const entry of compileSpace(space).entries) {
    if (isActive(entry, reset)) reset[entry.name] = names.has(entry.name) ? entry.defaultValue : (params[entry.name] ?? entry.defaultValue);
  }
  return reset;
}

function checkDistinct(parts: readonly Part[]): void {
  const names = parts.map(({ name }) => name);
  const twice = names.find((name, at) => names.indexOf(name) < at);
  if (twice !== undefined) throw invalid('ablation', `must name each component once, and names ${twice} twice`, twice);
}

/** Two components that leave out the same are one, and counting it twice would spoil every correction for their number. */
function checkDifferent(components: readonly PlannedComponent[]): void {
  const seen = new Map<string, string>();
  for (const component of components) {
    const effect = effectOf(component);
    const same = seen.get(effect);
    if (same !== undefined)
      throw invalid('ablation', `must not name one thing twice: ${component.name} is the same as ${same}`, component.name);
    seen.set(effect, component.name);
  }
}

function effectOf({ exclusion, params }: PlannedComponent): string {
  const { features = [], layers = [], modules = [], variant = '' } = exclusion;
  const sorted = Object.entries(params).sort(([one], [other]) => (one < other ? -1 : 1));
  return JSON.stringify([[...features].sort(), [...layers].sort(), modules, variant, sorted]);
}

/** The most trials that a plan can come to: all of them, unless the study is adaptive or a path. */
export function mostTrials({ mode, components, looks, race = [] }: AblationPlan, space: SearchSpace): number {
  const measured = looks.at(-1)?.replicates ?? 0;
  const [start, target] = components;
  if (mode !== 'path' || start === undefined || target === undefined) return components.length * measured;
  // A change brings what depends on it along, so that each step leaves at least one change less; a last one that is left needs no race.
  const changes = changesBetween(space, start.params, target.params).length;
  const raced = (changes * (changes + 1)) / 2 - 1;
  return raced * (race.at(-1) ?? 0) + (changes + 1) * measured;
}

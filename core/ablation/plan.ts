/**
 * From what a user asks for to a plan: the baseline, then every component, each with what it leaves out and its hyperparameters. Seeds are
 * paired: replicate k of every component has the seed of replicate k of the baseline, so that differences are taken between trials that
 * differ in nothing else. Whether a model can be built without a part is for model surgery to say; here are the rules that need no model.
 */
import { compileSpace, isActive } from '../compiled-space.ts';
import { invalid } from '../errors.ts';
import { deriveSeed } from '../random.ts';
import type { Params, SearchSpace } from '../space.ts';
import { partsOf, type AblationContext, type Part } from './parts.ts';
import type { Ablation, AblationPlan, Exclusion, PlannedComponent } from './schema.ts';

/**
 * @param ablation valid by its schema
 * @throws {MaggyError} `invalid`, with the path of the wrong field
 */
export function planAblation(ablation: Ablation, context: AblationContext): AblationPlan {
  const { mode = 'leave-one-out', bridges = false } = ablation;
  if (mode === 'path')
    throw invalid('ablation.mode', 'must be "leave-one-out", "leave-two-out" or "one-in": paths are not planned yet', mode);
  const parts = partsOf(ablation, context);
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
  return { mode, components };
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

export interface PlannedTrial {
  readonly number: number;
  readonly component: PlannedComponent;
  /** From 0. */
  readonly replicate: number;
  readonly seed: number;
}

/** How many trials a plan has. */
export function plannedTrials({ components }: AblationPlan, replicates: number): number {
  return components.length * replicates;
}

/** The trial of that number: all replicates of the baseline, then those of each component. @param seed of the experiment */
export function plannedTrial({ components }: AblationPlan, replicates: number, seed: number, number: number): PlannedTrial | undefined {
  const component = components[Math.floor(number / replicates)];
  const replicate = number % replicates;
  return component && { number, component, replicate, seed: deriveSeed(seed, 'replicate', replicate) };
}

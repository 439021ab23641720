/**
 * The single components that an ablation names, each checked against what the training function has: a name that does not exist, a layer
 * that must stay and a value that is at its default already are refused, never left to rerun the baseline.
 */
import { compileSpace } from '../compiled-space.ts';
import { invalid } from '../errors.ts';
import { didYouMean } from '../nearest.ts';
import type { Params, SearchSpace } from '../space.ts';
import { insideNested, type Ablatable, type AblatableLayer, type Ablation, type Exclusion } from './schema.ts';

export interface Part {
  /** `layer conv1` */
  readonly name: string;
  readonly exclusion: Exclusion;
  /** Layers that are gone with it. */
  readonly layers: readonly string[];
  /** Hyperparameters that it sets back. */
  readonly hparams: readonly string[];
}

export interface AblationContext {
  readonly ablatable: Ablatable;
  /** As the training function declares it. */
  readonly space: SearchSpace;
  /** Of the baseline. */
  readonly params: Params;
}

/** @throws {MaggyError} `invalid`, with the path of the wrong name and the nearest right one */
export function partsOf(ablation: Ablation, context: AblationContext): Part[] {
  return [
    ...featureParts(ablation, context),
    ...layerParts(ablation, context),
    ...groupParts(ablation, context),
    ...moduleParts(ablation, context),
    ...variantParts(ablation, context),
    ...hparamParts(ablation, context),
  ];
}

function featureParts({ features }: Ablation, { ablatable }: AblationContext): Part[] {
  const names = chosen('features', features, ablatable.features, 'feature that the training function declares');
  if (ablatable.features !== undefined && ablatable.features.length < 2 && names.length > 0) {
    throw invalid('ablation.features', 'must leave a feature, and the data have one only', features);
  }
  return names.map((name) => part(`feature ${name}`, { features: [name] }));
}

function layerParts({ layers }: Ablation, { ablatable }: AblationContext): Part[] {
  const free = ablatable.layers?.filter((layer) => !layer.isProtected);
  if (layers !== 'all') layers?.forEach((name, at) => checkLayer(`ablation.layers.${at}`, name, ablatable.layers));
  const names = chosen('layers', layers, layers === 'all' ? free?.map(nameOf) : ablatable.layers?.map(nameOf), 'layer of the model');
  names.forEach((name, at) => checkFree(`ablation.layers.${at}`, name, ablatable.layers));
  return names.map((name) => part(`layer ${name}`, { layers: [name] }, [name]));
}

function groupParts({ groups = [] }: Ablation, { ablatable }: AblationContext): Part[] {
  return groups.map((group, at) => {
    const field = `ablation.groups.${at}`;
    const names = typeof group === 'string' ? withPrefix(field, group, ablatable.layers) : group;
    for (const name of names) {
      checkLayer(field, name, ablatable.layers);
      checkFree(field, name, ablatable.layers);
    }
    const label = typeof group === 'string' ? `${group}*` : group.join('+');
    return part(`group ${label}`, { layers: [...names] }, names);
  });
}

function withPrefix(field: string, prefix: string, layers: readonly AblatableLayer[] | undefined): string[] {
  if (layers === undefined) throw invalid(field, 'must be a list of names, because the layers of the model are not known', prefix);
  const names = layers.filter((layer) => layer.name.startsWith(prefix) && !layer.isProtected).map(nameOf);
  if (names.length > 0) return names;
  throw invalid(field, `must be how names of layers begin${didYouMean(prefix, layers.map(nameOf))}`, prefix);
}

function moduleParts({ modules = [] }: Ablation, { ablatable }: AblationContext): Part[] {
  return modules.map(({ from, to }, at) => {
    const field = `ablation.modules.${at}`;
    const layers = ablatable.layers;
    if (layers === undefined) return part(`module ${from}..${to}`, { modules: [{ from, to }] }, [from, to]);
    checkLayer(`${field}.from`, from, layers);
    checkLayer(`${field}.to`, to, layers);
    const inside = between(layers, from, to);
    if (inside.length === 0) throw invalid(field, `must lead from one layer to another, and ${from} does not lead to ${to}`, { from, to });
    for (const name of inside) checkFree(field, name, layers);
    return part(`module ${from}..${to}`, { modules: [{ from, to }] }, inside);
  });
}

/** Names of the layers on the paths from one to the other. Layers come after those they take their inputs from. */
function between(layers: readonly AblatableLayer[], from: string, to: string): string[] {
  const after = new Set([from]);
  for (const { name, inputs } of layers) if (inputs.some((input) => after.has(input))) after.add(name);
  const before = new Set([to]);
  for (const { name, inputs } of [...layers].reverse()) if (before.has(name)) inputs.forEach((input) => before.add(input));
  return after.has(to) ? layers.map(nameOf).filter((name) => after.has(name) && before.has(name)) : [];
}

function variantParts({ variants }: Ablation, { ablatable }: AblationContext): Part[] {
  return chosen('variants', variants, ablatable.variants, 'variant that the training function declares').map((name) =>
    part(`variant ${name}`, { variant: name }),
  );
}

function hparamParts({ hparams }: Ablation, { space, params }: AblationContext): Part[] {
  const entries = compileSpace(space).entries.filter(({ name }) => Object.hasOwn(params, name));
  const moved = entries.filter(({ name, defaultValue }) => params[name] !== defaultValue).map(({ name }) => name);
  const names = chosen('hparams', hparams, hparams === 'all' ? moved : Object.keys(space), 'hyperparameter of the training function');
  names.forEach((name, at) => {
    if (moved.includes(name)) return;
    const rule =
      params[name] === undefined ? 'must be active in the baseline' : `must differ from its default in the baseline, and ${name} is at it`;
    throw invalid(`ablation.hparams.${at}`, rule, name);
  });
  return names.map((name) => part(`hparam ${name}`, {}, [], [name]));
}

/** The names asked for, which must all be known where any are. */
function chosen(
  kind: string,
  asked: 'all' | readonly string[] | undefined,
  known: readonly string[] | undefined,
  noun: string,
): readonly string[] {
  const field = `ablation.${kind}`;
  if (asked === 'all') {
    if (known === undefined) throw invalid(field, `must be a list of names, because what there is is not known before a trial runs`, asked);
    if (known.length === 0) throw invalid(field, `must be absent, because there is no ${noun} to leave out`, asked);
    return known;
  }
  asked?.forEach((name, at) => check(`${field}.${at}`, name, known, noun));
  return asked ?? [];
}

function check(field: string, name: string, known: readonly string[] | undefined, noun: string): void {
  if (known?.includes(name) === false) throw invalid(field, `must be a ${noun}${didYouMean(name, known)}`, name);
}

function checkLayer(field: string, name: string, layers: readonly AblatableLayer[] | undefined): void {
  const known = layers?.map(nameOf);
  const nested = known?.includes(name) === false ? insideNested(name, layers ?? []) : undefined;
  if (nested !== undefined) throw invalid(field, nested, name);
  check(field, name, known, 'layer of the model');
}

function checkFree(field: string, name: string, layers: readonly AblatableLayer[] | undefined): void {
  const layer = layers?.find((other) => other.name === name);
  if (layer?.isProtected === true) throw invalid(field, `must leave the inputs and outputs of the model, and ${name} is one of them`, name);
}

function part(name: string, exclusion: Exclusion, layers: readonly string[] = [], hparams: readonly string[] = []): Part {
  return { name, exclusion, layers, hparams };
}

function nameOf({ name }: { readonly name: string }): string {
  return name;
}

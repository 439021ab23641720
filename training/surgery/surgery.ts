/**
 * Model surgery: a fresh, untrained model without some layers or modules, or with inputs of another size. Weights of what stays are
 * those the given model began with (rebuild.ts). Which parts there are to leave out is for graph.ts to tell; what a study leaves out, and
 * how often, is planned elsewhere.
 */
import { invalid } from '../../core/errors.ts';
import { didYouMean } from '../../core/nearest.ts';
import type { tf } from '../tf.ts';
import { bypassesOf, type Cut } from './bypasses.ts';
import { Misfit, rebuild, type Rebuild } from './rebuild.ts';
import { inputNamesOf } from './graph.ts';
import { cannotLeaveOut } from './refusal.ts';

export interface Surgery extends Cut {
  /** New sizes of the last axis of inputs, by the name of the input: columns of a table, channels of an image. */
  readonly inputSizes?: Readonly<Record<string, number>>;
  /** Allows a dense or 1×1 convolution in the place of what changed the shape, where the model cannot be built without. */
  readonly bridges?: boolean;
  /** Positive 32-bit integer: draws the initial weights of layers whose shapes change, where seeds are installed. */
  readonly seed: number;
}

export interface Operated {
  /** Compiled as the given model was, if it was. */
  readonly model: tf.LayersModel;
  /** Numbers in all weights, trainable or not. */
  readonly parameters: { readonly before: number; readonly after: number };
}

/**
 * The model without the parts named. The given model is used up: its weights belong to the new one or are freed. It is left as it was
 * when this throws.
 *
 * @param model not trained yet
 * @throws {MaggyError} `invalid`, naming the part, why it has to stay, and the nearest name where there is no such part
 */
export function operate(model: tf.LayersModel, surgery: Surgery): Operated {
  const { bridges = false, seed } = surgery;
  const before = model.countParams();
  const options = { bypasses: bypassesOf(model, surgery), inputSizes: inputSizesOf(model, surgery.inputSizes ?? {}), seed };
  const operated = rebuildWith(model, options, bridges, partsOf(surgery));
  compileAlike(operated, model);
  // Not model.dispose(): an optimizer that it was compiled with goes on in the new one.
  for (const weight of model.weights) weight.dispose();
  return { model: operated, parameters: { before, after: operated.countParams() } };
}

/** Without bridges where that can be built: a bridge is a new part, and a study is about the old ones. */
function rebuildWith(model: tf.LayersModel, options: Omit<Rebuild, 'bridges'>, bridges: boolean, parts: Parts): tf.LayersModel {
  try {
    return rebuild(model, { ...options, bridges: false });
  } catch (error) {
    if (!(error instanceof Misfit)) throw error;
    if (!bridges) throw cannotLeaveOut(parts.component, `${error.message}, and no bridge is allowed`, parts.names, error);
  }
  try {
    return rebuild(model, { ...options, bridges: true });
  } catch (error) {
    throw error instanceof Misfit ? cannotLeaveOut(parts.component, error.message, parts.names, error) : error;
  }
}

interface Parts {
  readonly component: string;
  readonly names: string;
}

function partsOf({ layers = [], modules = [], inputSizes = {} }: Surgery): Parts {
  const spans = modules.map(({ from, to }) => `${from}..${to}`);
  const kinds = [labelled('layer', layers), labelled('module', spans), labelled('features of', Object.keys(inputSizes))];
  return { component: kinds.flat().join(' and '), names: [...layers, ...spans, ...Object.keys(inputSizes)].join(', ') };
}

function labelled(label: string, names: readonly string[]): string[] {
  return names.map((name) => `${label} ${name}`);
}

function inputSizesOf(model: tf.LayersModel, sizes: Readonly<Record<string, number>>): ReadonlyMap<string, number> {
  const names = inputNamesOf(model);
  for (const [name, size] of Object.entries(sizes)) {
    if (!names.includes(name)) throw invalid(`input ${name}`, `must be an input of the model${didYouMean(name, names)}`, name);
    if (!Number.isInteger(size) || size < 1) throw invalid(`input ${name}`, 'must keep at least one feature', size);
  }
  return new Map(Object.entries(sizes));
}

/** What a model was compiled with: nothing, whatever its type says, where it was not. */
type Compiled = { readonly [K in 'optimizer' | 'loss' | 'metrics']: tf.LayersModel[K] | undefined };

function compileAlike(model: tf.LayersModel, { optimizer, loss, metrics }: Compiled): void {
  if (optimizer === undefined || loss === undefined) return;
  model.compile({ optimizer, loss, ...(metrics === undefined ? {} : { metrics }) });
}

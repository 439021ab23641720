/**
 * Features left out of data that name them. `features` of a data set says which feature each column of its `xs` belongs to, along the last
 * axis: columns of a table, channels of an image. A name that repeats is one feature, as a category that is one-hot encoded. Where
 * `xs` is a record, for a model with several inputs, `features` is one as well.
 *
 *     { features: ['age', 'island', 'island'], train: { xs, ys }, validation: { xs, ys } }
 */
import Type, { type Static } from 'typebox';
import { Value } from 'typebox/value';
import { invalid } from '../../core/errors.ts';
import { didYouMean } from '../../core/nearest.ts';
import { tf } from '../tf.ts';
import { cannotLeaveOut } from './refusal.ts';

const Columns = Type.Array(Type.String(), { minItems: 1 });
const Features = Type.Union([Columns, Type.Record(Type.String(), Columns)]);
type Features = Static<typeof Features>;

/** The feature of each column; undefined for data that name none. @throws {MaggyError} `invalid` for names of another form */
export function featuresOf(data: unknown): Features | undefined {
  if (!isPlain(data) || data.features === undefined) return undefined;
  if (Value.Check(Features, data.features)) return data.features;
  throw invalid('dataset.features', 'must be a list of names, one for each column of xs, or such a list for each input', data.features);
}

/** Sizes of the last axis of the model's inputs; under `''` that of a model with one input. */
export function featureCounts(features: Features): ReadonlyMap<string, number> {
  if (Array.isArray(features)) return new Map([['', features.length]]);
  return new Map(Object.entries(features).map(([input, columns]) => [input, columns.length]));
}

/** @throws {MaggyError} `invalid`, with the nearest name, for one that is no feature; where nothing would remain of an input */
function checkFeatures(features: Features, exclude: readonly string[]): void {
  const names = new Set(Array.isArray(features) ? features : Object.values(features).flat());
  const unknown = exclude.find((name) => !names.has(name));
  if (unknown !== undefined) throw invalid(`feature ${unknown}`, `must be a feature of the data${didYouMean(unknown, names)}`, unknown);
  for (const columns of Array.isArray(features) ? [features] : Object.values(features)) {
    if (columns.every((name) => exclude.includes(name))) {
      throw cannotLeaveOut(`feature ${exclude.join(', ')}`, 'at least one feature must remain', exclude);
    }
  }
}

/**
 * The data without the columns of these features. Tensors of the given data that are cut are freed; everything else is handed on.
 *
 * @throws {MaggyError} `invalid` where `xs` does not have a column for each name, or there is none
 */
export function cutFeatures<Data>(data: Data, exclude: readonly string[]): Data;
export function cutFeatures(data: unknown, exclude: readonly string[]): unknown {
  const features = featuresOf(data);
  if (features === undefined) throw invalid('dataset.features', 'must name the feature of each column of xs', undefined);
  checkFeatures(features, exclude);
  return new Cutter(features, exclude).cut(data);
}

class Cutter {
  readonly #features: Features;
  readonly #exclude: readonly string[];
  readonly #tensors = new Map<tf.Tensor, tf.Tensor>();
  #found = false;

  constructor(features: Features, exclude: readonly string[]) {
    this.#features = features;
    this.#exclude = exclude;
  }

  cut(data: unknown): unknown {
    const cut = this.#visit(data);
    if (!this.#found) throw invalid('dataset.xs', 'must stand somewhere in the data, because features name its columns', undefined);
    tf.dispose([...this.#tensors.keys()]);
    return isPlain(cut) ? { ...cut, features: this.#remaining() } : cut;
  }

  #remaining(): Features {
    const kept = (columns: readonly string[]): string[] => columns.filter((name) => !this.#exclude.includes(name));
    if (Array.isArray(this.#features)) return kept(this.#features);
    return Object.fromEntries(Object.entries(this.#features).map(([input, columns]) => [input, kept(columns)]));
  }

  #visit(value: unknown): unknown {
    if (isList(value)) return typeof value[0] === 'number' ? value : value.map((item) => this.#visit(item));
    if (value instanceof Map) return new Map([...value].map(([key, item]) => [key, this.#entry(key, item)]));
    if (isPlain(value)) return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, this.#entry(key, item)]));
    return value;
  }

  #entry(key: unknown, value: unknown): unknown {
    return key === 'xs' ? this.#inputs(value) : this.#visit(value);
  }

  #inputs(xs: unknown): unknown {
    this.#found = true;
    if (Array.isArray(this.#features)) return this.#columns(xs, this.#features);
    if (!isPlain(xs)) throw invalid('dataset.xs', 'must be a record of inputs, as features is', xs);
    const features = this.#features;
    return Object.fromEntries(
      Object.entries(xs).map(([input, values]) => {
        const columns = features[input];
        return [input, columns === undefined ? values : this.#columns(values, columns)];
      }),
    );
  }

  #columns(values: unknown, columns: readonly string[]): unknown {
    const kept = [...columns.keys()].filter((place) => !this.#exclude.includes(columns[place] ?? ''));
    return isTensor(values) ? this.#tensor(values, columns, kept) : rowsOf(values, columns, kept);
  }

  #tensor(tensor: tf.Tensor, columns: readonly string[], kept: readonly number[]): tf.Tensor {
    checkWidth(tensor.shape.at(-1) ?? 1, columns);
    if (kept.length === columns.length) return tensor;
    const cut = this.#tensors.get(tensor) ?? tf.tidy(() => tf.gather(tensor, tf.tensor1d([...kept], 'int32'), tensor.rank - 1));
    this.#tensors.set(tensor, cut);
    return cut;
  }
}

/** Lists of numbers, nested as deeply as may be; the innermost are the rows. */
function rowsOf(values: unknown, columns: readonly string[], kept: readonly number[]): unknown {
  if (!isList(values)) throw invalid('dataset.xs', 'must be a tensor or a list of rows, because features name its columns', values);
  if (isList(values[0])) return values.map((row) => rowsOf(row, columns, kept));
  checkWidth(values.length, columns);
  return kept.map((place) => values[place]);
}

function checkWidth(width: number, columns: readonly string[]): void {
  if (width !== columns.length) throw invalid('dataset.features', `must have a name for each of the ${width} columns of xs`, columns);
}

function isTensor(value: unknown): value is tf.Tensor {
  return value instanceof tf.Tensor;
}

function isList(value: unknown): value is readonly unknown[] {
  return Array.isArray(value);
}

/** Instances of classes stay as they are: whatever they hold is theirs. */
function isPlain(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

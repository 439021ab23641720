/**
 * 344 penguins of three species, measured at Palmer Station, Antarctica (Horst, Hill & Gorman 2020), from the npm package
 * `vega-datasets`. Turned into numbers here: measurements standardised, island and sex one-hot.
 */
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { randomStream, tf } from 'maggy';

/** What is known of a penguin; a column may be left out by its name. */
export const columns = ['beakLength', 'beakDepth', 'flipperLength', 'bodyMass', 'island', 'sex'] as const;
export type Column = (typeof columns)[number];

export const species = ['Adelie', 'Chinstrap', 'Gentoo'] as const;

interface Penguin {
  readonly species: string;
  /** A number for a measurement, a text for island and sex, null where it was not recorded. */
  readonly values: Readonly<Record<Column, number | string | null>>;
}

/** Rows by inputs, and the species one-hot. */
export interface Rows {
  /** Shape [rows, inputs]. */
  readonly xs: tf.Tensor2D;
  /** Shape [rows, 3]. */
  readonly ys: tf.Tensor2D;
}

export interface Fold {
  readonly train: Rows;
  readonly validation: Rows;
}

export interface Penguins {
  /** Names of the inputs in their order: a measurement, or `island=Dream`. */
  readonly inputs: readonly string[];
  /** The column that each input comes from. */
  readonly features: readonly Column[];
  /** Each penguin is in the validation part of exactly one fold, and each species has the same share of every fold. */
  readonly folds: readonly Fold[];
}

export async function loadPenguins(options: { seed: number; exclude: readonly string[]; folds: number }): Promise<Penguins> {
  const { seed, exclude, folds } = options;
  const unknown = exclude.find((name) => !columns.some((column) => column === name));
  if (unknown !== undefined) throw new RangeError(`exclude: "${unknown}" is no column; there are ${columns.join(', ')}`);
  const used = columns.filter((column) => !exclude.includes(column));
  if (used.length === 0) throw new RangeError('exclude: at least one column must remain');
  const penguins = await readPenguins();
  const foldOf = assignFolds(penguins, folds, seed);
  const parts = Array.from({ length: folds }, (_, fold) => ({
    train: penguins.filter((_penguin, at) => foldOf[at] !== fold),
    validation: penguins.filter((_penguin, at) => foldOf[at] === fold),
  }));
  return {
    inputs: used.flatMap((column) => inputNames(column, penguins)),
    features: used.flatMap((column) => inputNames(column, penguins).map(() => column)),
    folds: parts.map(({ train, validation }) => {
      // Mean and deviation come from the training rows alone: validation rows must not be seen before they are predicted.
      const encoders = used.map((column) => encoderOf(column, train, penguins));
      return { train: encode(train, encoders), validation: encode(validation, encoders) };
    }),
  };
}

async function readPenguins(): Promise<Penguin[]> {
  // The package exports its JavaScript only; the data lies beside it.
  const file = join(dirname(createRequire(import.meta.url).resolve('vega-datasets')), '../data/penguins.json');
  const rows: unknown = JSON.parse(await readFile(file, 'utf8'));
  if (!isTable(rows)) throw new TypeError(`${file}: not the table it used to be`);
  return rows.map((row) => ({
    species: String(row.Species),
    values: {
      beakLength: row['Beak Length (mm)'] ?? null,
      beakDepth: row['Beak Depth (mm)'] ?? null,
      flipperLength: row['Flipper Length (mm)'] ?? null,
      bodyMass: row['Body Mass (g)'] ?? null,
      island: row.Island ?? null,
      // One row has a full stop where the others have a sex.
      sex: row.Sex === '.' ? null : (row.Sex ?? null),
    },
  }));
}

function isTable(rows: unknown): rows is Record<string, number | string | null>[] {
  return Array.isArray(rows) && rows.every((row) => typeof row === 'object' && row !== null && 'Species' in row);
}

/** Deals the penguins of each species, in random order, to the folds in turn. */
function assignFolds(penguins: readonly Penguin[], folds: number, seed: number): number[] {
  const foldOf: number[] = [];
  for (const name of species) {
    const members = [...penguins.keys()].filter((at) => penguins[at]?.species === name);
    randomStream(seed, 'folds', name)
      .shuffle(members)
      .forEach((at, place) => (foldOf[at] = place % folds));
  }
  return foldOf;
}

type Encoder = (penguin: Penguin) => number[];

/** A value that was not recorded becomes the mean, which is 0 once standardised, or none of the categories. */
function encoderOf(column: Column, train: readonly Penguin[], all: readonly Penguin[]): Encoder {
  const numbers = train.map((penguin) => penguin.values[column]).filter((value) => typeof value === 'number');
  if (numbers.length === 0) {
    const names = categories(column, all);
    return (penguin) => names.map((name) => (penguin.values[column] === name ? 1 : 0));
  }
  const mean = numbers.reduce((sum, value) => sum + value, 0) / numbers.length;
  const deviation = Math.sqrt(numbers.reduce((sum, value) => sum + (value - mean) ** 2, 0) / numbers.length);
  return (penguin) => {
    const value = penguin.values[column];
    return [typeof value === 'number' ? (value - mean) / deviation : 0];
  };
}

function categories(column: Column, penguins: readonly Penguin[]): string[] {
  return [...new Set(penguins.map((penguin) => penguin.values[column]).filter((value) => typeof value === 'string'))].sort();
}

function inputNames(column: Column, penguins: readonly Penguin[]): string[] {
  const names = categories(column, penguins);
  return names.length === 0 ? [column] : names.map((name) => `${column}=${name}`);
}

function encode(penguins: readonly Penguin[], encoders: readonly Encoder[]): Rows {
  const labels = penguins.map((penguin) => species.findIndex((name) => name === penguin.species));
  return {
    xs: tf.tensor2d(penguins.map((penguin) => encoders.flatMap((encoder) => encoder(penguin)))),
    ys: tf.tidy(() => tf.oneHot(tf.tensor1d(labels, 'int32'), species.length).toFloat().as2D(penguins.length, species.length)),
  };
}

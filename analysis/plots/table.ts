/**
 * The trials of an experiment as columns, one entry a trial, by its number: what plots are computed from. Values are in the user's sign;
 * an active parameter is its number or, of a list, the place of its choice; NaN is "none" everywhere.
 */
import Type, { type Static } from 'typebox';
import { compileSpace, type CompiledSpace, type SpaceEntry } from '../../core/compiled-space.ts';
import type { TrialRow } from '../../core/results.ts';
import type { Parameter, SearchSpace } from '../../core/space.ts';
import { flipSign, type Direction, type State } from '../../core/states.ts';

export const Axis = Type.Object(
  {
    name: Type.String(),
    type: Type.Enum(['float', 'int', 'categorical', 'ordinal']),
    scale: Type.Enum(['linear', 'log']),
    min: Type.Number({ description: 'Of a list 0, the place of its first choice' }),
    max: Type.Number({ description: 'Of a list the place of its last choice' }),
    choices: Type.Union([Type.Array(Type.Union([Type.String(), Type.Number(), Type.Boolean()])), Type.Null()]),
  },
  { title: 'PlotAxis', description: 'One parameter as an axis of a plot' },
);
export type Axis = Static<typeof Axis>;

export interface Dimension {
  readonly entry: SpaceEntry;
  readonly axis: Axis;
  /** Of each trial: a number or the place of a choice; NaN where inactive. */
  readonly column: number[];
}

export class TrialTable {
  readonly direction: Direction;
  readonly space: CompiledSpace;
  readonly dimensions: readonly Dimension[];
  readonly states: (State | undefined)[] = [];
  readonly values: number[] = [];
  /** ms since 1970 */
  readonly endedAt: number[] = [];
  #ranked: readonly number[] = [];
  /** Since it was ranked last. */
  readonly #changed = new Set<number>();

  constructor(space: SearchSpace, direction: Direction) {
    this.direction = direction;
    this.space = compileSpace(space);
    this.dimensions = this.space.dimensions.map((entry) => ({ entry, axis: axisOf(entry.name, space[entry.name]), column: [] }));
  }

  get length(): number {
    return this.states.length;
  }

  set({ number, state, value, endedAt, params }: TrialRow): void {
    // Rows may come in any order; a hole would turn fast arrays into slow ones.
    while (this.states.length < number) this.#put(this.states.length, undefined, NaN, NaN, {});
    this.#put(number, state, value ?? NaN, endedAt ?? NaN, params);
  }

  #put(number: number, state: State | undefined, value: number, endedAt: number, params: TrialRow['params']): void {
    this.#changed.add(number);
    this.states[number] = state;
    this.values[number] = value;
    this.endedAt[number] = endedAt;
    for (const { axis, column } of this.dimensions) {
      const given = params[axis.name];
      column[number] = given === undefined ? NaN : axis.choices === null ? Number(given) : axis.choices.indexOf(given);
    }
  }

  /** Numbers of the completed trials that have a value, in rising order. */
  completed(): number[] {
    const numbers: number[] = [];
    for (let number = 0; number < this.length; number += 1) if (this.#isRanked(number)) numbers.push(number);
    return numbers;
  }

  /** The same, the best first. News are merged in: sorting all anew would be most of what a plot costs. */
  ranked(): readonly number[] {
    if (this.#changed.size === 0) return this.#ranked;
    const before = this.#ranked.filter((number) => !this.#changed.has(number));
    const news = [...this.#changed].filter((number) => this.#isRanked(number)).sort((a, b) => this.#compare(a, b));
    this.#ranked = before.length === 0 ? news : merged(before, news, (a, b) => this.#compare(a, b));
    this.#changed.clear();
    return this.#ranked;
  }

  #isRanked(number: number): boolean {
    return this.states[number] === 'completed' && !Number.isNaN(this.valueOf(number));
  }

  #compare(a: number, b: number): number {
    return this.lossOf(a) - this.lossOf(b) || a - b;
  }

  valueOf(number: number): number {
    return this.values[number] ?? NaN;
  }

  /** What is minimised. */
  lossOf(number: number): number {
    return flipSign(this.direction, this.valueOf(number));
  }
}

/** Of two sorted lists one. */
function merged(one: readonly number[], other: readonly number[], compare: (a: number, b: number) => number): number[] {
  const all: number[] = [];
  let at = 0;
  for (const number of one) {
    for (let next = other[at]; next !== undefined && compare(next, number) < 0; next = other[at]) {
      all.push(next);
      at += 1;
    }
    all.push(number);
  }
  return [...all, ...other.slice(at)];
}

/** Where a trial's value of a parameter lies in [0, 1]; NaN where it is inactive. */
export function unitOf({ entry, axis, column }: Dimension, number: number): number {
  const value = column[number] ?? NaN;
  if (Number.isNaN(value)) return NaN;
  return entry.parameter.encode(axis.choices === null ? value : entry.parameter.at(value));
}

/** Seven significant digits: more than any screen shows, and a third of the bytes. */
export function short(value: number): number {
  return Number(value.toPrecision(7));
}

function axisOf(name: string, parameter: Parameter | undefined): Axis {
  if (parameter?.type === 'float' || parameter?.type === 'int') {
    const { type, min, max, scale = 'linear' } = parameter;
    return { name, type, scale, min, max, choices: null };
  }
  const choices = parameter?.type === 'categorical' || parameter?.type === 'ordinal' ? parameter.choices : [];
  const type = parameter?.type === 'ordinal' ? 'ordinal' : 'categorical';
  return { name, type, scale: 'linear', min: 0, max: choices.length - 1, choices: [...choices] };
}

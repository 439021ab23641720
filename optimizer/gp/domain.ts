/**
 * The unit cube as a search may move in it: which coordinates there are, where discrete ones may stand and which are active.
 * The search keeps a value for every coordinate ("free point"), so that a parameter that becomes active again has one; what the
 * model sees and what is suggested is the settled point: discrete coordinates in the middle of their cells (Garrido-Merchán &
 * Hernández-Lobato 2020), inactive ones NaN.
 */
import type { CompiledSpace, SpaceEntry } from '../../core/compiled-space.ts';

export interface Dimension {
  /** Coordinates it may have, ascending; null where it has too many to list. */
  readonly levels: readonly number[] | null;
  /** The search follows gradients along it. */
  readonly isSmooth: boolean;
  readonly isChoice: boolean;
}

/** A condition on a dimension before this one: coordinates that fulfil it. */
interface Gate {
  readonly dimension: number;
  readonly coordinates: ReadonlySet<number>;
}

/** Finer scales are as good as continuous, but for the last step. */
const MOST_LISTED_LEVELS = 256;
/** Gradients help where a step in one direction says something about the next. */
const LEAST_SMOOTH_LEVELS = 8;

export class Domain {
  readonly dimensions: readonly Dimension[];
  readonly #snaps: readonly ((unit: number) => number)[];
  /** null: never active */
  readonly #gates: readonly (readonly Gate[] | null)[];

  constructor(space: CompiledSpace) {
    this.dimensions = space.dimensions.map(({ parameter }) => {
      const isChoice = parameter.type === 'categorical';
      const levels = isChoice || parameter.levels <= MOST_LISTED_LEVELS ? coordinatesOf(parameter) : null;
      return { levels, isChoice, isSmooth: !isChoice && parameter.levels >= LEAST_SMOOTH_LEVELS };
    });
    this.#snaps = space.dimensions.map(({ parameter }) => {
      return Number.isFinite(parameter.levels) ? (unit) => parameter.encode(parameter.decode(unit)) : (unit) => unit;
    });
    this.#gates = space.dimensions.map((entry) => gatesOf(space, entry));
  }

  /** @param free shape [dimensions], in [0, 1] */
  settle(free: Float64Array): Float64Array {
    const settled = new Float64Array(free.length);
    for (let dimension = 0; dimension < free.length; dimension++) {
      const isActive =
        this.#gates[dimension]?.every((gate) => gate.coordinates.has(settled[gate.dimension] ?? NaN)) ?? false;
      settled[dimension] = isActive ? (this.#snaps[dimension]?.(free[dimension] ?? NaN) ?? NaN) : NaN;
    }
    return settled;
  }
}

function coordinatesOf({ levels, encode, at }: SpaceEntry['parameter']): number[] {
  return Array.from({ length: levels }, (_, level) => encode(at(level)));
}

function gatesOf(space: CompiledSpace, { conditions }: SpaceEntry): Gate[] | null {
  const gates: Gate[] = [];
  for (const { on, values } of conditions) {
    const parent = space.byName.get(on);
    if (parent === undefined) return null;
    const dimension = space.dimensions.indexOf(parent);
    if (dimension >= 0) {
      gates.push({ dimension, coordinates: new Set([...values].map(parent.parameter.encode)) });
      continue;
    }
    // A constant has one value, and conditions of its own.
    const above = values.has(parent.parameter.at(0)) ? gatesOf(space, parent) : null;
    if (above === null) return null;
    gates.push(...above);
  }
  return gates;
}

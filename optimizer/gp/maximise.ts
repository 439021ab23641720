/**
 * Finds where the acquisition is highest: scores points spread over the space and points around the best known ones, then
 * climbs from the best of them, by gradients along smooth dimensions and by trying every neighbour in the others, in turns.
 * What it returns is in order of the acquisition, because the best configuration may be taken.
 *
 * "Free" and "settled" points are those of `domain.ts`.
 */
import type { RandomStream } from '../../core/random.ts';
import type { SobolSequence } from '../sobol/sobol.ts';
import type { Acquires } from './acquisition.ts';
import type { Domain } from './domain.ts';
import type { FeatureMap } from './features.ts';
import { minimise } from './lbfgs.ts';

export interface Scored {
  /** Settled. */
  readonly point: Float64Array;
  readonly value: number;
}

interface Candidate extends Scored {
  readonly free: Float64Array;
}

export interface Effort {
  /** Points spread over the space. */
  readonly spread: number;
  /** Points around the best known ones. */
  readonly near: number;
  /** Climbs. */
  readonly starts: number;
  /** Iterations of one gradient climb. */
  readonly iterations: number;
}

/** Gradient climbs and rounds of neighbours, in turns; most climbs end earlier. */
const MOST_ROUNDS = 4;
/** Neighbours on all scales, since the best basin narrows as the search goes on. */
const NEAR_SCALES = [0.2, 0.05, 0.01, 0.001];
/** Share of the coordinates that differ from the known point, at least one of them. */
const NEAR_CHANGES = 0.5;
/** A number with more levels than this is tried at its nearest levels only. */
const MOST_LEVELS_TRIED = 12;
const LEVEL_STEPS = [1, 2, 4];
/** In units of log EI: less is not worth another iteration. */
const TOLERANCE = 1e-4;

export class Maximiser {
  readonly #domain: Domain;
  readonly #features: FeatureMap;
  readonly #acquisition: Acquires;
  readonly #random: RandomStream;

  constructor(domain: Domain, features: FeatureMap, acquisition: Acquires, random: RandomStream) {
    this.#domain = domain;
    this.#features = features;
    this.#acquisition = acquisition;
    this.#random = random;
  }

  /**
   * @param known settled points, best first
   * @returns best first
   */
  run(sequence: SobolSequence, known: readonly Float64Array[], effort: Effort): Scored[] {
    const spread = this.#score(Array.from({ length: effort.spread }, (_, index) => sequence.point(index)));
    const near = this.#score(this.#around(known, effort.near));
    // Half of the climbs begin far from what is known: elsewhere may be better than it looks.
    const half = Math.ceil(effort.starts / 2);
    const starts = [...best(spread, half), ...best(near, effort.starts - half)];
    const climbed = starts.map((start) => this.#climb(start, effort.iterations));
    return [...climbed, ...spread, ...near].sort((a, b) => b.value - a.value);
  }

  /** All of these, best first. @param points settled */
  rank(points: readonly Float64Array[]): Scored[] {
    const values = this.#acquisition.values(this.#featuresOf(points), points.length);
    return points.map((point, i) => ({ point, value: values[i] ?? NaN })).sort((a, b) => b.value - a.value);
  }

  #score(frees: readonly Float64Array[]): Candidate[] {
    const settled = frees.map((free) => this.#domain.settle(free));
    const values = this.#acquisition.values(this.#featuresOf(settled), settled.length);
    return settled.map((point, i) => ({ point, free: frees[i] ?? point, value: values[i] ?? NaN }));
  }

  #featuresOf(settled: readonly Float64Array[]): Float64Array {
    const width = this.#features.features.length;
    const features = new Float64Array(settled.length * width);
    settled.forEach((point, i) => this.#features.write(point, features, i * width));
    return features;
  }

  #climb(start: Candidate, iterations: number): Candidate {
    let at = start;
    for (let round = 0; round < MOST_ROUNDS; round++) {
      const before = at.value;
      at = this.#alongGradient(at, iterations);
      const after = this.#throughNeighbours(at);
      const isDone = after.value - before < TOLERANCE || after === at;
      at = after;
      if (isDone) break;
    }
    return at;
  }

  /** Discrete coordinates among the smooth ones move freely and are settled at the end, where that is an improvement. */
  #alongGradient(from: Candidate, iterations: number): Candidate {
    const smooth = this.#domain.dimensions.flatMap(({ isSmooth }, d) => (isSmooth && !Number.isNaN(from.point[d] ?? NaN) ? [d] : []));
    if (smooth.length === 0) return from;
    const point = Float64Array.from(from.point);
    const query = new Float64Array(this.#features.features.length);
    const byFeature = new Float64Array(query.length);
    const objective = (x: Float64Array, gradient: Float64Array): number => {
      smooth.forEach((d, i) => (point[d] = x[i] ?? NaN));
      this.#features.write(point, query);
      const value = this.#acquisition.valueAndGradient(query, byFeature);
      const slopes = this.#features.pullBack(point, byFeature);
      smooth.forEach((d, i) => (gradient[i] = -(slopes[d] ?? 0)));
      return -value;
    };
    const box = { lower: smooth.map(() => 0), upper: smooth.map(() => 1) };
    const start = Float64Array.from(smooth, (d) => from.point[d] ?? NaN);
    const { x } = minimise(objective, start, box, iterations, TOLERANCE);
    const free = Float64Array.from(from.free);
    smooth.forEach((d, i) => (free[d] = x[i] ?? NaN));
    const [moved] = this.#score([free]);
    return moved !== undefined && moved.value > from.value ? moved : from;
  }

  /** The best of all points that differ in one discrete coordinate, taken one dimension after the other. */
  #throughNeighbours(from: Candidate): Candidate {
    let at = from;
    this.#domain.dimensions.forEach(({ levels, isChoice }, d) => {
      if (levels === null || Number.isNaN(at.point[d] ?? NaN)) return;
      const here = levels.indexOf(at.point[d] ?? NaN);
      const others = isChoice || levels.length <= MOST_LEVELS_TRIED ? levels.filter((_, level) => level !== here) : stepsFrom(levels, here);
      if (others.length === 0) return;
      const [first] = best(this.#score(others.map((coordinate) => at.free.with(d, coordinate))), 1);
      if (first !== undefined && first.value > at.value) at = first;
    });
    return at;
  }

  #around(known: readonly Float64Array[], count: number): Float64Array[] {
    if (known.length === 0) return [];
    return Array.from({ length: count }, (_, i) => {
      const centre = known[i % known.length] ?? new Float64Array(0);
      const scale = NEAR_SCALES[Math.floor(i / known.length) % NEAR_SCALES.length] ?? 1;
      const forced = centre.length === 0 ? 0 : this.#random.integer(0, centre.length - 1);
      return centre.map((coordinate, d) => {
        const drawn = this.#random.uniform();
        const isKept = this.#random.uniform() > NEAR_CHANGES && d !== forced;
        if (Number.isNaN(coordinate)) return drawn;
        if (isKept) return coordinate;
        // A choice has no near values.
        if (this.#domain.dimensions[d]?.isChoice === true) return this.#random.uniform() < 0.5 ? drawn : coordinate;
        return Math.min(1, Math.max(0, coordinate + scale * this.#random.normal()));
      });
    });
  }
}

function best(candidates: readonly Candidate[], count: number): Candidate[] {
  return [...candidates].sort((a, b) => b.value - a.value).slice(0, count);
}

function stepsFrom(levels: readonly number[], here: number): number[] {
  return LEVEL_STEPS.flatMap((step) => [levels[here - step], levels[here + step]]).filter((coordinate) => coordinate !== undefined);
}

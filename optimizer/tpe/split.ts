/**
 * Which trials are good and which are bad, and how much each counts. The estimators of the two sets are all that the sampler
 * knows; everything here goes by rank, so that neither the scale of the losses nor an outlier matters.
 */
import type { Params } from '../../core/space.ts';
import type { Axes } from './axes.ts';

interface Trial {
  readonly params: Params;
}

export interface Weighted {
  /** In axes. */
  readonly points: readonly Float64Array[];
  /** In points. */
  readonly weights: readonly number[];
}

/** Share of the trials that is good, and how many at most: later ones are so close to the best that more would only cost time. */
const GOOD_SHARE = 0.15;
const MOST_GOOD = 25;
const RANK_POWER = 1.5;
/** What the best trial of a choice counts that has none among the good ones. */
const SEAT_WEIGHT = 0.4;
/** A parameter with more choices is not held to try each again. */
const MOST_SEATED_CHOICES = 12;
/** Components of the bad density, which every draw has to be held against. A mean over 400 points is within 1/√400 = 5 % of their spread. */
const MOST_BAD = 400;

/**
 * @param ranked the trials that compare, best first: some of them are good
 * @param beneath trials that are worse than all of these, best first
 */
export function split(axes: Axes, ranked: readonly Trial[], beneath: readonly Trial[] = []): { good: Weighted; bad: Weighted } {
  const all = [...ranked, ...beneath];
  const count = Math.min(Math.ceil(GOOD_SHARE * ranked.length), MOST_GOOD);
  const seats = seatsOf(axes, all, count);
  const pointOf = ({ params }: Trial) => axes.point(params);
  const bad = thinned(all.slice(count));
  return {
    good: {
      points: [...ranked.slice(0, count), ...seats].map(pointOf),
      weights: [...rankWeights(count), ...seats.map(() => SEAT_WEIGHT)],
    },
    bad: { points: bad.kept.map(pointOf), weights: bad.kept.map(() => bad.standsFor) },
  };
}

/** Falling with the logarithm of the rank, as in CMA-ES (Hansen 2016, equation 49), a little steeper; their mean is 1. */
function rankWeights(count: number): number[] {
  const raw = Array.from({ length: count }, (_, rank) => (Math.log(count + 0.5) - Math.log(rank + 1)) ** RANK_POWER);
  const mean = raw.reduce((sum, weight) => sum + weight, 0) / count;
  return raw.map((weight) => weight / mean);
}

/**
 * The best trial of each choice that no good trial has. With another choice the other parameters often have their optimum
 * elsewhere; a choice that was unlucky in its first trials would never be looked at again.
 */
function seatsOf(axes: Axes, ranked: readonly Trial[], count: number): Trial[] {
  const seats = new Set<Trial>();
  axes.all.forEach((axis, dimension) => {
    if (axis.kind !== 'choice' || axis.count > MOST_SEATED_CHOICES) return;
    const seen = new Set<number>();
    for (let rank = 0; rank < ranked.length && seen.size < axis.count; rank++) {
      const trial = ranked[rank];
      const choice = trial === undefined ? NaN : (axes.point(trial.params)[dimension] ?? NaN);
      if (trial === undefined || Number.isNaN(choice) || seen.has(choice)) continue;
      seen.add(choice);
      if (rank >= count) seats.add(trial);
    }
  });
  return [...seats];
}

/** An even sample by rank, deterministic; each stands for those left out beside it, so the density stays the same on average. */
function thinned(trials: readonly Trial[]): { kept: Trial[]; standsFor: number } {
  const standsFor = Math.max(1, trials.length / MOST_BAD);
  const count = Math.round(trials.length / standsFor);
  const kept = Array.from({ length: count }, (_, at) => trials[Math.floor((at + 0.5) * standsFor)]);
  return { kept: kept.filter((trial) => trial !== undefined), standsFor };
}

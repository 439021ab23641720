/**
 * Losses as the surrogate wants them: about standard normal, small ones well apart, large ones close together. A Gaussian
 * process fits a loss that explodes in a corner of the space badly, everywhere; how bad a bad trial is matters little.
 *
 * Losses are centred at their median, scaled, cut off far above, sent through the power transform of Yeo & Johnson 2000 with the
 * power that makes them most normal, and standardised. Trials without a loss count as the worst there is.
 *
 * The scale is how far the good losses lie below the median, so that no share of diverged ones under a half decides it: of all
 * losses, or of the first, whichever is more. A search that closes in on an optimum would otherwise shrink the scale with every
 * trial, until the rest of the space lies beyond the cut and nothing but the same spot promises anything.
 *
 * | name | meaning                        |
 * |------|--------------------------------|
 * | z    | centred and scaled loss        |
 * | λ    | power, 1 leaves z as it is     |
 */

/** Numbers that say all of a transform, so that a fit can be logged with the one it was made under. */
export interface Transform {
  readonly centre: number;
  readonly scale: number;
  readonly power: number;
  readonly mean: number;
  readonly deviation: number;
}

/** z above counts as this: what diverged must not decide the scale of the rest. */
const MOST_Z = 10;
/** z below counts as this, for arithmetic's sake only: however good, a loss is no outlier. */
const LEAST_Z = -1000;
/** The logarithm. A lower power would make all bad losses equal, and the way down from them flat. */
const MIN_POWER = 0;
/** A higher one would push good losses together and bad ones apart. */
const MAX_POWER = 1;
const POWER_STEPS = 24;
/** Sums and differences of losses up to here are finite. */
const MOST_LOSS = 1e150;
/** Losses that are known before the search closes in. */
const FIRST_LOSSES = 20;

/** @param losses none of them missing; in the order of the log */
export function fitTransform(losses: readonly number[]): Transform {
  const sorted = inOrder(losses);
  const spread = Math.max(lowerSpread(sorted), lowerSpread(inOrder(losses.slice(0, FIRST_LOSSES))));
  const centre = quantile(sorted, 0.5);
  const scale = spread > Number.MIN_VALUE / Number.EPSILON ? spread : 1;
  const z = sorted.map((loss) => standing(loss, centre, scale));
  const power = bestPower(z);
  const moments = momentsOf(z.map((value) => yeoJohnson(value, power)));
  return { centre, scale, power, mean: moments.mean, deviation: moments.deviation > 1e-9 ? moments.deviation : 1 };
}

function inOrder(losses: readonly number[]): number[] {
  return losses.map(bounded).sort((a, b) => a - b);
}

function lowerSpread(sorted: readonly number[]): number {
  return quantile(sorted, 0.5) - quantile(sorted, 0.1);
}

function quantile(sorted: readonly number[], share: number): number {
  return sorted[Math.round(share * (sorted.length - 1))] ?? 0;
}

/** One output for each loss; null: no loss, taken as the worst of the others. */
export function transformed(losses: readonly (number | null)[], transform: Transform): Float64Array {
  const { centre, scale, power, mean, deviation } = transform;
  const outputs = Float64Array.from(losses, (loss) => {
    if (loss === null) return NaN;
    return (yeoJohnson(standing(bounded(loss), centre, scale), power) - mean) / deviation;
  });
  const worst = outputs.reduce((most, output) => (output > most ? output : most), -Infinity);
  return outputs.map((output) => (Number.isNaN(output) ? (Number.isFinite(worst) ? worst : 0) : output));
}

/** Golden section on the profile likelihood of the power, which has one maximum. */
function bestPower(z: readonly number[]): number {
  const golden = (Math.sqrt(5) - 1) / 2;
  let [low, high] = [MIN_POWER, MAX_POWER];
  for (let step = 0; step < POWER_STEPS; step++) {
    const left = high - golden * (high - low);
    const right = low + golden * (high - low);
    if (normality(z, left) >= normality(z, right)) high = right;
    else low = left;
  }
  return (low + high) / 2;
}

/** Log-likelihood of a normal distribution of the transformed values, mean and variance at their best, with the Jacobian. */
function normality(z: readonly number[], power: number): number {
  const { deviation } = momentsOf(z.map((value) => yeoJohnson(value, power)));
  const jacobian = z.reduce((sum, value) => sum + Math.sign(value) * Math.log1p(Math.abs(value)), 0);
  return -z.length * Math.log(Math.max(deviation, 1e-9)) + (power - 1) * jacobian;
}

function yeoJohnson(z: number, power: number): number {
  return z >= 0 ? boxCox(z, power) : -boxCox(-z, 2 - power);
}

/** ((1 + a)^λ - 1) / λ for a ≥ 0 */
function boxCox(a: number, power: number): number {
  return Math.abs(power) < 1e-9 ? Math.log1p(a) : Math.expm1(power * Math.log1p(a)) / power;
}

function standing(loss: number, centre: number, scale: number): number {
  return Math.min(MOST_Z, Math.max(LEAST_Z, (loss - centre) / scale));
}

export function momentsOf(values: readonly number[]): { mean: number; deviation: number } {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
  return { mean, deviation: Math.sqrt(variance) };
}

function bounded(loss: number): number {
  return Math.min(MOST_LOSS, Math.max(-MOST_LOSS, loss));
}

/**
 * Student's t distribution: tail probabilities and quantiles.
 *
 *     P(|T| > t) = I_x(df/2, 1/2),  x = df / (df + t²)                    Abramowitz & Stegun 1964, 26.7.1
 *
 * I_x(a, b), the regularised incomplete beta function, is the continued fraction DLMF 8.17.22 evaluated by Lentz's method (Press et al.
 * 2007, "Numerical Recipes", 6.4); ln Γ is Lanczos' approximation with the coefficients of Godfrey 2001 (g = 7, n = 9), relative error
 * below 1e-14.
 */

const lanczos = [
  0.99999999999980993, 676.5203681218851, -1259.1392167224028, 771.32342877765313, -176.61502916214059, 12.507343278686905,
  -0.13857109526572012, 9.9843695780195716e-6, 1.5056327351493116e-7,
];

/** ln Γ(x) for x ≥ 1/2. */
export function logGamma(x: number): number {
  const shifted = x - 1;
  const base = shifted + 7.5;
  const sum = lanczos.reduce((total, coefficient, at) => total + (at === 0 ? coefficient : coefficient / (shifted + at)), 0);
  return 0.5 * Math.log(2 * Math.PI) + (shifted + 0.5) * Math.log(base) - base + Math.log(sum);
}

/** P(|T| > |t|) with `df` > 0 degrees of freedom. */
export function twoSidedTail(t: number, df: number): number {
  if (!Number.isFinite(t)) return 0;
  const square = t * t;
  // Near the middle the other tail has all its digits.
  if (square < 1) return 1 - incompleteBeta(square / (df + square), 0.5, df / 2);
  return incompleteBeta(df / (df + square), df / 2, 0.5);
}

/** The t ≥ 0 with P(|T| ≤ t) = `confidence`, 0 < confidence < 1, by bisection to the last bit. */
export function twoSidedQuantile(confidence: number, df: number): number {
  const tail = 1 - confidence;
  let high = 1;
  while (twoSidedTail(high, df) > tail) high *= 2;
  let low = 0;
  for (let middle = high / 2; middle > low && middle < high; middle = low + (high - low) / 2) {
    if (twoSidedTail(middle, df) > tail) low = middle;
    else high = middle;
  }
  return high;
}

function incompleteBeta(x: number, a: number, b: number): number {
  if (x <= 0) return 0;
  if (x >= 1) return 1;
  const front = Math.exp(logGamma(a + b) - logGamma(a) - logGamma(b) + a * Math.log(x) + b * Math.log1p(-x));
  // The fraction converges fast below the mean of the distribution; above it the other tail is computed.
  return x < (a + 1) / (a + b + 2) ? (front * betaFraction(x, a, b)) / a : 1 - (front * betaFraction(1 - x, b, a)) / b;
}

const tiny = 1e-300;
/** Terms grow with the square root of the parameters; a thousand are enough for a million degrees of freedom. */
const maxTerms = 1000;

function betaFraction(x: number, a: number, b: number): number {
  let c = 1;
  let d = 1 / awayFromZero(1 - ((a + b) * x) / (a + 1));
  let fraction = d;
  for (let m = 1; m <= maxTerms; m++) {
    const even = (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m));
    d = 1 / awayFromZero(1 + even * d);
    c = awayFromZero(1 + even / c);
    fraction *= d * c;
    const odd = (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1));
    d = 1 / awayFromZero(1 + odd * d);
    c = awayFromZero(1 + odd / c);
    fraction *= d * c;
    if (Math.abs(d * c - 1) < Number.EPSILON) break;
  }
  return fraction;
}

function awayFromZero(value: number): number {
  return Math.abs(value) < tiny ? tiny : value;
}

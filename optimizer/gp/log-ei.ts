/**
 * Logarithm of expected improvement and its derivatives, exact to rounding however hopeless the point (Ament et al. 2023,
 * "Unexpected improvements to expected improvement", section 4.1): EI itself is 0 in floating point a few dozen standard
 * deviations above the incumbent, and flat there.
 *
 * | name | meaning                                                     |
 * |------|-------------------------------------------------------------|
 * | u    | (incumbent - mean) / standard deviation                     |
 * | φ, Φ | density and distribution function of the standard normal    |
 * | h(u) | φ(u) + u Φ(u); EI = standard deviation · h(u)               |
 * | t    | -u, positive below                                          |
 * | R(t) | Φ(-t) / φ(t), Mills' ratio                                  |
 */

export interface LogImprovement {
  /** log h(u) */
  readonly value: number;
  /** Φ(u) / h(u), the derivative of log h */
  readonly slope: number;
  /** φ(u) / h(u) */
  readonly density: number;
}

const LOG_ROOT_TWO_PI = 0.5 * Math.log(2 * Math.PI);
/**
 * Where the continued fraction takes over. Above, φ + uΦ is taken as it stands: at u = -2 it is a sixth of its larger term, so
 * the subtraction costs three bits. Below, no two terms of opposite sign meet.
 */
const TAIL = 2;
/** Enough at t = 2 for all 53 bits; fewer are needed further out. */
const FRACTION_TERMS = 90;

export function logImprovement(u: number): LogImprovement {
  const logDensity = -0.5 * u * u - LOG_ROOT_TWO_PI;
  if (u < -TAIL) {
    const t = -u;
    const rest = fraction(t);
    // R = 1 / (t + C), so h / φ = 1 - t R = C R.
    const mills = 1 / (t + rest);
    const overDensity = rest * mills;
    return { value: logDensity + Math.log(overDensity), slope: 1 / rest, density: 1 / overDensity };
  }
  const density = Math.exp(logDensity);
  const distribution = u > TAIL ? 1 - density / (u + fraction(u)) : 0.5 + density * series(u);
  const improvement = density + u * distribution;
  return { value: Math.log(improvement), slope: distribution / improvement, density: density / improvement };
}

/** log Φ(u) and its derivative φ(u) / Φ(u), by what is known of h. */
export function logProbability(u: number): { readonly value: number; readonly slope: number } {
  const { value, slope, density } = logImprovement(u);
  return { value: value + Math.log(slope), slope: density / slope };
}

/** C = 1/(t + 2/(t + 3/(t + …))), Laplace's continued fraction without its first denominator. */
function fraction(t: number): number {
  let rest = 0;
  for (let term = FRACTION_TERMS; term >= 1; term--) rest = term / (t + rest);
  return rest;
}

/** (Φ(u) - ½) / φ(u) = u + u³/3 + u⁵/(3·5) + …, for |u| ≤ TAIL */
function series(u: number): number {
  let term = u;
  let sum = u;
  for (let odd = 3; Math.abs(term) > Number.EPSILON * Math.abs(sum); odd += 2) {
    term *= (u * u) / odd;
    sum += term;
  }
  return sum;
}

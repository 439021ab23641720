import { describe, expect, it } from 'vitest';
import { logImprovement, logProbability } from '../../../optimizer/gp/log-ei.ts';

/** log(φ(u) + uΦ(u)), worked out with 80 decimal digits. */
const references = [
  [5, 1.6094379231264313],
  [1, 0.08002621884930694],
  [0, -0.91893853320467278],
  [-0.5, -1.6205162643873199],
  [-1.9, -4.5049311616216672],
  [-2.1, -5.0408399775039721],
  [-5, -16.744301162660989],
  [-20, -206.91783850942511],
  [-300, -45012.326536814551],
] as const;

describe('the logarithm of expected improvement', () => {
  it.each(references)('at u = %f is %f, to 13 digits', (u, reference) => {
    expect(Math.abs(logImprovement(u).value - reference)).toBeLessThan(1e-13 * Math.max(1, Math.abs(reference)));
  });

  it('is finite and rises with u from hopeless to certain', () => {
    const values = [-1e8, -1e4, -300, -38, -2.0001, -1.9999, 0, 2, 40].map((u) => logImprovement(u).value);
    expect(values.every(Number.isFinite)).toBe(true);
    expect(values).toEqual([...values].sort((a, b) => a - b));
  });

  it.each([-1000, -50, -3, -2, -1, 0, 1, 2, 6])('has the slope at %f that differences show', (u) => {
    // Central differences err by about h² and by rounding of the value over h.
    const h = 1e-4;
    const { value, slope } = logImprovement(u);
    const difference = (logImprovement(u + h).value - logImprovement(u - h).value) / (2 * h);
    expect(Math.abs(slope - difference)).toBeLessThan(1e-7 * Math.max(1, Math.abs(slope)) + (1e-15 * Math.abs(value)) / h);
  });

  it.each([-40, -2, 0, 3])('has a density and a slope at %f that make up h: φ + uΦ', (u) => {
    const { slope, density } = logImprovement(u);
    // Both over h, so they sum to 1; for low u the two are large and of opposite sign.
    expect(Math.abs(density + u * slope - 1)).toBeLessThan(1e-13 * Math.max(1, density));
  });
});

describe('the logarithm of a probability', () => {
  // log Φ(u), worked out with 80 decimal digits, and φ(u) / Φ(u).
  it.each([
    [3, -0.001350809964748194],
    [0, -0.6931471805599453],
    [-2.5, -5.08164827727869],
    [-10, -53.23128515051247],
    [-300, -45006.62273211866],
  ])('at u = %f is %f', (u, reference) => {
    const h = 1e-4;
    const { value, slope } = logProbability(u);
    expect(Math.abs(value - reference)).toBeLessThan(1e-12 * Math.max(1, Math.abs(reference)));
    const difference = (logProbability(u + h).value - logProbability(u - h).value) / (2 * h);
    expect(Math.abs(slope - difference)).toBeLessThan(1e-6 * Math.max(1, slope));
  });
});

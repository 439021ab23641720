import { describe, expect, it } from 'vitest';
import { minimise, type Objective } from '../../../optimizer/gp/lbfgs.ts';

const rosenbrock: Objective = ([x = 0, y = 0], gradient) => {
  gradient[0] = -400 * x * (y - x * x) - 2 * (1 - x);
  gradient[1] = 200 * (y - x * x);
  return 100 * (y - x * x) ** 2 + (1 - x) ** 2;
};

describe('L-BFGS in a box', () => {
  it('finds a minimum inside', () => {
    const { x, value } = minimise(rosenbrock, Float64Array.from([-1.2, 1]), { lower: [-2, -2], upper: [2, 2] }, 100, 1e-14);
    expect(value).toBeLessThan(1e-10);
    expect(x[0]).toBeCloseTo(1, 4);
  });

  it('finds a minimum on the boundary and never leaves the box', () => {
    const seen: number[] = [];
    const watched: Objective = (x, gradient) => {
      seen.push(...x);
      return rosenbrock(x, gradient);
    };
    const { x } = minimise(watched, Float64Array.from([-1, 0]), { lower: [-2, -2], upper: [0.5, 2] }, 100, 1e-14);
    // With x held at 0.5, y is best at 0.25.
    expect([...x]).toEqual([0.5, expect.closeTo(0.25, 6)]);
    expect(Math.max(...seen.filter((_, i) => i % 2 === 0))).toBeLessThanOrEqual(0.5);
  });

  it('steps back from where the function has no value', () => {
    const objective: Objective = ([x = 0], gradient) => {
      gradient[0] = 1 - 1 / x;
      return x - Math.log(x);
    };
    const { x } = minimise(objective, Float64Array.from([0.01]), { lower: [-1], upper: [9] }, 100, 1e-14);
    expect(x[0]).toBeCloseTo(1, 5);
  });
});

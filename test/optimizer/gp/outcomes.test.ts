import { describe, expect, it } from 'vitest';
import { randomStream } from '../../../core/random.ts';
import { fitTransform, transformed } from '../../../optimizer/gp/outcomes.ts';

const random = randomStream(4, 'losses');
const explored = Array.from({ length: 20 }, () => 10 + 5 * random.normal());

describe('the transform of losses', () => {
  it('keeps their order, and lets outputs be about standard normal', () => {
    const losses = [...explored, ...explored.map((loss) => Math.exp(loss / 4))];
    const outputs = transformed(losses, fitTransform(losses));
    const byLoss = [...losses.keys()].sort((a, b) => (losses[a] ?? 0) - (losses[b] ?? 0)).map((i) => outputs[i] ?? NaN);
    expect(byLoss).toEqual([...byLoss].sort((a, b) => a - b));
    const mean = outputs.reduce((sum, output) => sum + output, 0) / outputs.length;
    const variance = outputs.reduce((sum, output) => sum + (output - mean) ** 2, 0) / outputs.length;
    expect(mean).toBeCloseTo(0, 9);
    expect(variance).toBeCloseTo(1, 9);
  });

  it('counts trials without a loss as the worst there was', () => {
    const outputs = transformed([1, null, 3, 2], fitTransform([1, 3, 2]));
    expect(outputs[1]).toBe(outputs[2]);
  });

  it('sees differences between good losses however large a few bad ones are', () => {
    const losses = [...explored, ...Array.from({ length: 5 }, (_, i) => 1e9 * (i + 1))];
    const outputs = transformed(losses, fitTransform(losses));
    const good = [...outputs].slice(0, explored.length);
    expect(Math.max(...good) - Math.min(...good)).toBeGreaterThan(1);
  });

  it('still tells explored losses apart once most trials crowd around the best', () => {
    const crowd = Array.from({ length: 80 }, (_, i) => 1e-6 * i);
    const losses = [...explored, ...crowd];
    const outputs = [...transformed(losses, fitTransform(losses))].slice(0, explored.length);
    expect(new Set(outputs).size).toBe(explored.length);
    expect(Math.max(...outputs) - Math.min(...outputs)).toBeGreaterThan(0.5);
  });

  it('has finite outputs for losses of every size, and for equal ones', () => {
    for (const losses of [[7, 7, 7], [1e308, -1e308, 0], [1e-320, 0], [null, null], []]) {
      const measured = losses.flatMap((loss) => loss ?? []);
      expect([...transformed(losses, fitTransform(measured))].every(Number.isFinite)).toBe(true);
    }
  });
});

/**
 * The public objectives of the quality benchmark, all minimised: spaces, formulae and optima as in the peers' `objectives.py`,
 * so that regrets compare. `virtualDuration` gives each evaluation a length, for asynchronous search in virtual time.
 */
import { createHash } from 'node:crypto';
import type { FloatParameter, Params, SearchSpace } from '../core/space.ts';

export interface Objective {
  readonly name: string;
  readonly space: SearchSpace;
  readonly optimum: number;
  readonly loss: (params: Params) => number;
}

const { cos, exp, log10, log1p, max, PI, sin, sqrt } = Math;

function float(min: number, max: number, when?: FloatParameter['when']): FloatParameter {
  return { type: 'float', min, max, ...(when === undefined ? {} : { when }) };
}

function logFloat(min: number, max: number): FloatParameter {
  return { type: 'float', min, max, scale: 'log' };
}

/** `x0`, `x1`, … with the same bounds. */
function cube(dimensions: number, min: number, max: number): SearchSpace {
  return Object.fromEntries(Array.from({ length: dimensions }, (_, index) => [`x${index}`, float(min, max)]));
}

function coordinates(params: Params, dimensions: number): number[] {
  return Array.from({ length: dimensions }, (_, index) => Number(params[`x${index}`]));
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function branin(x: number, y: number): number {
  return (y - (5.1 / (4 * PI ** 2)) * x * x + (5 / PI) * x - 6) ** 2 + 10 * (1 - 1 / (8 * PI)) * cos(x) + 10;
}

const hartmannWeights = [1, 1.2, 3, 3.2];
const hartmannScales = [
  [10, 3, 17, 3.5, 1.7, 8],
  [0.05, 10, 17, 0.1, 8, 14],
  [3, 3.5, 1.7, 10, 17, 8],
  [17, 8, 0.05, 10, 0.1, 14],
];
const hartmannCentres = [
  [1312, 1696, 5569, 124, 8283, 5886],
  [2329, 4135, 8307, 3736, 1004, 9991],
  [2348, 1451, 3522, 2883, 3047, 6650],
  [4047, 8828, 8732, 5743, 1091, 381],
];

function hartmann6(x: readonly number[]): number {
  return -hartmannWeights.reduce((sum, weight, row) => {
    const distance = x.reduce((total, value, column) => {
      const centre = 1e-4 * (hartmannCentres[row]?.[column] ?? NaN);
      return total + (hartmannScales[row]?.[column] ?? NaN) * (value - centre) ** 2;
    }, 0);
    return sum + weight * exp(-distance);
  }, 0);
}

/** Keeps a first design that begins in the centre from hitting Ackley's optimum by accident. */
const ackleyShift = [7.3, -11.9, 3.1, 15.2, -4.4, -18.7, 9.6, 1.3, -13.5, 12.1];

function ackley(x: readonly number[]): number {
  const shifted = x.map((value, index) => value - (ackleyShift[index] ?? NaN));
  const radius = sqrt(mean(shifted.map((value) => value ** 2)));
  return -20 * exp(-0.2 * radius) - exp(mean(shifted.map((value) => cos(2 * PI * value)))) + 20 + Math.E;
}

const networkOptima: Readonly<Record<string, { base: number; centre: number }>> = {
  sgd: { base: 0.02, centre: -1 },
  adam: { base: 0, centre: -3 },
  rmsprop: { base: 0.01, centre: -3.5 },
};

/** Looks like tuning a network: two log parameters that interact, an integer, and a choice that moves the optimum. */
function lognet(params: Params): number {
  const { base, centre } = networkOptima[String(params.optimizer)] ?? { base: NaN, centre: NaN };
  const u = log10(Number(params.learningRate)) - centre;
  const v = log10(Number(params.weightDecay)) + 4;
  return base + 0.08 * u * u + 0.02 * v * v + 0.005 * (Number(params.layers) - 4) ** 2 + 0.02 * u * v;
}

/** Conditional: each solver has parameters of its own; only Branin's branch holds the optimum. */
function condtree({ solver, bx, by, cx, cy, fz }: Params): number {
  if (solver === 'branin') return branin(Number(bx), Number(by));
  if (solver === 'camel') {
    const [x, y] = [Number(cx), Number(cy)];
    return (4 - 2.1 * x * x + x ** 4 / 3) * x * x + x * y + (4 * y * y - 4) * y * y + 1.5;
  }
  const z = Number(fz);
  return (6 * z - 2) ** 2 * sin(12 * z - 4) + 6.6;
}

/** A learning curve over epochs 1..81: divergence at high rates, overfitting, ranks that change with the epoch. */
export function learningCurve(params: Params, epoch: number): number {
  const [rate, width, decay] = [log10(Number(params.learningRate)), Number(params.width), Number(params.decay)];
  const power = 0.25 + 0.5 / (1 + exp(-2 * (rate + 3)));
  const floor = 0.08 + 0.05 * (rate + 2.5) ** 2 + 0.12 * (width - 0.7) ** 2 + 0.1 * (decay - 0.35) ** 2;
  const learning = 0.6 * (0.9 + 0.5 * decay - 0.3 * width) * epoch ** -power;
  const divergence = 0.6 * max(0, rate + 0.6) * log1p(epoch);
  const overfitting = 0.0015 * epoch * max(0, width - 0.8) * max(0, 0.3 - decay);
  return floor + learning + divergence + overfitting;
}

export const objectives: readonly Objective[] = [
  {
    name: 'branin',
    space: { x1: float(-5, 10), x2: float(0, 15) },
    optimum: 0.39788736,
    loss: ({ x1, x2 }) => branin(Number(x1), Number(x2)),
  },
  { name: 'hartmann6', space: cube(6, 0, 1), optimum: -3.32236801, loss: (params) => hartmann6(coordinates(params, 6)) },
  { name: 'ackley10', space: cube(10, -32.768, 32.768), optimum: 0, loss: (params) => ackley(coordinates(params, 10)) },
  {
    name: 'lognet',
    space: {
      optimizer: { type: 'categorical', choices: ['sgd', 'adam', 'rmsprop'] },
      learningRate: logFloat(1e-6, 1),
      weightDecay: logFloat(1e-8, 1e-1),
      layers: { type: 'int', min: 1, max: 10 },
    },
    optimum: 0,
    loss: lognet,
  },
  {
    name: 'condtree',
    space: {
      solver: { type: 'categorical', choices: ['branin', 'camel', 'forrester'] },
      bx: float(-5, 10, { solver: 'branin' }),
      by: float(0, 15, { solver: 'branin' }),
      cx: float(-3, 3, { solver: 'camel' }),
      cy: float(-2, 2, { solver: 'camel' }),
      fz: float(0, 1, { solver: 'forrester' }),
    },
    optimum: 0.39788736,
    loss: condtree,
  },
  {
    name: 'lc81',
    space: { learningRate: logFloat(1e-5, 1), width: float(0, 1), decay: float(0, 1) },
    optimum: 0.11072865,
    loss: (params) => learningCurve(params, 81),
  },
];

/** Virtual seconds of trial `number` (0, 1, …): log-normal with sigma 0.6, from the first two 6-byte words of SHA-256("seed:number"). */
export function virtualDuration(number: number, seed: number): number {
  const digest = createHash('sha256').update(`${seed}:${number}`).digest();
  const u1 = digest.readUIntBE(0, 6) / 2 ** 48;
  const u2 = digest.readUIntBE(6, 6) / 2 ** 48;
  return exp(0.6 * sqrt(-2 * Math.log(max(u1, 1e-300))) * cos(2 * PI * u2));
}

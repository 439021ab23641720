/** Stretches brushed on parallel axes, as the filter that the table of trials understands. */
import { isRecord } from '../../core/schema-words.ts';
import type { Axis } from '../data/plot-queries.ts';

export interface Brush {
  /** Place of the axis; the one behind the last parameter is the metric's. */
  readonly dim: number;
  readonly intervals: readonly (readonly [number, number])[];
}

export function axisId(dim: number): string {
  return `axis-${dim}`;
}

/** The brushes after one axis was brushed anew, as ECharts tells it. */
export function rebrushed(brushes: readonly Brush[], event: unknown): readonly Brush[] {
  if (!isRecord(event) || typeof event.parallelAxisId !== 'string' || !Array.isArray(event.intervals)) return brushes;
  const dim = Number(event.parallelAxisId.slice(axisId(0).length - 1));
  const intervals = event.intervals.flatMap((interval: unknown): [number, number][] =>
    Array.isArray(interval) ? [[Number(interval[0]), Number(interval[1])]] : [],
  );
  const others = brushes.filter((brush) => brush.dim !== dim);
  return intervals.length === 0 ? others : [...others, { dim, intervals }];
}

/** Of several stretches on one axis the hull: a filter knows "and" alone. */
export function brushedFilter(axes: readonly Axis[], brushes: readonly Brush[]): string {
  return brushes
    .flatMap(({ dim, intervals }) => {
      const low = Math.min(...intervals.map(([from]) => from));
      const high = Math.max(...intervals.map(([, to]) => to));
      if (dim === axes.length) return [`value>=${rounded(low)}`, `value<=${rounded(high)}`];
      const axis = axes[dim];
      return axis === undefined ? [] : conditions(axis, low, high);
    })
    .join(' ');
}

function conditions({ name, choices, min, max }: Axis, low: number, high: number): string[] {
  const [from, to] =
    choices === null
      ? [rounded(Math.max(min, low)), rounded(Math.min(max, high))]
      : [Math.ceil(low), Math.floor(high)].map((at) => choices[at]);
  if (from === undefined || to === undefined) return [];
  return from === to ? [`${name}=${quoted(from)}`] : [`${name}>=${quoted(from)}`, `${name}<=${quoted(to)}`];
}

function rounded(value: number): number {
  return Number(value.toPrecision(4));
}

function quoted(value: string | number | boolean): string {
  const text = String(value);
  return /[\s,]/.test(text) ? `"${text}"` : text;
}

/** Completed trials and their params: parallel coordinates, and one slice for each parameter. */
import type { Axis, Points } from '../../data/plot-queries.ts';
import { counted, shown } from '../../parts/words.ts';
import type { PlotOption } from '../echarts.ts';
import { colourBar, frame, parameterAxis, parameterValue, upright, type Scale } from '../frame.ts';
import type { Palette } from '../palette.ts';
import { axisId } from '../brush.ts';
import { onPoint, tip } from '../tip.ts';

type Direction = 'minimize' | 'maximize';

export function parallelOption(metric: string, direction: Direction) {
  return (points: Points, palette: Palette): PlotOption => {
    const { axes, value, columns, number } = points;
    // Lines run behind them.
    const label = {
      color: palette.ink,
      backgroundColor: palette.surface,
      padding: [1, 3],
      borderRadius: 3,
      formatter: (at: number | string) => (typeof at === 'number' ? shown(at) : at),
    };
    const style = { nameTextStyle: { color: palette.ink }, axisLabel: label, axisLine: { lineStyle: { color: palette.soft } } };
    const dimensions = axes.map((axis, dim) => ({ ...style, dim, id: axisId(dim), ...parallelAxis(axis) }));
    // The best come first in the answer, and are drawn over the others.
    const lines = number.map((_, at) => [...columns.map((column) => column[at] ?? NaN), value[at] ?? NaN]).reverse();
    return {
      ...frame(palette),
      legend: { show: false },
      parallel: { left: 48, right: 56, top: 64, bottom: 24 },
      parallelAxis: [...dimensions, { ...style, dim: axes.length, id: axisId(axes.length), name: metric, type: 'value', scale: true }],
      visualMap: colourBar(palette, metric, extent(value, direction), { dimension: axes.length }),
      tooltip: { show: false },
      series: [
        {
          type: 'parallel',
          lineStyle: { width: 1.25, opacity: lines.length > 500 ? 0.25 : 0.55 },
          inactiveOpacity: 0.03,
          activeOpacity: 0.8,
          progressive: 500,
          data: lines,
        },
      ],
    };
  };
}

function parallelAxis({ name, type, scale, min, max, choices }: Axis) {
  if (choices !== null) return { name, type: 'category' as const, data: choices.map(String) };
  return { name, type: scale === 'log' ? ('log' as const) : ('value' as const), min, max, minInterval: type === 'int' ? 1 : 0 };
}

/** The values of trials over one parameter; the later the trial, the darker. */
export function sliceOption(at: number, metric: string, scale: Scale) {
  return ({ axes, number, value, columns }: Points, palette: Palette): PlotOption => {
    const axis = axes[at];
    if (axis === undefined) return {};
    const data = number.flatMap((trial, row) => {
      const place = columns[at]?.[row] ?? null;
      return place === null ? [] : [[place, value[row] ?? NaN, trial]];
    });
    return {
      ...frame(palette),
      legend: { show: false },
      grid: { ...frame(palette).grid, top: 32 },
      xAxis: parameterAxis(palette, axis),
      yAxis: upright(palette, metric, scale),
      visualMap: colourBar(palette, 'trial', [0, Math.max(1, ...number)], { dimension: 2 }),
      tooltip: {
        ...frame(palette).tooltip,
        formatter: onPoint(({ value: [place, reached, trial] }) =>
          tip(`Trial ${String(trial)}`, [
            [axis.name, parameterValue(axis, Number(place))],
            [metric, shown(Number(reached))],
          ]),
        ),
      },
      series: [{ type: 'scatter', symbolSize: data.length > 500 ? 4 : 7, itemStyle: { opacity: 0.75 }, data }],
    };
  };
}

export function pointsNote({ trials, number }: Points): string {
  return number.length < trials
    ? `${counted(number.length)} of ${counted(trials)} completed trials, the best among them.`
    : `${counted(trials)} completed trials.`;
}

export function lackOfTrials({ trials }: { readonly trials: number }): string | undefined {
  return trials === 0 ? 'No trial has completed yet.' : undefined;
}

/** [worst, best] */
function extent(values: readonly number[], direction: Direction): readonly [number, number] {
  let [low, high] = [Infinity, -Infinity];
  for (const value of values) [low, high] = [Math.min(low, value), Math.max(high, value)];
  return direction === 'minimize' ? [high, low] : [low, high];
}

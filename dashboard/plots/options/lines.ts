/** Steps of several experiments in one plot: the best so far, and the distribution of their values. */
import type { Distribution, History } from '../../data/plot-queries.ts';
import { counted } from '../../parts/words.ts';
import type { PlotOption } from '../echarts.ts';
import { frame, numbers, stairs, upright, type Scale } from '../frame.ts';
import type { Palette } from '../palette.ts';

export interface Named<Data> {
  readonly name: string;
  readonly data: Data;
}

/** Told apart by more than colour. */
const dashes = ['solid', 'dashed', 'dotted'] as const;

function line(palette: Palette, at: number, name: string, points: readonly (readonly [number, number])[]) {
  const colour = palette.series[at % palette.series.length] ?? palette.ink;
  const dash = dashes[Math.floor(at / palette.series.length) % dashes.length] ?? 'solid';
  const lineStyle = { color: colour, width: 2, type: dash };
  return { type: 'line' as const, name, symbol: 'none', lineStyle, itemStyle: { color: colour }, data: stairs(points) };
}

export function bestLinesOption(metric: string, scale: Scale) {
  return (all: readonly Named<History>[], palette: Palette): PlotOption => ({
    ...frame(palette),
    xAxis: { ...numbers(palette, 'trial'), scale: false, minInterval: 1 },
    yAxis: upright(palette, metric, scale),
    tooltip: { ...frame(palette).tooltip, trigger: 'axis', renderMode: 'richText' },
    series: all.map(({ name, data: { best, trials } }, at) => {
      const last = best.value.at(-1);
      const steps = best.number.map((number, place): [number, number] => [number, best.value[place] ?? NaN]);
      return line(palette, at, name, last === undefined ? steps : [...steps, [trials - 1, last]]);
    }),
  });
}

export function distributionsOption(metric: string, scale: Scale) {
  return (all: readonly Named<Distribution>[], palette: Palette): PlotOption => ({
    ...frame(palette),
    xAxis: numbers(palette, metric, scale),
    yAxis: { ...upright(palette, 'share of trials'), min: 0, max: 1 },
    tooltip: { ...frame(palette).tooltip, trigger: 'axis', renderMode: 'richText' },
    series: all.map(({ name, data: { value, share } }, at) =>
      line(
        palette,
        at,
        name,
        value.map((reached, place): [number, number] => [reached, share[place] ?? NaN]),
      ),
    ),
  });
}

export function linesNote(all: readonly Named<{ readonly trials: number }>[]): string {
  return all.map(({ name, data }) => `${name}: ${counted(data.trials)} trials`).join('; ');
}

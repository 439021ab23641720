/** Learning curves: the darker, the better; those that were stopped are dashed. */
import type { Curves } from '../../data/plot-queries.ts';
import { counted, shown } from '../../parts/words.ts';
import type { PlotOption } from '../echarts.ts';
import { frame, numbers, upright, type Scale } from '../frame.ts';
import type { Palette } from '../palette.ts';
import { onPoint, tip } from '../tip.ts';

export function curvesOption(metric: string, scale: Scale) {
  return ({ curves }: Curves, palette: Palette): PlotOption => ({
    ...frame(palette),
    legend: { show: false },
    grid: { ...frame(palette).grid, top: 12 },
    xAxis: { ...numbers(palette, 'step'), minInterval: 1, max: 'dataMax' },
    yAxis: upright(palette, metric, scale),
    dataZoom: [{ type: 'inside', zoomOnMouseWheel: 'ctrl', moveOnMouseMove: true }],
    tooltip: {
      ...frame(palette).tooltip,
      trigger: 'item',
      formatter: onPoint(({ seriesName, value }) =>
        tip(seriesName, [
          ['step', String(value[0])],
          [metric, shown(Number(value[1]))],
        ]),
      ),
    },
    // The best is drawn last, over the others.
    series: curves
      .map((curve, rank) => ({ curve, rank }))
      .reverse()
      .map(({ curve, rank }) => ({
        type: 'line' as const,
        name: `Trial ${curve.number}, ${curve.state}`,
        symbol: 'circle',
        symbolSize: curve.step.length === 1 ? 6 : 4,
        showSymbol: curve.step.length === 1,
        triggerEvent: 'line',
        emphasis: { lineStyle: { width: 3 } },
        itemStyle: { color: shade(palette, rank, curves.length) },
        lineStyle: {
          color: shade(palette, rank, curves.length),
          width: rank === 0 ? 3 : 1.25,
          type: curve.state === 'stopped' ? ('dashed' as const) : ('solid' as const),
        },
        data: curve.step.map((step, at) => [step, curve.at[at] ?? NaN]),
      })),
  });
}

export function curvesNote({ trials, curves }: Curves): string {
  return `${counted(curves.length)} of ${counted(trials)} trials with a value, the best and others evenly by rank. The stronger the colour the better; dashed ones were stopped early.`;
}

function shade({ curves }: Palette, rank: number, count: number): string {
  const place = count < 2 ? 0 : rank / (count - 1);
  return curves[Math.min(curves.length - 1, Math.floor(place * curves.length))] ?? '';
}

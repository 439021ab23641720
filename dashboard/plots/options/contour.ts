/** What is expected of two parameters, cell by cell. */
import type { Contour } from '../../data/plot-queries.ts';
import { counted, shown } from '../../parts/words.ts';
import type { PlotOption } from '../echarts.ts';
import { categories, colourBar, frame, parameterValue } from '../frame.ts';
import type { Palette } from '../palette.ts';
import { onPoint, tip } from '../tip.ts';

export function contourOption(metric: string, direction: 'minimize' | 'maximize') {
  return ({ x, y, value }: Contour, palette: Palette): PlotOption => {
    const cells = value.flatMap((row, j) => row.map((expected, i) => [i, j, expected]));
    const all = value.flat();
    const [low, high] = [Math.min(...all), Math.max(...all)];
    const [across, up] = [x, y].map(({ axis, at }) => at.map((middle) => parameterValue(axis, middle)));
    return {
      ...frame(palette),
      legend: { show: false },
      xAxis: { ...categories(palette, x.axis.name, across ?? []), splitLine: { show: false } },
      yAxis: { ...categories(palette, y.axis.name, up ?? []), nameGap: 64, splitLine: { show: false } },
      visualMap: colourBar(palette, metric, direction === 'minimize' ? [high, low] : [low, high], {}),
      tooltip: {
        ...frame(palette).tooltip,
        formatter: onPoint(({ value: [i, j, expected] }) =>
          tip(`${metric} ${shown(Number(expected))}`, [
            [x.axis.name, across?.[Number(i)] ?? ''],
            [y.axis.name, up?.[Number(j)] ?? ''],
          ]),
        ),
      },
      series: [{ type: 'heatmap', data: cells }],
    };
  };
}

export function lackOfContour({ trials, value }: Contour): string | undefined {
  if (trials === 0) return 'No trial has completed yet.';
  return new Set(value.flat()).size < 2 ? 'Too few trials have completed to tell.' : undefined;
}

export function contourNote({ trials, sample }: Contour): string {
  return `What a random forest expects, whatever the other parameters are; learned from ${counted(sample)} of ${counted(trials)} completed trials.`;
}

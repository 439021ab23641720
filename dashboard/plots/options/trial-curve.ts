/** The reports of one trial, one line for each attempt: a later one may have gone over steps of the one before. */
import type { components } from '../../../client/index.ts';
import { several } from '../../parts/words.ts';
import type { PlotOption } from '../echarts.ts';
import { frame, numbers, upright, type Scale } from '../frame.ts';
import type { Palette } from '../palette.ts';

type Reports = components['schemas']['CurvePoint'][];
export interface Curve {
  readonly items: Reports;
}

export function trialCurveOption(metric: string, scale: Scale) {
  return ({ items }: Curve, palette: Palette): PlotOption => {
    const attempts = [...new Set(items.map(({ attempt }) => attempt))];
    return {
      ...frame(palette),
      legend: { ...frame(palette).legend, show: attempts.length > 1 },
      grid: { ...frame(palette).grid, top: attempts.length > 1 ? 40 : 16 },
      xAxis: { ...numbers(palette, 'step'), minInterval: 1 },
      yAxis: upright(palette, metric, scale),
      tooltip: { ...frame(palette).tooltip, trigger: 'axis', renderMode: 'richText' },
      series: attempts.map((attempt, at) => ({
        type: 'line' as const,
        name: attempts.length > 1 ? `attempt ${attempt}` : metric,
        symbolSize: 5,
        itemStyle: { color: palette.series[at % palette.series.length] ?? palette.accent },
        data: items.filter((report) => report.attempt === attempt).map(({ step, value }) => [step, value]),
      })),
    };
  };
}

export function trialCurveNote({ items }: Curve): string {
  return `${several(items.length, 'report')} drawn.`;
}

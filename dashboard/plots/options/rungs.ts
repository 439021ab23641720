/** What became of the trials that reached each rung. */
import type { Rungs } from '../../data/plot-queries.ts';
import { counted } from '../../parts/words.ts';
import type { PlotOption } from '../echarts.ts';
import { categories, frame, upright } from '../frame.ts';
import type { Palette } from '../palette.ts';

export function rungsOption({ rungs }: Rungs, palette: Palette): PlotOption {
  const parts = [
    { name: 'went on', colour: palette.state.completed, of: ({ continued }: Rungs['rungs'][number]) => continued },
    { name: 'paused, later promoted', colour: palette.state.running, of: ({ promoted }: Rungs['rungs'][number]) => promoted },
    { name: 'paused', colour: palette.state.paused, of: ({ paused, promoted }: Rungs['rungs'][number]) => paused - promoted },
    { name: 'stopped early', colour: palette.state.stopped, of: ({ stopped }: Rungs['rungs'][number]) => stopped },
  ];
  return {
    ...frame(palette),
    xAxis: categories(
      palette,
      'rung, in steps',
      rungs.map(({ step }) => String(step)),
    ),
    yAxis: { ...upright(palette, 'trials'), scale: false, minInterval: 1 },
    tooltip: { ...frame(palette).tooltip, trigger: 'axis', axisPointer: { type: 'shadow' }, renderMode: 'richText' },
    series: parts
      .map(({ name, colour, of }) => ({
        type: 'bar' as const,
        name,
        stack: 'all',
        barMaxWidth: 64,
        itemStyle: { color: colour },
        data: rungs.map(of),
      }))
      .filter(({ data }) => data.some((count) => count > 0)),
  };
}

export function rungsNote({ resource: { used, saved } }: Rungs): string {
  const whole = used + saved;
  const share = whole === 0 ? 0 : Math.round((saved / whole) * 100);
  return `${counted(used)} steps were trained; early stopping saved ${counted(saved)} (${share} %).`;
}

/** What leaving each component out does to the metric: the mean of paired differences and its interval, as a forest plot. */
import type { Study } from '../../data/plot-queries.ts';
import type { CustomSeriesRenderItemAPI } from 'echarts';
import { shown } from '../../parts/words.ts';
import type { PlotOption } from '../echarts.ts';
import { categories, frame, numbers } from '../frame.ts';
import type { Palette } from '../palette.ts';
import { onPoint, tip } from '../tip.ts';

type Component = Study['components'][number];

const verdicts: Readonly<
  Record<Component['verdict'], { readonly name: string; readonly symbol: string; readonly state: keyof Palette['state'] }>
> = {
  worse: { name: 'worse without it', symbol: 'triangle', state: 'failed' },
  better: { name: 'better without it', symbol: 'diamond', state: 'completed' },
  'no-matter': { name: 'does not matter', symbol: 'circle', state: 'running' },
  unclear: { name: 'unclear', symbol: 'emptyCircle', state: 'queued' },
  failed: { name: 'failed', symbol: 'rect', state: 'stopped' },
  stopped: { name: 'stopped early', symbol: 'rect', state: 'stopped' },
  unfinished: { name: 'unfinished', symbol: 'emptyRect', state: 'queued' },
};

/** Mode one-in adds what the others leave out, and a path takes steps. */
function wordsOf(verdict: Component['verdict'], mode: Study['mode']): string {
  return verdicts[verdict].name.replace('without it', mode === 'one-in' ? 'with it' : mode === 'path' ? 'after it' : 'without it');
}

export function forestOption(metric: string) {
  return (study: Study, palette: Palette): PlotOption => {
    const { components, margin, mode } = study;
    const measured = components.flatMap((component, row) => (component.difference === null ? [] : [{ component, row }]));
    const kinds = [...new Set(measured.map(({ component }) => component.verdict))];
    return {
      ...frame(palette),
      xAxis: numbers(palette, `change of ${metric}`),
      yAxis: {
        ...categories(
          palette,
          '',
          components.map(({ name }) => name),
        ),
        inverse: true,
        splitLine: { show: true, lineStyle: { color: palette.line } },
      },
      tooltip: {
        ...frame(palette).tooltip,
        formatter: onPoint(({ value: [, row] }) => told(components[Number(row)], mode)),
      },
      series: [
        intervals(measured, palette),
        ...kinds.map((verdict) => ({
          type: 'scatter' as const,
          name: wordsOf(verdict, mode),
          symbol: verdicts[verdict].symbol,
          symbolSize: 11,
          itemStyle: { color: palette.state[verdicts[verdict].state], borderWidth: 2 },
          data: measured.flatMap(({ component, row }) => (component.verdict === verdict ? [[component.difference ?? NaN, row]] : [])),
          z: 3,
        })),
        guides(margin, palette),
      ],
    };
  };
}

export function forestHeight({ components }: Study): number {
  return 110 + 34 * components.length;
}

export function forestNote({ replicates, margin, marginSource }: Study): string {
  const said = marginSource === 'asked' ? 'than was said to matter' : 'than that between seeds';
  const within = margin === null ? '' : ` Between the dotted lines a change is no larger ${said} (${shown(margin)}).`;
  return `Differences paired by seed, with 95 % intervals; ${replicates} replicates at least.${within}`;
}

interface Measured {
  readonly component: Component;
  readonly row: number;
}

function intervals(measured: readonly Measured[], palette: Palette) {
  return {
    type: 'custom' as const,
    silent: true,
    encode: { x: [0, 2], y: 1 },
    renderItem: (_: unknown, api: CustomSeriesRenderItemAPI) => {
      const [left = 0, y = 0] = api.coord([api.value(0), api.value(1)]);
      const [right = 0] = api.coord([api.value(2), api.value(1)]);
      const line = (x1: number, y1: number, x2: number, y2: number) => ({
        type: 'line' as const,
        shape: { x1, y1, x2, y2 },
        style: { stroke: palette.soft, lineWidth: 2 },
      });
      return {
        type: 'group' as const,
        children: [line(left, y, right, y), line(left, y - 5, left, y + 5), line(right, y - 5, right, y + 5)],
      };
    },
    data: measured.flatMap(({ component: { interval }, row }) =>
      interval === null ? [] : [[interval[0] ?? NaN, row, interval[1] ?? NaN]],
    ),
  };
}

/** No change, and the changes that do not matter. */
function guides(margin: number | null, palette: Palette) {
  const dotted =
    margin === null ? [] : [margin, -margin].map((xAxis) => ({ xAxis, lineStyle: { type: 'dotted' as const, color: palette.soft } }));
  return {
    type: 'line' as const,
    data: [],
    markLine: {
      silent: true,
      symbol: 'none',
      label: { show: false },
      data: [{ xAxis: 0, lineStyle: { type: 'solid' as const, color: palette.ink } }, ...dotted],
    },
  };
}

function told(component: Component | undefined, mode: Study['mode']): HTMLElement {
  if (component === undefined) return tip('');
  const { name, difference, interval, adjustedPValue, pairs, verdict } = component;
  return tip(name, [
    ['', wordsOf(verdict, mode)],
    ['change', difference === null ? '–' : shown(difference)],
    ['95 % interval', interval === null ? '–' : interval.map(shown).join(' … ')],
    ['p, corrected', adjustedPValue === null ? '–' : shown(adjustedPValue)],
    ['pairs', String(pairs)],
  ]);
}

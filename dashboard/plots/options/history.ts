/** Values of trials by number, one mark for each state, and the line of the best so far. */
import type { components } from '../../../client/index.ts';
import type { State } from '../../data/queries.ts';
import { counted, shown } from '../../parts/words.ts';
import type { PlotOption } from '../echarts.ts';
import { frame, numbers, upright } from '../frame.ts';
import type { Palette } from '../palette.ts';
import { onPoint, tip, type Pointed } from '../tip.ts';

type History = components['schemas']['HistoryPlot'];

const marks = [
  { state: 'completed', name: 'completed', symbol: 'circle' },
  { state: 'stopped', name: 'stopped early', symbol: 'rect' },
  { state: 'paused', name: 'paused', symbol: 'diamond' },
  { state: 'running', name: 'running', symbol: 'triangle' },
] as const satisfies readonly { state: State; name: string; symbol: string }[];

/** A cross that is drawn as a shape, since lines are not filled. */
const cross = 'path://M3 1l4 4l4 -4l2 2l-4 4l4 4l-2 2l-4 -4l-4 4l-2 -2l4 -4l-4 -4z';

export function historyOption(history: History, metric: string, isLog: boolean, palette: Palette): PlotOption {
  const { points, best, failed, trials } = history;
  const size = points.number.length > 500 ? 4 : 7;
  const scatter = marks.map(({ state, name, symbol }) => ({
    type: 'scatter' as const,
    name,
    symbol,
    symbolSize: size,
    itemStyle: { color: palette.state[state], opacity: 0.75 },
    data: points.number.flatMap((number, at) => (points.state[at] === state ? [[number, points.value[at] ?? NaN]] : [])),
  }));
  const base = lowest(points.value);
  return {
    ...frame(palette),
    legend: {
      ...frame(palette).legend,
      data: [
        'best so far',
        ...scatter.filter(({ data }) => data.length > 0).map(({ name }) => name),
        ...(failed.length > 0 ? ['failed'] : []),
      ],
    },
    xAxis: { ...numbers(palette, 'Trial'), min: 0, max: Math.max(1, trials - 1), minInterval: 1 },
    yAxis: upright(palette, metric, isLog ? 'log' : 'value'),
    dataZoom: [{ type: 'inside', zoomOnMouseWheel: 'ctrl', moveOnMouseMove: false }],
    tooltip: { ...frame(palette).tooltip, trigger: 'item', formatter: onPoint((point) => describe(point, metric)) },
    series: [
      ...scatter,
      {
        type: 'scatter',
        name: 'failed',
        symbol: cross,
        symbolSize: 8,
        itemStyle: { color: palette.state.failed },
        // They have no value, so they stand at the edge.
        data: failed.map((number) => [number, base]),
      },
      {
        type: 'line',
        name: 'best so far',
        step: 'end',
        symbol: 'none',
        silent: true,
        lineStyle: { color: palette.ink, width: 2 },
        itemStyle: { color: palette.ink },
        data: [...best.number.map((number, at) => [number, best.value[at] ?? NaN]), ...lastOf(best, trials)],
      },
    ],
  };
}

export function historyNote({ trials, points, failed }: History): string {
  const drawn = points.number.length + failed.length;
  return drawn < trials ? `${counted(drawn)} of ${counted(trials)} trials are drawn; the line counts all.` : `${counted(trials)} trials.`;
}

/** The best so far holds until now. */
function lastOf({ value }: History['best'], trials: number): number[][] {
  const last = value.at(-1);
  return last === undefined ? [] : [[trials - 1, last]];
}

function lowest(values: readonly number[]): number {
  let least = Infinity;
  for (const value of values) least = Math.min(least, value);
  return Number.isFinite(least) ? least : 1;
}

function describe({ seriesName, value }: Pointed, metric: string): HTMLElement {
  const [number, reached] = value.map(Number);
  return tip(`Trial ${number}`, [['state', seriesName], ...(seriesName === 'failed' ? [] : [[metric, shown(reached ?? NaN)] as const])]);
}

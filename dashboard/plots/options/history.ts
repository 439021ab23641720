/** Values of trials by number, one mark for each state, and the line of the best so far. */
import type { History } from '../../data/plot-queries.ts';
import type { State } from '../../data/queries.ts';
import { counted, shown } from '../../parts/words.ts';
import type { PlotOption } from '../echarts.ts';
import { cross, frame, numbers, stairs, upright, type Scale } from '../frame.ts';
import type { Palette } from '../palette.ts';
import { onPoint, tip, type Pointed } from '../tip.ts';

const marks = [
  { state: 'completed', name: 'completed', symbol: 'circle' },
  { state: 'stopped', name: 'stopped early', symbol: 'rect' },
  { state: 'paused', name: 'paused', symbol: 'diamond' },
  { state: 'running', name: 'running', symbol: 'triangle' },
] as const satisfies readonly { state: State; name: string; symbol: string }[];

export function historyOption(metric: string, scale: Scale) {
  return (history: History, palette: Palette): PlotOption => {
    const { points, trials } = history;
    const scatter = marks.map(({ state, name, symbol }) => ({
      type: 'scatter' as const,
      name,
      symbol,
      symbolSize: points.number.length > 500 ? 4 : 7,
      itemStyle: { color: palette.state[state], opacity: 0.8 },
      data: points.number.flatMap((number, at) => (points.state[at] === state ? [[number, points.value[at] ?? NaN]] : [])),
    }));
    const series = [...scatter, failures(history, palette), bestSoFar(history, palette)].filter(({ data }) => data.length > 0);
    return {
      ...frame(palette),
      xAxis: { ...numbers(palette, 'trial'), min: 0, max: Math.max(1, trials - 1), minInterval: 1 },
      yAxis: upright(palette, metric, scale),
      dataZoom: [{ type: 'inside', zoomOnMouseWheel: 'ctrl', moveOnMouseMove: true }],
      tooltip: { ...frame(palette).tooltip, trigger: 'item', formatter: onPoint((point) => told(point, metric)) },
      series,
    };
  };
}

export function historyNote({ trials, points, failed }: History): string {
  const drawn = points.number.length + failed.length;
  return drawn < trials ? `${counted(drawn)} of ${counted(trials)} trials are drawn; the line counts all.` : `${counted(trials)} trials.`;
}

/** The failed have no value, so they stand at the lower edge of what there is. */
function failures({ failed, points }: History, palette: Palette) {
  let edge = Infinity;
  for (const value of points.value) edge = Math.min(edge, value);
  const height = Number.isFinite(edge) ? edge : 1;
  return {
    type: 'scatter' as const,
    name: 'failed',
    symbol: cross,
    symbolSize: 8,
    itemStyle: { color: palette.state.failed },
    data: failed.map((number) => [number, height]),
  };
}

function bestSoFar({ best, trials }: History, palette: Palette) {
  const steps = best.number.map((number, at): [number, number] => [number, best.value[at] ?? NaN]);
  const last = best.value.at(-1);
  return {
    type: 'line' as const,
    name: 'best so far',
    symbol: 'none',
    silent: true,
    lineStyle: { color: palette.ink, width: 2 },
    itemStyle: { color: palette.ink },
    // It holds until now.
    data: stairs(last === undefined ? steps : [...steps, [trials - 1, last]]),
  };
}

function told({ seriesName, value }: Pointed, metric: string): HTMLElement {
  const [number = 0, reached = NaN] = value.map(Number);
  return tip(`Trial ${number}`, [['state', seriesName], ...(seriesName === 'failed' ? [] : [[metric, shown(reached)] as const])]);
}

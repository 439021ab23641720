/** What ran on which slot and when. What is empty was idle. */
import type { Timeline } from '../../data/plot-queries.ts';
import type { CustomSeriesRenderItemAPI } from 'echarts';
import { counted, duration, endings as words, shown } from '../../parts/words.ts';
import type { PlotOption } from '../echarts.ts';
import { categories, frame, label, numbers } from '../frame.ts';
import type { Palette } from '../palette.ts';
import { onPoint, tip } from '../tip.ts';

type End = 'completed' | 'stopped' | 'paused' | 'failed' | 'lost' | null;

const endings = [
  { end: 'completed', name: words.completed, state: 'completed' },
  { end: 'stopped', name: words.stopped, state: 'stopped' },
  { end: 'paused', name: words.paused, state: 'paused' },
  { end: 'failed', name: words.failed, state: 'failed' },
  { end: 'lost', name: words.lost, state: 'queued' },
  { end: null, name: 'running', state: 'running' },
] as const satisfies readonly { end: End; name: string; state: string }[];

export function timelineOption(timeline: Timeline, palette: Palette): PlotOption {
  const { lanes, from, to } = timeline;
  const seconds = (to - from) / 1000;
  const unit =
    seconds < 300 ? { name: 'seconds', ms: 1000 } : seconds < 18_000 ? { name: 'minutes', ms: 60_000 } : { name: 'hours', ms: 3_600_000 };
  return {
    ...frame(palette),
    grid: { ...frame(palette).grid, bottom: 48 },
    xAxis: {
      ...numbers(palette, `${unit.name} since the first trial began`),
      min: 0,
      max: (to - from) / unit.ms,
      axisLabel: { ...label(palette), showMaxLabel: false, formatter: (at: number) => shown(at) },
    },
    yAxis: {
      ...categories(
        palette,
        '',
        lanes.map(({ worker, slot }) => `${shortened(worker)} · ${slot}`),
      ),
      inverse: true,
      splitLine: { show: false },
    },
    dataZoom: [
      {
        type: 'slider',
        height: 20,
        bottom: 8,
        borderColor: palette.line,
        fillerColor: `${palette.accent}22`,
        moveHandleStyle: { color: palette.line },
        showDetail: false,
      },
      { type: 'inside', zoomOnMouseWheel: 'ctrl' },
    ],
    tooltip: {
      ...frame(palette).tooltip,
      formatter: onPoint(({ seriesName, value: [lane, begin, end, trial] }) => {
        const { worker = '', slot = 0 } = lanes[Number(lane)] ?? {};
        const lasted = duration(((Number(end) - Number(begin)) * unit.ms) / 1000);
        const title = trial === null ? 'Busy' : `Trial ${Number(trial)}`;
        return tip(title, [
          ['state', seriesName],
          ['worker', worker],
          ['slot', String(slot)],
          [trial === null ? 'stretch' : 'lasted', lasted],
        ]);
      }),
    },
    series: timeline.segments === null ? [busyness(timeline, palette, unit.ms)] : stretches(timeline.segments, palette, unit.ms),
  };
}

export function timelineHeight({ lanes }: Timeline): number {
  return Math.min(900, 130 + 26 * lanes.length);
}

export function timelineNote({ lanes, lanesLeftOut, segments }: Timeline): string {
  const busy = lanes.reduce((sum, lane) => sum + lane.busy, 0) / Math.max(1, lanes.length);
  const left = lanesLeftOut === 0 ? '' : ` ${counted(lanesLeftOut)} further slots are not drawn.`;
  const coarse = segments === null ? ' There are too many trials to draw each: the stronger, the busier.' : '';
  return `${counted(lanes.length)} slots, busy for ${Math.round(busy * 100)} % of the time.${coarse}${left}`;
}

/** Rectangles [lane, begin, end, trial], one series for each way to end. */
function stretches({ trial, lane, from, to, end }: NonNullable<Timeline['segments']>, palette: Palette, unitMs: number) {
  return endings
    .map(({ end: its, name, state }) => ({
      ...rectangles(palette.state[state], 0.06),
      name,
      data: trial.flatMap((number, at) =>
        end[at] === its ? [[lane[at] ?? 0, Math.max(0, from[at] ?? 0) / unitMs, (to[at] ?? 0) / unitMs, number]] : [],
      ),
    }))
    .filter(({ data }) => data.length > 0);
}

function busyness({ bins, from, to }: Timeline, palette: Palette, unitMs: number) {
  const data = (bins ?? []).flatMap((shares, lane) => {
    const width = (to - from) / unitMs / shares.length;
    return shares.flatMap((share, bin) => (share === 0 ? [] : [[lane, bin * width, (bin + 1) * width, null, share]]));
  });
  return { ...rectangles(palette.state.running, 0), name: 'busy', data };
}

/** @param gap px that a rectangle keeps from the next one, as a share of its height */
function rectangles(colour: string, gap: number) {
  return {
    type: 'custom' as const,
    itemStyle: { color: colour },
    encode: { x: [1, 2], y: 0 },
    renderItem: (_: unknown, api: CustomSeriesRenderItemAPI) => {
      const [left = 0, middle = 0] = api.coord([api.value(1), api.value(0)]);
      const [right = 0] = api.coord([api.value(2), api.value(0)]);
      const [, lane = 0] = [api.size?.([0, 1]) ?? []].flat();
      const height = 0.7 * lane;
      const share = Number(api.value(4));
      return {
        type: 'rect' as const,
        shape: { x: left, y: middle - height / 2, width: Math.max(1, right - left - gap * height), height },
        style: { fill: colour, opacity: Number.isNaN(share) ? 0.9 : share },
      };
    },
  };
}

/** Workers are named by host and a random tail; the tail tells them apart. */
function shortened(worker: string): string {
  return worker.length > 16 ? `…${worker.slice(-12)}` : worker;
}

/**
 * The slots of an experiment over time: each segment by itself where few enough lie in the window asked for, else how busy each slot was in
 * each of a number of equal bins. What is not covered was idle.
 */
import Type, { type Static } from 'typebox';
import { invalid } from '../../core/errors.ts';
import { short } from './table.ts';
import type { Segment, SegmentBook } from './segments.ts';

export const SegmentEndSchema = Type.Union([Type.Enum(['completed', 'stopped', 'paused', 'failed', 'lost']), Type.Null()], {
  description: 'null while it runs',
});

export const Timeline = Type.Object(
  {
    position: Type.Integer(),
    from: Type.Integer({ description: 'Of the window, ms since 1970' }),
    to: Type.Integer(),
    lanes: Type.Array(
      Type.Object({ worker: Type.String(), slot: Type.Integer(), busy: Type.Number({ description: 'Share of the window' }) }),
    ),
    lanesLeftOut: Type.Integer({ description: 'Slots beyond the first ones that worked for it' }),
    segments: Type.Union([
      Type.Object({
        trial: Type.Array(Type.Integer()),
        lane: Type.Array(Type.Integer({ description: 'Place in `lanes`' })),
        from: Type.Array(Type.Integer({ description: 'ms since the beginning of the window; negative where it began before' })),
        to: Type.Array(Type.Integer()),
        end: Type.Array(SegmentEndSchema),
      }),
      Type.Null(),
    ]),
    bins: Type.Union([Type.Array(Type.Array(Type.Number())), Type.Null()], {
      description: 'Where there are too many segments to draw: for each lane the share of each bin in which it was busy',
    }),
  },
  { additionalProperties: false, title: 'TimelinePlot' },
);
export type Timeline = Omit<Static<typeof Timeline>, 'position'>;

const MOST_LANES = 200;
const MOST_SEGMENTS = 5000;
const BINS = 200;

/** @param now end of what still runs, and of the window where no other is given; ms since 1970 */
export function timelineOf(book: SegmentBook, now: number, window: { readonly from?: number; readonly to?: number } = {}): Timeline {
  const from = window.from ?? book.segments[0]?.from ?? now;
  const to = window.to ?? now;
  if (from > to) throw invalid('from', 'must not be after to', from);
  const lanes = book.lanes.slice(0, MOST_LANES);
  const inside = book.segments.filter((segment) => segment.lane < lanes.length && segment.from < to && segment.to > from);
  const length = Math.max(1, to - from);
  const bins = busyBins(inside, lanes.length, from, length, now);
  const shares = bins.map((lane) => short(lane.reduce((sum, share) => sum + share, 0) / BINS));
  return {
    from,
    to,
    lanes: lanes.map((lane, at) => ({ ...lane, busy: shares[at] ?? 0 })),
    lanesLeftOut: book.lanes.length - lanes.length,
    segments: inside.length > MOST_SEGMENTS ? null : columnsOf(inside, from, now),
    bins: inside.length > MOST_SEGMENTS ? bins.map((lane) => lane.map((share) => Math.round(share * 1000) / 1000)) : null,
  };
}

function columnsOf(segments: readonly Segment[], from: number, now: number) {
  return {
    trial: segments.map(({ trial }) => trial),
    lane: segments.map(({ lane }) => lane),
    from: segments.map((segment) => segment.from - from),
    to: segments.map(({ to }) => Math.min(to, now) - from),
    end: segments.map(({ end }) => end),
  };
}

/** [lanes][bins] share of the bin that segments of the lane cover; a slot runs one trial at a time. */
function busyBins(segments: readonly Segment[], lanes: number, from: number, length: number, now: number): number[][] {
  const bins = Array.from({ length: lanes }, () => Array.from({ length: BINS }, () => 0));
  const scale = BINS / length;
  for (const segment of segments) {
    const lane = bins[segment.lane] ?? [];
    const start = Math.max(0, (segment.from - from) * scale);
    const end = Math.min(BINS, (Math.min(segment.to, now) - from) * scale);
    for (let bin = Math.floor(start); bin < end; bin += 1) {
      lane[bin] = Math.min(1, (lane[bin] ?? 0) + Math.min(end, bin + 1) - Math.max(start, bin));
    }
  }
  return bins;
}

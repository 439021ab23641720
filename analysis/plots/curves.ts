/** Learning curves: those of the best trials and, evenly by rank, of some others, each thinned (`thinning.ts`). */
import Type, { type Static } from 'typebox';
import { StateSchema } from '../../core/states.ts';
import { evenly, thinnedCurve } from '../thinning.ts';
import { short, type TrialTable } from './table.ts';

const Curve = Type.Object({
  number: Type.Integer(),
  state: StateSchema,
  value: Type.Union([Type.Number(), Type.Null()], { description: 'Final value, or last report' }),
  reports: Type.Integer({ description: 'Steps reported, of which those drawn are a part' }),
  step: Type.Array(Type.Integer()),
  at: Type.Array(Type.Number(), { description: 'What was reported at each step' }),
});

export const Curves = Type.Object(
  {
    position: Type.Integer(),
    trials: Type.Integer({ description: 'Trials with a value' }),
    curves: Type.Array(Curve, { description: 'The best first' }),
  },
  { additionalProperties: false, title: 'CurvesPlot' },
);
export type Curves = Omit<Static<typeof Curves>, 'position'>;

/** Points that all curves together have, at some fourteen characters each. */
const MOST_POINTS = 18_000;
const MOST_A_CURVE = 400;
const LEAST_A_CURVE = 6;

interface Report {
  readonly step: number;
  readonly value: number;
}

/** Numbers of the trials to draw, the best first; early-stopped and running ones among the others, by their last report. */
export function curvesToDraw(
  table: TrialTable,
  top: number,
  others: number,
): { readonly drawn: readonly number[]; readonly trials: number } {
  const ranked = table.ranked();
  const rest = table.values.flatMap((value, number) => (Number.isNaN(value) || table.states[number] === 'completed' ? [] : [number]));
  const byValue = rest.sort((a, b) => table.lossOf(a) - table.lossOf(b));
  const below = [...ranked.slice(top), ...byValue];
  return { drawn: [...ranked.slice(0, top), ...evenly(below, others)], trials: ranked.length + rest.length };
}

/**
 * @param pages of reports of the trial, in the order of arrival: a later attempt's report of a step stands for the earlier one's
 * @param drawn curves in the plot, which share its points
 */
export async function curveOf(
  table: TrialTable,
  number: number,
  pages: AsyncIterable<readonly Report[]>,
  drawn: number,
): Promise<Curves['curves'][number]> {
  const latest = new Map<number, number>();
  for await (const page of pages) for (const { step, value } of page) latest.set(step, value);
  const points = [...latest].map(([step, reported]) => ({ step, value: reported })).sort((a, b) => a.step - b.step);
  const kept = thinnedCurve(points, Math.max(LEAST_A_CURVE, Math.min(MOST_A_CURVE, Math.floor(MOST_POINTS / drawn))), () => false);
  const value = table.valueOf(number);
  return {
    number,
    state: table.states[number] ?? 'queued',
    value: Number.isNaN(value) ? null : short(value),
    reports: points.length,
    step: kept.map(({ step }) => step),
    at: kept.map((point) => short(point.value)),
  };
}

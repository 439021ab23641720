/** What a scheduler with rungs decided at each of them: who went on, was stopped or paused, and was promoted. */
import Type, { type Static } from 'typebox';
import type { Specification } from '../../core/experiment.ts';
import { rungAt } from '../../core/rungs.ts';
import { flipSign } from '../../core/states.ts';
import type { RungBook, SegmentBook } from './segments.ts';
import { short } from './table.ts';

export const Rungs = Type.Object(
  {
    position: Type.Integer(),
    scheduler: Type.String(),
    last: Type.Union([Type.Integer(), Type.Null()], { description: 'Steps of a complete trial; null where the scheduler has no rungs' }),
    rungs: Type.Array(
      Type.Object({
        step: Type.Integer(),
        arrived: Type.Integer({ description: 'Trials decided of here' }),
        continued: Type.Integer(),
        stopped: Type.Integer(),
        paused: Type.Integer({ description: 'Of them, `promoted` were taken up again' }),
        promoted: Type.Integer(),
        best: Type.Union([Type.Number(), Type.Null()], { description: 'The best value reported here' }),
      }),
      { description: 'In rising order; empty where the scheduler has none' },
    ),
    resource: Type.Object({
      used: Type.Integer({ description: 'Steps reported by all trials' }),
      saved: Type.Integer({ description: 'Steps that early stopping spared, against the longest completed trial' }),
    }),
  },
  { additionalProperties: false, title: 'RungsPlot' },
);
export type Rungs = Omit<Static<typeof Rungs>, 'position' | 'resource'>;

export function rungsOfBook(book: SegmentBook, { scheduler, decisionSteps, direction }: Specification): Rungs {
  if (decisionSteps.at !== 'steps') return { scheduler: scheduler.type, last: null, rungs: [] };
  const { last } = decisionSteps;
  const planned = [...decisionSteps.steps.filter((step) => step < last), last];
  const rungs = planned
    .slice(0, -1)
    .sort((a, b) => a - b)
    .map((step) => {
      const books = [...book.rungs].filter(([decided]) => rungAt(planned, decided) === step).map(([, here]) => here);
      const total = (of: (book: RungBook) => number): number => books.reduce((sum, here) => sum + of(here), 0);
      const continued = total(({ decided }) => decided.continue);
      const stopped = total(({ decided }) => decided.stop);
      const paused = total(({ decided }) => decided.pause);
      const least = Math.min(...books.map(({ best }) => best));
      const best = least === Infinity ? null : short(flipSign(direction, least));
      return { step, arrived: continued + stopped + paused, continued, stopped, paused, promoted: total(({ promoted }) => promoted), best };
    });
  return { scheduler: scheduler.type, last, rungs };
}

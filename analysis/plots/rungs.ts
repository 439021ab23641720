/** What a scheduler with rungs decided at each of them: who went on, was stopped or paused, and was promoted. */
import Type, { type Static } from 'typebox';
import type { Specification } from '../../core/experiment.ts';
import { flipSign } from '../../core/states.ts';
import type { SegmentBook } from './segments.ts';
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
  const steps = decisionSteps.steps.filter((step) => step < decisionSteps.last);
  const rungs = [...steps]
    .sort((a, b) => a - b)
    .map((step) => {
      const rung = book.rungs.get(step);
      const { continue: continued, pause: paused, stop: stopped } = rung?.decided ?? { continue: 0, pause: 0, stop: 0 };
      const best = rung === undefined || rung.best === Infinity ? null : short(flipSign(direction, rung.best));
      return { step, arrived: continued + paused + stopped, continued, stopped, paused, promoted: rung?.promoted ?? 0, best };
    });
  return { scheduler: scheduler.type, last: decisionSteps.last, rungs };
}

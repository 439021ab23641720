/** What may be asked of an experiment's plots: the query of each, as its route checks it and the thread gets it. */
import Type, { type Static } from 'typebox';
import { ImportanceMethod } from '../../analysis/plots/importance.ts';
import { ListingOrder } from '../../analysis/plots/listing.ts';

const closed = { additionalProperties: false };
const none = Type.Object({}, closed);
const Time = Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER, description: 'ms since 1970' });

export const plotQueries = {
  history: none,
  points: Type.Object(
    {
      parameters: Type.Optional(Type.String({ description: 'Names with commas between them; all where absent' })),
      limit: Type.Optional(
        Type.Integer({ minimum: 1, maximum: 10_000, description: 'Trials at most; fewer where there are many parameters' }),
      ),
    },
    closed,
  ),
  curves: Type.Object(
    {
      top: Type.Optional(Type.Integer({ minimum: 0, maximum: 200, description: 'The best trials; 20 where absent' })),
      others: Type.Optional(
        Type.Integer({ minimum: 0, maximum: 200, description: 'Trials evenly by rank among the others; 60 where absent' }),
      ),
    },
    closed,
  ),
  contour: Type.Object({ x: Type.String({ description: 'Name of a parameter' }), y: Type.String() }, closed),
  importance: Type.Object({ method: Type.Optional(ImportanceMethod) }, closed),
  edf: none,
  rungs: none,
  trials: Type.Object(
    {
      filter: Type.Optional(
        Type.String({
          maxLength: 2000,
          description: 'Conditions that all must hold: `value<0.3 learningRate>=1e-3 optimizer=adam state=completed`',
        }),
      ),
      sort: Type.Optional(Type.String({ description: '`number`, `value`, `state` or the name of a parameter' })),
      order: Type.Optional(ListingOrder),
      offset: Type.Optional(Type.Integer({ minimum: 0, maximum: 1_000_000 })),
      limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 200 })),
    },
    closed,
  ),
  attempts: Type.Object({ trial: Type.Integer({ minimum: 0, description: 'Its number' }) }, closed),
  timeline: Type.Object({ from: Type.Optional(Time), to: Type.Optional(Time) }, closed),
} as const;

export type PlotKind = keyof typeof plotQueries;
/** How the answer of an ablation study is written. */
export type StudyForm = 'json' | 'text' | 'csv';
export type PlotRequest =
  | { [Kind in PlotKind]: { readonly kind: Kind; readonly query: Static<(typeof plotQueries)[Kind]> } }[PlotKind]
  | { readonly kind: 'ablation'; readonly query: { readonly form: StudyForm } };

/** One task of the thread. */
export interface PlotTask {
  readonly experiment: string;
  /** What the read model has reached, which the answer is to contain. */
  readonly position: number;
  readonly request: PlotRequest;
}

/** JSON or other text as bytes, or a refusal: errors lose their class on the way between threads. */
export type PlotAnswer =
  | { readonly kind: 'unavailable' }
  | { readonly kind: 'plot'; readonly text: Uint8Array }
  | { readonly kind: 'refused'; readonly message: string; readonly code: string; readonly field?: string; readonly rule?: string };

/** The segments of one trial: every start of it, where, when, and how it ended. */
import Type, { type Static } from 'typebox';
import { OriginSchema } from '../../core/events.ts';
import type { SegmentBook } from './segments.ts';
import { SegmentEndSchema } from './timeline.ts';

const nullable = <T extends Type.TSchema>(schema: T, description: string) => Type.Union([schema, Type.Null()], { description });

export const TrialAttempts = Type.Object(
  {
    position: Type.Integer(),
    items: Type.Array(
      Type.Object({
        attempt: Type.Integer({ minimum: 1 }),
        origin: OriginSchema,
        worker: Type.String(),
        slot: Type.Integer({ minimum: 0 }),
        startedAt: Type.Integer({ description: 'ms since 1970, Redis time' }),
        durationSeconds: nullable(Type.Number(), 'null while it runs'),
        end: SegmentEndSchema,
        reason: nullable(Type.String(), 'Why it failed or was lost, where somebody could say'),
      }),
      { description: 'In the order in which they started' },
    ),
  },
  { additionalProperties: false, title: 'TrialAttempts' },
);
export type TrialAttempts = Omit<Static<typeof TrialAttempts>, 'position'>;

export function attemptsOf({ segments, lanes }: SegmentBook, trial: number): TrialAttempts {
  const items = segments
    .filter((segment) => segment.trial === trial)
    .map(({ attempt, origin, lane, from, to, end, reason }) => ({
      attempt,
      origin,
      worker: lanes[lane]?.worker ?? '',
      slot: lanes[lane]?.slot ?? 0,
      startedAt: from,
      durationSeconds: to === Infinity ? null : (to - from) / 1000,
      end,
      reason,
    }));
  return { items };
}

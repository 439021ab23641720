/**
 * Measurements as HTTP brings them: one `value`, or `metrics` that hold the experiment's own. JSON has no NaN and no
 * infinities; `null`, which JavaScript writes in their place, stands for them, and means that the training diverged.
 */
import Type, { type Static } from 'typebox';
import { invalid } from '../core/errors.ts';
import { joinPath } from '../core/validate.ts';
import type { Outcome } from '../core/attempt.ts';

const Measured = Type.Union([Type.Number(), Type.Null()], { description: 'null where it is NaN or infinite: the trial has diverged' });

/** Members of what carries measurements. */
export const measurements = {
  value: Type.Optional(Measured),
  metrics: Type.Optional(
    Type.Record(Type.String({ maxLength: 100 }), Measured, {
      maxProperties: 100,
      description: "In place of value: several metrics, the experiment's among them",
    }),
  ),
};

interface Given {
  readonly value?: Static<typeof Measured>;
  readonly metrics?: Readonly<Record<string, Static<typeof Measured>>>;
}

export type Measurements =
  | { readonly kind: 'finite'; readonly value: number; readonly metrics: Record<string, number> }
  | { readonly kind: 'diverged'; readonly outcome: Outcome };

/**
 * @param where for the message about a measurement that is not finite: `at step 3`
 * @throws {MaggyError} invalid unless there is either a value or metrics with the experiment's metric
 */
export function measurementsOf({ value, metrics }: Given, metric: string, where: string): Measurements {
  if (metrics === undefined && value === undefined) throw invalid('value', `is required unless metrics holds "${metric}"`, value);
  if (metrics !== undefined && value !== undefined) throw invalid('value', `must be absent beside metrics, which holds "${metric}"`, value);
  const given = metrics ?? { [metric]: value };
  const finite: Record<string, number> = {};
  for (const [name, measured] of Object.entries(given)) {
    if (measured == null) return { kind: 'diverged', outcome: divergence(name, where) };
    finite[name] = measured;
  }
  const own = Object.hasOwn(finite, metric) ? finite[metric] : undefined;
  if (own === undefined) throw invalid(joinPath(['metrics', metric]), "is required, because it is the experiment's metric", undefined);
  return { kind: 'finite', value: own, metrics: finite };
}

function divergence(metric: string, where: string): Outcome {
  return { state: 'failed', reason: 'diverged', message: `The training diverged: ${metric} is no finite number ${where}` };
}

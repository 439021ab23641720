/** The one way to refuse to leave something out: the part, and the reason. */
import { MaggyError } from '../../core/errors.ts';

/** `layer digit cannot be left out: it is an output of the model` */
export function cannotLeaveOut(component: string, reason: string, value: unknown, cause?: unknown): MaggyError {
  const rule = `cannot be left out: ${reason}`;
  return new MaggyError('invalid', `${component} ${rule}`, { field: component, value, rule, cause });
}

/** What a refused call said. */
import { MaggyError } from '../../core/errors.ts';

/** `field: rule` of the `MaggyError` that `act` throws; anything else it does fails the test. */
export function refusal(act: () => unknown): string {
  try {
    act();
  } catch (error) {
    if (error instanceof MaggyError && error.code === 'invalid') return `${error.field}: ${error.rule}`;
    throw error;
  }
  throw new Error('was not refused');
}

/** Keeps the model of a trial that is better than all before it, in TensorFlow.js's own layers format, and frees the others. */
import type { Direction } from '../../core/states.ts';
import type { CheckpointStore } from '../../training/checkpoint-store.ts';
import type { TrialOutcome } from '../../training/contract.ts';
import { disposeModel } from '../../training/models.ts';
import { modelFiles } from '../../training/weights.ts';

/** The id of the model of a completed trial in the store; null where the trial made none or an earlier one was better. */
export async function keepModel(
  outcome: Extract<TrialOutcome, { state: 'completed' }>,
  best: number | null,
  direction: Direction,
  store: CheckpointStore,
): Promise<string | null> {
  if (outcome.model === undefined) return null;
  try {
    const isBetter = best === null || (direction === 'maximize' ? outcome.value > best : outcome.value < best);
    return isBetter ? await store.write(await modelFiles(outcome.model)) : null;
  } catch (error) {
    // The trial has its value all the same; its log says why there is no model.
    console.error('The model could not be kept:', error);
    return null;
  } finally {
    disposeModel(outcome.model);
  }
}

/**
 * Finds tensors that a trial leaves behind. TensorFlow.js frees no tensor by itself, so a training function that forgets one leaks in every
 * trial, and a warm process that is reused grows until it dies. Whoever runs trials asks here after each and retires a process that leaks.
 */

import { tf } from '../tf.ts';

export interface TensorsLeft {
  readonly tensors: number;
  readonly bytes: number;
}

/** What a trial leaves behind, counted from the moment this is made. One trial at a time: the engine counts for the whole process. */
export class TensorLedger {
  private allowed = alive();

  /**
   * Runs `load` and does not hold the trial responsible for the tensors it makes: for data that is kept for later trials. Nothing else may
   * make tensors meanwhile.
   */
  async keeping<Loaded>(load: () => Promise<Loaded> | Loaded): Promise<Loaded> {
    const before = alive();
    try {
      return await load();
    } finally {
      const after = alive();
      this.allowed = {
        tensors: this.allowed.tensors + after.tensors - before.tensors,
        bytes: this.allowed.bytes + after.bytes - before.bytes,
      };
    }
  }

  /** Tensors, and their bytes, alive now that were not there at the start. Negative where the trial disposed of others' tensors. */
  left(): TensorsLeft {
    const now = alive();
    return { tensors: now.tensors - this.allowed.tensors, bytes: now.bytes - this.allowed.bytes };
  }
}

function alive(): TensorsLeft {
  const { numTensors, numBytes } = tf.memory();
  return { tensors: numTensors, bytes: numBytes };
}

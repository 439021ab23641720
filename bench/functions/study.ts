/** Waits as long as its parts say, and returns when it began and ended: leaving out one part shortens it by that part's share. */
import { setTimeout as sleep } from 'node:timers/promises';
import { defineTraining } from 'maggy';

const now = (): number => performance.timeOrigin + performance.now();
const part = { type: 'float', min: 0, max: 1000, default: 0 } as const;

export default defineTraining({
  name: 'bench-study',
  metric: 'value',
  direction: 'minimize',
  space: { restMs: { type: 'constant', value: 1400 }, ms1: part, ms2: part, ms3: part, ms4: part, ms5: part, ms6: part, ms7: part },
  train: async ({ hparams: { restMs, ...parts } }) => {
    const beganAt = now();
    await sleep(Object.values(parts).reduce((sum, ms) => sum + ms, restMs));
    return { value: 0, beganAt, endedAt: now() };
  },
});

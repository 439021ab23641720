/** Waits for a while and returns when it began and ended, so that a slot's idle time between trials can be read off. */
import { setTimeout as sleep } from 'node:timers/promises';
import { defineTraining } from 'maggy';

const now = (): number => performance.timeOrigin + performance.now();

export default defineTraining({
  name: 'bench-timed',
  metric: 'value',
  direction: 'minimize',
  space: { x: { type: 'float', min: 0, max: 1 }, waitMs: { type: 'constant', value: 100 } },
  train: async ({ hparams }) => {
    const beganAt = now();
    await sleep(hparams.waitMs);
    return { value: 0, beganAt, endedAt: now() };
  },
});

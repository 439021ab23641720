/** Climbs by `slope` a step and trains nothing: what an experiment does with it is known beforehand, and a step lasts as long as a test wants. */
import { setTimeout as sleep } from 'node:timers/promises';
import { defineTraining } from 'maggy';

export default defineTraining({
  name: 'climb',
  space: {
    slope: { type: 'float', min: 0, max: 1 },
    steps: { type: 'int', min: 1, max: 1000, default: 8 },
    stepMs: { type: 'int', min: 0, max: 60_000, default: 0 },
  },
  metric: 'height',
  direction: 'maximize',
  train: async ({ hparams: { slope, steps, stepMs }, reporter }) => {
    for (let step = 1; step <= steps; step += 1) {
      await sleep(stepMs);
      await reporter.report(slope * step, step);
    }
  },
});

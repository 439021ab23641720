/** Returns at once after `reports` reports of a constant: what remains is the system's own work. */
import { defineTraining } from 'maggy';

export default defineTraining({
  name: 'bench-instant',
  metric: 'value',
  direction: 'minimize',
  space: {
    x0: { type: 'float', min: 0, max: 1 },
    x1: { type: 'float', min: 0, max: 1 },
    x2: { type: 'float', min: 0, max: 1 },
    x3: { type: 'float', min: 0, max: 1 },
    reports: { type: 'constant', value: 0 },
  },
  train: async ({ hparams, reporter }) => {
    for (let step = 1; step <= hparams.reports; step++) await reporter.report(0.5, step);
    return 0.1;
  },
});

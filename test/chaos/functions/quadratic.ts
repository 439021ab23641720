/** A loss over three steps, with a line and a checkpoint at each: a trial of it says everything that a worker ever says of one. */
import { defineTraining } from 'maggy';

export default defineTraining({
  name: 'quadratic',
  metric: 'loss',
  direction: 'minimize',
  space: { x: { type: 'float', min: -1, max: 1 }, y: { type: 'float', min: 1e-5, max: 1, scale: 'log' } },
  train: async ({ hparams, reporter, checkpoint, log }) => {
    const saved = await checkpoint.load();
    for (let step = (saved?.step ?? 0) + 1; step <= 3; step += 1) {
      log(`step ${step}`);
      await checkpoint.save({ data: { step } }, { step });
      await reporter.report(hparams.x ** 2 + 1 / step, step);
    }
  },
});

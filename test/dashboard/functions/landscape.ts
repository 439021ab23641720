/**
 * A training that trains nothing: its curves fall as those of networks do, and its parameters matter as much as one would think (the
 * learning rate most), so that plots of it look like plots of the real thing. Learning rates that are far too high diverge.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { defineTraining, randomStream } from 'maggy';

export default defineTraining({
  name: 'landscape',
  space: {
    learningRate: { type: 'float', min: 1e-4, max: 1, scale: 'log', default: 0.01 },
    optimizer: { type: 'categorical', choices: ['adam', 'sgd', 'rmsprop'] },
    momentum: { type: 'float', min: 0, max: 0.99, when: { optimizer: 'sgd' } },
    layers: { type: 'int', min: 1, max: 6, default: 2 },
    dropout: { type: 'float', min: 0, max: 0.8, default: 0.2 },
    batchSize: { type: 'ordinal', choices: [16, 32, 64, 128] },
    epochs: { type: 'constant', value: 27 },
    epochMs: { type: 'constant', value: 4 },
  },
  metric: 'loss',
  direction: 'minimize',
  maxResource: 27,
  train: async ({ hparams, reporter, seed, log }) => {
    const { learningRate, optimizer, momentum = 0.9, layers, dropout, batchSize, epochs, epochMs } = hparams;
    const noise = randomStream(seed, 'noise');
    const best = { adam: -2, sgd: -1, rmsprop: -2.5 }[optimizer];
    const distance = Math.log10(learningRate) - best;
    const floor =
      0.12 +
      0.09 * distance ** 2 +
      0.02 * (layers - 4) ** 2 +
      0.25 * (dropout - 0.3) ** 2 +
      0.05 * (0.9 - momentum) ** 2 +
      batchSize / 4000;
    log(`${layers} layers, ${optimizer}, batches of ${batchSize}`);
    for (let epoch = 1; epoch <= epochs; epoch += 1) {
      await sleep(epochMs * (0.5 + noise.uniform()));
      const loss = floor + 2 * Math.exp((-epoch * (layers + 2)) / 14) + 0.01 * noise.normal();
      log(`epoch ${epoch}: loss ${loss.toFixed(4)}`);
      await reporter.report(distance > 1.7 && epoch > 3 ? Number.NaN : loss, epoch);
    }
  },
});

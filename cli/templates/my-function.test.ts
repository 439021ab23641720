/** What every training function should hold to; needs no server: node --import tsx --test my-function.test.ts */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { testTraining } from 'maggy/testing';
import training from './my-function.ts';

/** Little data and few epochs: a test is to say that it works, not how well. */
const dataset = { samples: 32 };
const hparams = { epochs: 3 };

test('reports its metric after each epoch', async () => {
  const { outcome, reports } = await testTraining(training, { hparams, dataset });
  assert.equal(outcome.state, 'completed');
  assert.deepEqual(
    reports.map(({ step }) => step),
    [1, 2, 3],
  );
});

test('ends when it is stopped early', async () => {
  const { outcome, reports } = await testTraining(training, { hparams, dataset, stopAt: 2 });
  assert.equal(outcome.state, 'stopped');
  assert.equal(reports.length, 2);
});

test('goes on from its checkpoint', async () => {
  const first = await testTraining(training, { hparams, dataset, abortAt: 2 });
  const resumeFrom = first.checkpoints.saved.at(-1);
  assert(resumeFrom);
  const second = await testTraining(training, { hparams, dataset, store: first.checkpoints.store, resumeFrom });
  assert.equal(second.reports[0]?.step, resumeFrom.step + 1);
});

test('draws seeded numbers only, and leaves nothing behind', async () => {
  const { differences, leakedTensors } = await testTraining(training, { hparams, dataset, repeat: 2 });
  assert.deepEqual(differences, []);
  assert.equal(leakedTensors, 0);
});

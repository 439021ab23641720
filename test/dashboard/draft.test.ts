import { expect, it } from 'vitest';
import type { SearchSpace } from '../../core/space.ts';
import { cloneOf, emptyDraft, submissionOf } from '../../dashboard/pages/submit/draft.ts';
import { testSpecification } from '../support/specification.ts';

const space: SearchSpace = {
  lr: { type: 'float', min: 1e-4, max: 1, scale: 'log', default: 0.01 },
  optimizer: { type: 'categorical', choices: ['sgd', 'adam'] },
  layers: { type: 'int', min: 1, max: 8 },
  epochs: { type: 'constant', value: 5 },
};

it('a form that nobody touched searches what the function declares', () => {
  expect(submissionOf(emptyDraft(space), 'digits', space)).toEqual({
    kind: 'tune',
    trainingFunction: 'digits',
    space: { lr: { type: 'float', min: 1e-4, max: 1, scale: 'log' }, optimizer: space.optimizer, layers: space.layers },
  });
});

it('narrowed bounds, fixed values and options of a scheduler go with it', () => {
  const draft = emptyDraft(space);
  const { lr, layers } = draft.ranges;
  if (lr === undefined || layers === undefined) throw new Error('a parameter has no field');
  const filled = {
    ...draft,
    scheduler: 'asha',
    reductionFactor: '4',
    maxTrials: '30',
    tags: 'a, b',
    ranges: { ...draft.ranges, lr: { ...lr, max: '0.1' }, layers: { ...layers, isFixed: true, value: '3' } },
  };
  expect(submissionOf(filled, 'digits', space)).toMatchObject({
    tags: ['a', 'b'],
    maxTrials: 30,
    scheduler: { type: 'asha', reductionFactor: 4 },
    space: { lr: { max: 0.1 } },
    hparams: { layers: 3 },
  });
});

it('a training takes values alone', () => {
  const draft = emptyDraft(space);
  expect(submissionOf({ ...draft, kind: 'train', sampler: 'gp', maxTrials: '9' }, 'digits', space)).toEqual({
    kind: 'train',
    trainingFunction: 'digits',
  });
  const { epochs } = draft.ranges;
  if (epochs === undefined) throw new Error('a parameter has no field');
  const changed = { ...draft, kind: 'train' as const, ranges: { ...draft.ranges, epochs: { ...epochs, value: '9' } } };
  expect(submissionOf(changed, 'digits', space)).toMatchObject({ hparams: { epochs: 9 } });
});

it('a clone is the same experiment but for its name and seed, also in what the form has no field for', () => {
  const scheduler = { type: 'asha', maxResource: 27, mode: 'promote', reductionFactor: 4 };
  const sampler = { type: 'tpe', startupTrials: 7 };
  const kept = {
    dataset: { fraction: 0.3 },
    pool: 'gpus',
    metric: 'valLoss',
    direction: 'minimize' as const,
    priority: 2,
    maxAttempts: 5,
    maxSilenceSeconds: 60,
    maxDurationSeconds: 600,
    targetValue: 0.1,
    maxFailedTrials: 3,
  };
  const specification = testSpecification({
    ...kept,
    id: 'x12345',
    space,
    sampler,
    scheduler,
    maxTrials: 40,
    replicates: 2,
  });
  const experiment = { kind: 'tune' as const, name: 'first', specification };
  const draft = cloneOf(experiment, space);
  expect(submissionOf(draft, 'digits', space)).toMatchObject({
    ...kept,
    kind: 'tune',
    trainingFunction: 'digits',
    name: 'first, again',
    sampler: { type: 'tpe', startupTrials: 7 },
    scheduler,
    maxTrials: 40,
    replicates: 2,
  });
  expect(submissionOf(draft, 'digits', space)).not.toHaveProperty('seed');
  // Others take their own options.
  const changed = submissionOf({ ...draft, sampler: 'gp', scheduler: 'hyperband', reductionFactor: '' }, 'digits', space);
  expect(changed).toMatchObject({ sampler: { type: 'gp' }, scheduler: { type: 'hyperband' } });
  expect(changed.scheduler).toEqual({ type: 'hyperband' });
});

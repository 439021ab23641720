import { expect, it } from 'vitest';
import type { SearchSpace } from '../../core/space.ts';
import { emptyDraft, submissionOf } from '../../dashboard/pages/submit/draft.ts';

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

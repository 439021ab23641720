import { describe, expect, it } from 'vitest';
import { builtInCatalogue } from '../../core/catalogue.ts';
import type { Declaration } from '../../core/declaration.ts';
import type { Submission } from '../../core/experiment.ts';
import { planLockstep } from '../../core/lockstep.ts';
import { specify } from '../../core/specify.ts';

describe('the plan of lockstep groups', () => {
  it('fills in what is absent: all ranks, or none', () => {
    expect(planLockstep({ worldSize: 4 })).toEqual({
      worldSize: 4,
      minWorldSize: 4,
      regroupSeconds: 10,
      checkpointEverySteps: 1,
      maxGenerations: 5,
      silenceSeconds: 4,
    });
    expect(planLockstep({ worldSize: 4, minWorldSize: 2, tls: true, compression: 'float16' })).toMatchObject({
      minWorldSize: 2,
      tls: true,
      compression: 'float16',
    });
  });

  it('has no more ranks at least than at most', () => {
    expect(() => planLockstep({ worldSize: 2, minWorldSize: 3 })).toThrow(
      'lockstep.minWorldSize: must be at most worldSize, which is 2, got 3',
    );
  });
});

describe('a submission with lockstep', () => {
  it('has its plan in the specification, and is none for whoever asks', () => {
    const declaration: Declaration = {
      name: 'digits',
      hash: 'a'.repeat(64),
      space: {},
      metric: 'loss',
      direction: 'minimize',
      defaults: {},
      source: '',
    };
    const context = { id: 'x00000', declaration, pool: 'default', seed: 1, catalogue: builtInCatalogue };
    const submission: Submission = { kind: 'train', trainingFunction: 'digits', lockstep: { worldSize: 2 } };
    expect(specify(submission, context).lockstep).toEqual(planLockstep({ worldSize: 2 }));
    expect(() => specify({ ...submission, execution: 'ask' }, context)).toThrow('lockstep: must be absent when execution is "ask"');
  });
});

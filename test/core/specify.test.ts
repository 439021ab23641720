import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AlgorithmChoice, builtInCatalogue, type SchedulerEntry } from '../../core/catalogue.ts';
import type { Declaration } from '../../core/declaration.ts';
import { SpecificationSchema, type Specification, type Submission } from '../../core/experiment.ts';
import { defaultParams, validateParams } from '../../core/params.ts';
import type { Params, SearchSpace } from '../../core/space.ts';
import { validateSpace } from '../../core/space-validation.ts';
import { specify, type SpecifyContext } from '../../core/specify.ts';
import { compileSchema } from '../../core/validate.ts';
import { refusal } from './refusal.ts';

const declaredSpace: SearchSpace = {
  lr: { type: 'float', min: 0.001, max: 1, scale: 'log', default: 0.01 },
  layers: { type: 'int', min: 1, max: 4 },
  optimizer: { type: 'categorical', choices: ['sgd', 'adam', 'rmsprop'] },
  momentum: { type: 'float', min: 0, max: 0.9, default: 0.5, when: { optimizer: ['sgd', 'rmsprop'] } },
  nesterov: { type: 'categorical', choices: [false, true], when: { optimizer: 'sgd' } },
};

function declare(overrides: Partial<Declaration> = {}): Declaration {
  const space = overrides.space ?? declaredSpace;
  return {
    name: 'digits',
    hash: 'a'.repeat(64),
    space,
    metric: 'accuracy',
    direction: 'maximize',
    defaults: defaultParams(space),
    source: '',
    ...overrides,
  };
}

const parse = compileSchema(SpecificationSchema);

function specified(submission: Partial<Submission>, context: Partial<SpecifyContext> = {}): Specification {
  const complete: Submission = {
    kind: 'tune',
    trainingFunction: 'digits',
    ...(submission.kind === 'train' ? {} : { maxTrials: 10 }),
    ...submission,
  };
  return specifiedExactly(complete, context);
}

function specifiedExactly(submission: Submission, context: Partial<SpecifyContext> = {}): Specification {
  return parse(
    specify(submission, { id: 'x00000', declaration: declare(), pool: 'default', seed: 7, catalogue: builtInCatalogue, ...context }),
  );
}

const refused = (submission: Partial<Submission>, context: Partial<SpecifyContext> = {}): string =>
  refusal(() => specified(submission, context));

describe('a tuning', () => {
  it('takes from the training function what is absent', () => {
    expect(specified({})).toEqual({
      version: 1,
      id: 'x00000',
      kind: 'tune',
      tags: [],
      trainingFunction: { name: 'digits', hash: 'a'.repeat(64) },
      pool: 'default',
      space: declaredSpace,
      metric: 'accuracy',
      direction: 'maximize',
      sampler: { type: 'gp' },
      scheduler: { type: 'median' },
      decisionSteps: { at: 'every', first: 1, interval: 1 },
      maxTrials: 10,
      maxAttempts: 3,
      maxSilenceSeconds: 600,
      seed: 7,
      priority: 1,
      replicates: 1,
      dataset: {},
    });
  });

  it('is sampled by gp unless it is long or has rungs', () => {
    const { sampler } = specified({ maxTrials: 1000 });
    expect(sampler).toEqual({ type: 'gp' });
    const own = { type: 'own', options: AlgorithmChoice, decisionSteps: () => ({ at: 'never' }) as const };
    const schedulers = (entry: SchedulerEntry) => ({ catalogue: { ...builtInCatalogue, schedulers: [entry] } });
    const scheduler = { type: 'own' };
    expect(specified({ scheduler }, schedulers(own)).sampler).toEqual({ type: 'gp' });
    expect(specified({ scheduler }, schedulers({ ...own, resource: () => ({ min: 1, max: 9, reductionFactor: 3 }) })).sampler).toEqual({
      type: 'tpe',
    });
    expect(specified({ maxTrials: 1001 }).sampler).toEqual({ type: 'tpe' });
    for (const type of ['asha', 'hyperband']) {
      const search = specified({ scheduler: { type } }, { declaration: declare({ maxResource: 27 }) });
      expect(search.sampler).toEqual({ type: 'tpe' });
    }
  });

  it('keeps what is given', () => {
    const given = {
      name: 'a name', tags: ['a'], note: 'a note', metric: 'loss', direction: 'minimize', parallelism: 2, maxAttempts: 5, maxSilenceSeconds: 60, seed: 0,
      priority: 3, replicates: 2, maxDurationSeconds: 10, targetValue: 0, maxFailedTrials: 0, dataset: { fraction: 0.1 },
      scheduler: { type: 'median', warmupSteps: 4, interval: 2 },
    } as const; // prettier-ignore
    const submission: Partial<Submission> = { ...given, tags: [...given.tags] };
    expect(specified(submission)).toMatchObject({ ...given, decisionSteps: { at: 'every', first: 5, interval: 2 } });
  });

  it('needs a direction, which is declared for the declared metric only', () => {
    const { direction: _, ...undirected } = declare();
    expect(refused({}, { declaration: undirected })).toMatch(/^direction: is required/);
    expect(refused({ metric: 'loss' })).toMatch(/^direction: is required/);
    expect(specified({ metric: 'accuracy' }).direction).toBe('maximize');
  });

  it('means random and none by the shorthand random, which stands alone', () => {
    expect(specified({ optimizer: 'random' })).toMatchObject({
      sampler: { type: 'random' },
      scheduler: { type: 'none' },
      decisionSteps: { at: 'never' },
    });
    expect(specified({ optimizer: 'asha' }, { declaration: declare({ maxResource: 27 }) })).toMatchObject({
      sampler: { type: 'random' },
      scheduler: { type: 'asha', maxResource: 27 },
      decisionSteps: { at: 'steps', steps: [1, 3, 9], last: 27 },
    });
    expect(refused({ optimizer: 'random', sampler: { type: 'random' } })).toMatch(/^sampler: must be absent beside optimizer/);
    expect(refused({ optimizer: 'random', scheduler: { type: 'none' } })).toMatch(/^scheduler: must be absent beside optimizer/);
  });

  it('refuses algorithms that the catalogue lacks', () => {
    expect(refused({ sampler: { type: 'randm' } })).toMatch(/^sampler\.type: must be "random", .* \(did you mean "random"\?\)$/);
    expect(refused({ scheduler: { type: 'nothing' } })).toMatch(/^scheduler\.type: must be "none", "median", /);
  });

  it('does not start from another experiment', () => {
    expect(refused({ from: 'x11111' })).toBe('from: must be absent when kind is "tune"');
  });
});

describe('a scheduler with rungs', () => {
  const declaration = declare({ maxResource: 81 });

  it.each(['asha', 'hyperband'])('takes the maxResource that the training function declares, unless it names its own (%s)', (type) => {
    expect(specified({ scheduler: { type } }, { declaration })).toMatchObject({
      scheduler: { type, maxResource: 81 },
      decisionSteps: { at: 'steps', steps: [1, 3, 9, 27], last: 81 },
    });
    const given = { type, maxResource: 100, minResource: 5, reductionFactor: 4, mode: 'promote' };
    expect(specified({ scheduler: given }, { declaration })).toMatchObject({
      scheduler: given,
      decisionSteps: { at: 'steps', steps: [5, 20, 80], last: 100 },
    });
  });

  it('needs a maxResource from somewhere, and not one below its first rung', () => {
    expect(refused({ scheduler: { type: 'asha' } })).toBe(
      'scheduler.maxResource: is required where the training function declares no maxResource',
    );
    expect(refused({ optimizer: 'asha' })).toMatch(/^scheduler\.maxResource: is required/);
    const late = { type: 'hyperband', minResource: 82 };
    expect(refused({ scheduler: late }, { declaration })).toMatch(/^scheduler\.maxResource: must be at least minResource, 82/);
  });

  it('is the only one that a declared maxResource changes', () => {
    for (const type of ['none', 'median']) expect(specified({ scheduler: { type } }, { declaration }).scheduler).toEqual({ type });
    expect(specified({ kind: 'train' }, { declaration }).scheduler).not.toHaveProperty('maxResource');
  });
});

describe('maxTrials', () => {
  const finite: SearchSpace = { layers: { type: 'int', min: 1, max: 4 }, optimizer: { type: 'categorical', choices: ['sgd', 'adam'] } };
  const submission: Submission = { kind: 'tune', trainingFunction: 'digits' };

  it('is required, unless a grid ends by itself', () => {
    expect(refusal(() => specifiedExactly(submission))).toMatch(/^maxTrials: is required/);
    const declaration = declare({ space: finite });
    expect(specifiedExactly({ ...submission, sampler: { type: 'grid' } }, { declaration }).maxTrials).toBe(8);
    expect(specifiedExactly({ ...submission, sampler: { type: 'grid' }, replicates: 3 }, { declaration }).maxTrials).toBe(24);
  });

  it('counts the grid that is left once parameters are fixed', () => {
    const declaration = declare({ space: finite });
    expect(specifiedExactly({ ...submission, sampler: { type: 'grid' }, hparams: { layers: 2 } }, { declaration }).maxTrials).toBe(2);
    const coarse = { type: 'grid', resolution: 3 };
    // Two continuous parameters of 3 levels: adam has lr, rmsprop lr and momentum, sgd lr, momentum and nesterov; layers has 4 values.
    expect(specifiedExactly({ ...submission, sampler: coarse }).maxTrials).toBe(4 * (3 + 9 + 18));
  });

  it('does not make a grid of a continuous parameter', () => {
    expect(refused({ sampler: { type: 'grid' } })).toMatch(/^sampler\.resolution: is required/);
  });

  it('is required where the grid is larger than any experiment', () => {
    const space: SearchSpace = { a: { type: 'int', min: 1, max: 1_000_001 } };
    expect(refusal(() => specifiedExactly({ ...submission, sampler: { type: 'grid' } }, { declaration: declare({ space }) }))).toMatch(
      /^maxTrials: is required, because the grid has 1000001 trials/,
    );
  });

  it('may exceed what a finite space holds', () => {
    expect(specified({ maxTrials: 1000 }, { declaration: declare({ space: finite }) }).maxTrials).toBe(1000);
  });
});

describe('a submitted space', () => {
  it('replaces ranges and holds what it leaves out at its default', () => {
    const lr = { type: 'float', min: 0.1, max: 0.2 } as const;
    expect(specified({ space: { lr } }).space).toEqual({
      lr,
      layers: { type: 'constant', value: 3 },
      optimizer: { type: 'constant', value: 'sgd' },
      momentum: { type: 'constant', value: 0.5 },
      nesterov: { type: 'constant', value: false },
    });
  });

  it('keeps the conditions of what it leaves out, as far as they can still hold', () => {
    const optimizer = { type: 'categorical', choices: ['adam', 'rmsprop'] } as const;
    const { space } = specified({ space: { optimizer: { ...optimizer, choices: [...optimizer.choices] } } });
    expect(space.momentum).toEqual({ type: 'constant', value: 0.5, when: { optimizer: ['rmsprop'] } });
    expect(space).not.toHaveProperty('nesterov');
  });

  it('refuses a misspelt hyperparameter, unless the training function declares none', () => {
    const space: SearchSpace = { learners: { type: 'int', min: 1, max: 2 } };
    expect(refused({ space })).toBe('space.learners: is not a hyperparameter of the training function (did you mean "layers"?)');
    expect(specified({ space }, { declaration: declare({ space: {} }) }).space).toEqual(space);
  });

  it('is validated', () => {
    expect(refused({ space: { lr: { type: 'float', min: 1, max: 0 } } })).toMatch(/^space\.lr\.max: must be greater than min/);
  });
});

describe('fixed hyperparameters', () => {
  it('become constants and settle the conditions on them', () => {
    const { space } = specified({ hparams: { optimizer: 'rmsprop' } });
    expect(space.optimizer).toEqual({ type: 'constant', value: 'rmsprop' });
    expect(space.momentum).toEqual({ type: 'float', min: 0, max: 0.9, default: 0.5 });
    expect(space).not.toHaveProperty('nesterov');
  });

  it('stay conditional where their condition is open', () => {
    expect(specified({ hparams: { momentum: 0.1 } }).space.momentum).toEqual({
      type: 'constant',
      value: 0.1,
      when: { optimizer: ['sgd', 'rmsprop'] },
    });
  });

  it.each<[Params, string]>([
    [{ momentun: 0.1 }, 'hparams.momentun: is not a parameter of the search space (did you mean "momentum"?)'],
    [{ lr: 2 }, 'hparams.lr: must be a number from 0.001 to 1'],
    [{ layers: 1.5 }, 'hparams.layers: must be an integer from 1 to 4'],
    [{ optimizer: 'Adam' }, 'hparams.optimizer: must be "sgd", "adam" or "rmsprop" (did you mean "adam"?)'],
    [{ optimizer: 'adam', momentum: 0.1 }, 'hparams.momentum: must be absent: nothing here can make it active'],
  ])('%j are refused', (hparams, message) => {
    expect(refused({ hparams })).toBe(message);
  });

  it('leave a valid space whose every configuration the declared space has', () => {
    const value = fc.record(
      {
        lr: fc.constantFrom(0.001, 0.5),
        layers: fc.integer({ min: 1, max: 4 }),
        optimizer: fc.constantFrom('sgd', 'adam', 'rmsprop'),
        momentum: fc.constantFrom(0, 0.9),
        nesterov: fc.boolean(),
      },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(value, (hparams: Params) => {
        let space: SearchSpace;
        try {
          space = specified({ hparams }).space;
        } catch {
          // Refused only for being inactive whatever is chosen.
          expect(hparams.optimizer).toMatch(/adam|rmsprop/);
          return;
        }
        validateSpace(space);
        const params = defaultParams(space);
        expect(validateParams(declaredSpace, params)).toEqual(params);
        for (const [name, fixed] of Object.entries(hparams)) if (name in params) expect(params[name]).toBe(fixed);
      }),
      { seed: 1 },
    );
  });
});

describe('kind train', () => {
  const train = { kind: 'train' } as const;

  it('runs one configuration: what was fixed, then defaults, active parameters only', () => {
    const specification = specified({ ...train, hparams: { optimizer: 'rmsprop', lr: 0.1 } });
    expect(specification).toMatchObject({
      sampler: { type: 'grid' },
      scheduler: { type: 'none' },
      decisionSteps: { at: 'never' },
      maxTrials: 1,
    });
    expect(specification.space).toEqual({
      lr: { type: 'constant', value: 0.1 },
      layers: { type: 'constant', value: 3 },
      optimizer: { type: 'constant', value: 'rmsprop' },
      momentum: { type: 'constant', value: 0.5 },
    });
  });

  it('runs it once for each replicate', () => {
    expect(specified({ ...train, replicates: 5 }).maxTrials).toBe(5);
  });

  it('takes an incumbent, and what is given by hand before it', () => {
    const incumbentParams = { lr: 0.2, layers: 2, optimizer: 'sgd', momentum: 0.3, nesterov: true };
    const from = 'x11111';
    expect(defaultParams(specified({ ...train, from }, { incumbentParams }).space)).toEqual(incumbentParams);
    const changed = specified({ ...train, from, hparams: { optimizer: 'adam' } }, { incumbentParams });
    expect(defaultParams(changed.space)).toEqual({ lr: 0.2, layers: 2, optimizer: 'adam' });
    expect(changed.from).toBe(from);
  });

  it('takes values of an incumbent whose experiment searched wider than declared', () => {
    expect(defaultParams(specified({ ...train, from: 'x11111' }, { incumbentParams: { lr: 5 } }).space)).toMatchObject({ lr: 5 });
  });

  it('refuses an incumbent of other hyperparameters', () => {
    expect(refused({ ...train, from: 'x11111' }, { incumbentParams: { units: 5 } })).toMatch(/^from: must have an incumbent of declared/);
  });

  it('takes any hyperparameters where the training function declares none', () => {
    const declaration = declare({ space: {} });
    expect(specified({ ...train, hparams: { anything: 1 } }, { declaration }).space).toEqual({ anything: { type: 'constant', value: 1 } });
    expect(refused({ ...train, hparams: { 'no name': 1 } }, { declaration })).toMatch(/^hparams\.no name: a parameter is named/);
  });

  it('refuses hyperparameters that the others leave inactive', () => {
    const incumbentParams = { lr: 0.2, layers: 2, optimizer: 'adam' };
    const hparams = { momentum: 0.1 };
    expect(refused({ ...train, from: 'x11111', hparams }, { incumbentParams })).toBe(
      'hparams.momentum: must be absent: the other hyperparameters leave it inactive',
    );
  });

  it.each<[Partial<Submission>, string]>([
    [{ space: {} }, 'space'],
    [{ optimizer: 'random' }, 'optimizer'],
    [{ sampler: { type: 'random' } }, 'sampler'],
    [{ scheduler: { type: 'median' } }, 'scheduler'],
    [{ maxTrials: 1 }, 'maxTrials'],
  ])('searches nothing, so %j is refused', (fields, field) => {
    expect(refused({ ...train, ...fields })).toBe(
      `${field}: must be absent when kind is "train", which runs one configuration, replicates times`,
    );
  });
});

describe('an ablation', () => {
  const layer = (name: string, isProtected = false) => ({ name, type: 'Dense', inputs: [], parameters: 1, isProtected });
  const ablatable = { layers: [layer('in', true), layer('hidden'), layer('out', true)], variants: [] };
  const context = { declaration: declare({ ablatable }) };

  it('has the trials of its plan, three for each component, and stops none early', () => {
    const specification = specifiedExactly({ kind: 'ablate', trainingFunction: 'digits', ablation: { layers: ['hidden'] } }, context);
    expect(specification).toMatchObject({
      kind: 'ablate',
      maxTrials: 6,
      replicates: 3,
      sampler: { type: 'plan' },
      scheduler: { type: 'none' },
      ablation: {
        mode: 'leave-one-out',
        components: [
          { name: 'baseline', params: defaultParams(declaredSpace) },
          { name: 'layer hidden', exclusion: { layers: ['hidden'] } },
        ],
      },
    });
  });

  it('sets back what an incumbent or a person chose', () => {
    const submission: Submission = {
      kind: 'ablate',
      trainingFunction: 'digits',
      from: 'x12345',
      hparams: { layers: 4 },
      ablation: { hparams: ['lr', 'layers'] },
      replicates: 5,
    };
    const incumbentParams: Params = { lr: 0.5, layers: 2, optimizer: 'adam' };
    const { ablation, maxTrials } = specifiedExactly(submission, { ...context, incumbentParams });
    const { layers } = defaultParams(declaredSpace);
    expect(ablation?.components.map(({ params }) => [params.lr, params.layers])).toEqual([
      [0.5, 4],
      [0.01, 4],
      [0.5, layers],
    ]);
    expect(maxTrials).toBe(15);
  });

  it('takes the components that the training function declares', () => {
    const declaration = declare({ ablatable, ablation: { layers: 'all' } });
    expect(specifiedExactly({ kind: 'ablate', trainingFunction: 'digits' }, { declaration }).ablation?.components).toHaveLength(2);
  });

  it.each<[Partial<Submission>, string]>([
    [{}, 'ablation: is required'],
    [{ ablation: { layers: ['hiden'] } }, 'ablation.layers.0: must be a layer of the model (did you mean "hidden"?)'],
    [{ ablation: { layers: ['out'] } }, 'ablation.layers.0: must leave the inputs and outputs of the model'],
    [{ ablation: { layers: ['hidden'] }, maxTrials: 3 }, 'maxTrials: must be absent when kind is "ablate"'],
    [{ ablation: { layers: ['hidden'] }, execution: 'ask' }, 'execution: must be absent when kind is "ablate"'],
    [{ ablation: { hparams: ['lr'] } }, 'ablation.hparams.0: must differ from its default'],
    [{ kind: 'tune', maxTrials: 3, ablation: { layers: ['hidden'] } }, 'ablation: must be absent unless kind is "ablate"'],
    [{ kind: 'train', ablation: { layers: ['hidden'] } }, 'ablation: must be absent unless kind is "ablate"'],
  ])('refuses %j', (submission, message) => {
    expect(refusal(() => specifiedExactly({ kind: 'ablate', trainingFunction: 'digits', ...submission }, context))).toContain(message);
  });
});

import { describe, expect, it } from 'vitest';
import { ablationAsked, mostTrials, planAblation, type PlanContext } from '../../../core/ablation/plan.ts';
import { changesBetween, configurationsBetween } from '../../../core/ablation/path.ts';
import type { Ablatable, Ablation } from '../../../core/ablation/schema.ts';
import { refusal } from '../refusal.ts';

const layer = (name: string, inputs: string[], isProtected = false) => ({ name, type: 'Dense', inputs, parameters: 4, isProtected });

/** in → stem → [block1 → block2] + stem → head */
const ablatable: Ablatable = {
  layers: [
    layer('in', [], true),
    layer('stem', ['in']),
    layer('block1', ['stem']),
    { ...layer('block2', ['block1']), holds: ['deep'] },
    layer('sum', ['stem', 'block2']),
    layer('head', ['sum'], true),
  ],
  features: ['age', 'island', 'mass'],
  variants: ['wide'],
};

const context: PlanContext = {
  replicates: 3,
  start: { units: 16, optimizer: 'adam' },
  ablatable,
  space: {
    units: { type: 'int', min: 1, max: 64, default: 16 },
    optimizer: { type: 'categorical', choices: ['adam', 'sgd'] },
    momentum: { type: 'float', min: 0, max: 0.99, default: 0.9, when: { optimizer: 'sgd' } },
  },
  params: { units: 32, optimizer: 'sgd', momentum: 0.5 },
};

const plan = (ablation: Ablation) => planAblation(ablation, context);
const names = (ablation: Ablation) => plan(ablation).components.map(({ name }) => name);

describe('a plan that leaves one out', () => {
  it('starts with the baseline, which leaves out nothing', () => {
    expect(plan({ layers: ['stem'] }).components[0]).toEqual({ name: 'baseline', parts: [], exclusion: {}, params: context.params });
  });

  it('has a component for each name, with what it leaves out', () => {
    const { components } = plan({
      features: ['age'],
      layers: ['stem'],
      groups: [['block1', 'stem'], 'block'],
      modules: [{ from: 'block1', to: 'sum' }],
      variants: 'all',
      bridges: true,
    });
    expect(components.slice(1).map(({ name, exclusion }) => [name, exclusion])).toEqual([
      ['feature age', { features: ['age'] }],
      ['layer stem', { layers: ['stem'], bridges: true }],
      ['group block1+stem', { layers: ['block1', 'stem'], bridges: true }],
      ['group block*', { layers: ['block1', 'block2'], bridges: true }],
      ['module block1..sum', { modules: [{ from: 'block1', to: 'sum' }], bridges: true }],
      ['variant wide', { variant: 'wide' }],
    ]);
  });

  it('knows all layers but those that must stay', () => {
    expect(names({ layers: 'all' })).toEqual(['baseline', 'layer stem', 'layer block1', 'layer block2', 'layer sum']);
  });

  it('sets hyperparameters back to their defaults one at a time; those that are inactive then are gone', () => {
    expect(plan({ hparams: 'all' }).components.map(({ name, params }) => [name, params])).toEqual([
      ['baseline', { units: 32, optimizer: 'sgd', momentum: 0.5 }],
      ['hparam units', { units: 16, optimizer: 'sgd', momentum: 0.5 }],
      ['hparam optimizer', { units: 32, optimizer: 'adam' }],
      ['hparam momentum', { units: 32, optimizer: 'sgd', momentum: 0.9 }],
    ]);
  });
});

describe('a margin', () => {
  it('is part of the plan, where one is asked for', () => {
    expect(plan({ layers: ['stem'], margin: 0.01 }).margin).toBe(0.01);
    expect(plan({ mode: 'path', margin: 0.01 }).margin).toBe(0.01);
    expect(plan({ layers: ['stem'] })).not.toHaveProperty('margin');
  });
});

describe('a plan that leaves two out', () => {
  it('adds the pairs, with what both leave out', () => {
    const { components } = plan({ mode: 'leave-two-out', features: ['age', 'mass'], layers: ['stem'] });
    expect(components.slice(4).map(({ parts, exclusion }) => [parts, exclusion])).toEqual([
      [['feature age', 'feature mass'], { features: ['age', 'mass'] }],
      [['feature age', 'layer stem'], { features: ['age'], layers: ['stem'] }],
      [['feature mass', 'layer stem'], { features: ['mass'], layers: ['stem'] }],
    ]);
  });

  it('has no pair of which one would hide the other', () => {
    const asked: Ablation = {
      mode: 'leave-two-out',
      layers: ['stem', 'block2'],
      modules: [{ from: 'block1', to: 'block2' }],
      variants: ['wide'],
      hparams: ['optimizer', 'momentum'],
    };
    expect(names(asked).filter((name) => name.includes(' + '))).toEqual([
      'layer stem + layer block2',
      'layer stem + module block1..block2',
      'layer stem + hparam optimizer',
      'layer stem + hparam momentum',
      'layer block2 + hparam optimizer',
      'layer block2 + hparam momentum',
      'module block1..block2 + hparam optimizer',
      'module block1..block2 + hparam momentum',
      'variant wide + hparam optimizer',
      'variant wide + hparam momentum',
    ]);
  });
});

describe('a plan that adds one', () => {
  it('starts without any component', () => {
    const { components } = plan({ mode: 'one-in', features: ['age', 'mass'], hparams: ['units'] });
    expect(components.map(({ name, exclusion, params }) => [name, exclusion.features, params.units])).toEqual([
      ['baseline', ['age', 'mass'], 16],
      ['feature age', ['mass'], 16],
      ['feature mass', ['age'], 16],
      ['hparam units', ['age', 'mass'], 32],
    ]);
  });

  it('takes along a hyperparameter that another one makes active, which adds nothing alone', () => {
    const { components } = plan({ mode: 'one-in', hparams: 'all' });
    expect(components.map(({ name, params }) => [name, params])).toEqual([
      ['baseline', { units: 16, optimizer: 'adam' }],
      ['hparam units', { units: 32, optimizer: 'adam' }],
      ['hparam optimizer', { units: 16, optimizer: 'sgd', momentum: 0.5 }],
    ]);
    expect(refusal(() => plan({ mode: 'one-in', hparams: ['optimizer', 'momentum'] }))).toMatch(
      /^ablation\.hparams: must be active by themselves.*and momentum is not/,
    );
  });

  it('is refused for components that cannot all be left out', () => {
    expect(refusal(() => plan({ mode: 'one-in', layers: ['block1'], groups: ['block'] }))).toContain('ablation.mode: ');
  });
});

describe('a path', () => {
  it('leads from its start to the configuration that is studied', () => {
    const { components, race, looks } = plan({ mode: 'path' });
    expect(components.map(({ name, params }) => [name, params])).toEqual([
      ['baseline', { units: 16, optimizer: 'adam' }],
      ['target', { units: 32, optimizer: 'sgd', momentum: 0.5 }],
    ]);
    expect({ race, looks }).toEqual({ race: [2, 3], looks: [{ replicates: 3, level: 0.05 }] });
  });

  it('takes along what a change makes active, and drops what it makes inactive', () => {
    const { start, params, space } = context;
    expect(changesBetween(space, start, params)).toEqual([
      { name: 'units 16 → 32', params: { units: 32, optimizer: 'adam' } },
      { name: 'optimizer adam → sgd with momentum 0.5', params: { units: 16, optimizer: 'sgd', momentum: 0.5 } },
    ]);
    expect(changesBetween(space, params, start)[1]?.params).toEqual({ units: 32, optimizer: 'adam' });
  });

  it('can go through each configuration that some of its changes make, once', () => {
    const { start, params, space } = context;
    expect(configurationsBetween(space, start, params, 4)).toEqual([
      { units: 32, optimizer: 'adam' },
      { units: 16, optimizer: 'sgd', momentum: 0.5 },
      params,
    ]);
    expect(configurationsBetween(space, start, params, 2)).toBeUndefined();
  });

  it('has at most the trials of all races and of all its configurations', () => {
    // Two changes race with three seeds each, the other follows without a race; three configurations are measured.
    expect(mostTrials(plan({ mode: 'path' }), context.space)).toBe(2 * 3 + 3 * 3);
  });

  it('is refused where it leads nowhere, or with parts to leave out', () => {
    expect(refusal(() => planAblation({ mode: 'path' }, { ...context, start: context.params }))).toContain('ablation.start: must differ');
    expect(refusal(() => plan({ mode: 'path', layers: ['stem'] }))).toContain('ablation.layers: must be absent');
    expect(refusal(() => plan({ layers: ['stem'], start: {} }))).toContain('ablation.start: must be absent');
  });
});

describe('what is asked for', () => {
  const declared: Ablation = { layers: ['stem'], features: 'all', bridges: true };

  it('takes the declared components where it names none', () => {
    expect(ablationAsked(undefined, declared)).toEqual(declared);
    expect(ablationAsked({ mode: 'one-in', bridges: false }, declared)).toEqual({ ...declared, mode: 'one-in', bridges: false });
    expect(ablationAsked({ adaptive: true }, undefined)).toEqual({ adaptive: true });
    expect(ablationAsked(undefined, undefined)).toBeUndefined();
  });

  it('stands alone where it names components, or a path, which has none', () => {
    expect(ablationAsked({ features: ['age'] }, declared)).toEqual({ features: ['age'] });
    expect(ablationAsked({ mode: 'path' }, declared)).toEqual({ mode: 'path' });
  });
});

describe('an adaptive plan', () => {
  it('declares three looks, over which the level is spent', () => {
    const made = plan({ adaptive: true, features: ['age', 'mass'] });
    expect(made.looks.map(({ replicates }) => replicates)).toEqual([3, 6, 12]);
    expect(made.looks.reduce((sum, { level }) => sum + level, 0)).toBeCloseTo(0.05, 12);
    expect(mostTrials(made, context.space)).toBe(3 * 12);
  });

  it('keeps to its budget', () => {
    expect(plan({ adaptive: true, maxReplicates: 4, features: ['age'] }).looks.map(({ replicates }) => replicates)).toEqual([3, 4]);
    expect(refusal(() => plan({ maxReplicates: 4, features: ['age'] }))).toContain('ablation.maxReplicates: must be absent');
    expect(refusal(() => plan({ adaptive: true, maxReplicates: 2, features: ['age'] }))).toContain('must be at least replicates');
  });
});

describe('a plan is refused', () => {
  it.each<[string, Ablation, string, string]>([
    ['without a component', {}, 'ablation', 'must name at least one component'],
    ['for a misspelt layer', { layers: ['stem', 'blok1'] }, 'ablation.layers.1', 'did you mean "block1"?'],
    ['for a layer inside a nested model', { layers: ['deep'] }, 'ablation.layers.0', 'deep is inside the nested model block2'],
    ['for a module that ends inside one', { modules: [{ from: 'stem', to: 'deep' }] }, 'ablation.modules.0.to', 'nested model block2'],
    ['for a misspelt feature', { features: ['iland'] }, 'ablation.features.0', 'did you mean "island"?'],
    ['for a misspelt variant', { variants: ['wode'] }, 'ablation.variants.0', 'did you mean "wide"?'],
    ['for a misspelt hyperparameter', { hparams: ['unit'] }, 'ablation.hparams.0', 'did you mean "units"?'],
    ['for a misspelt member of a group', { groups: [['stem', 'bock1']] }, 'ablation.groups.0', 'did you mean "block1"?'],
    ['for a prefix that nothing begins with', { groups: ['blick'] }, 'ablation.groups.0', 'did you mean "block1"?'],
    ['for an output', { layers: ['head'] }, 'ablation.layers.0', 'must leave the inputs and outputs of the model'],
    ['for a module with an output in it', { modules: [{ from: 'block1', to: 'head' }] }, 'ablation.modules.0', 'head is one of them'],
    ['for a module the wrong way round', { modules: [{ from: 'sum', to: 'block1' }] }, 'ablation.modules.0', 'sum does not lead to block1'],
    [
      'for one thing under two names',
      { groups: ['block', ['block1', 'block2']] },
      'ablation',
      'group block1+block2 is the same as group block*',
    ],
  ])('%s', (_what, ablation, field, words) => {
    const message = refusal(() => plan(ablation));
    expect(message.startsWith(`${field}: `), message).toBe(true);
    expect(message).toContain(words);
  });

  it('for a hyperparameter that is at its default', () => {
    const at = { ...context, params: { ...context.params, units: 16 } };
    expect(refusal(() => planAblation({ hparams: ['units'] }, at))).toContain('must differ from its default');
    expect(refusal(() => planAblation({ hparams: ['momentum'] }, { ...context, params: { units: 1, optimizer: 'adam' } }))).toContain(
      'must be active in the baseline',
    );
  });

  it('for "all" of what is not known', () => {
    expect(refusal(() => planAblation({ features: 'all' }, { ...context, ablatable: { variants: [] } }))).toContain(
      'ablation.features: must be a list of names',
    );
  });
});

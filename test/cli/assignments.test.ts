import { describe, expect, it } from 'vitest';
import { parseDatasetOptions, parseNamedSettings, parseSettings } from '../../cli/assignments.ts';
import { UsageError } from '../../cli/failure.ts';
import type { SearchSpace } from '../../core/space.ts';

const space: SearchSpace = {
  rate: { type: 'float', min: 0, max: 1, default: 0.5 },
  layers: { type: 'int', min: 1, max: 8, default: 2 },
  optimizer: { type: 'categorical', choices: ['sgd', 'adam'] },
  momentum: { type: 'float', min: 0, max: 0.99, default: 0.9, when: { optimizer: 'sgd' } },
  version: { type: 'categorical', choices: ['1', 1, true, 'true', '1.10'] },
  batch: { type: 'ordinal', choices: [16, 32] },
  epochs: { type: 'constant', value: 6 },
};

const defaults = { rate: 0.5, layers: 2, optimizer: 'sgd', momentum: 0.9, version: '1', batch: 16, epochs: 6 };

function refusal(act: () => unknown): string {
  try {
    act();
  } catch (error) {
    expect(error).toBeInstanceOf(UsageError);
    return (error as UsageError).message;
  }
  throw new Error('was not refused');
}

describe('what is named alone', () => {
  it('is read the same way, and nothing is added to it', () => {
    expect(parseNamedSettings([], space, '--start')).toEqual({});
    // Whether the optimizer makes it active is for whoever completes it to know.
    expect(parseNamedSettings(['momentum=0.5', 'epochs=7'], space, '--start')).toEqual({ momentum: 0.5, epochs: 7 });
  });

  it('is refused with the flag that named it', () => {
    expect(refusal(() => parseNamedSettings(['layers=9'], space, '--start'))).toBe('--start layers=9: must be an integer from 1 to 8');
    expect(refusal(() => parseNamedSettings(['layer=3'], space, '--start'))).toContain('--start layer=3: is no hyperparameter');
  });
});

describe('--set', () => {
  it('leaves what it does not name at its default', () => {
    expect(parseSettings([], space)).toEqual(defaults);
  });

  it('reads each text by the type of its parameter', () => {
    expect(parseSettings(['rate=1e-3', 'layers=+3', 'optimizer=sgd', 'batch=32', 'epochs=6'], space)).toEqual({
      ...defaults,
      rate: 0.001,
      layers: 3,
      batch: 32,
    });
  });

  it.each([
    ['1', 1],
    ['"1"', '1'],
    ['true', true],
    ['"true"', 'true'],
    ['1.10', '1.10'],
  ] as const)('reads %s among mixed choices as %j', (text, value) => {
    expect(parseSettings([`version=${text}`], space).version).toBe(value);
  });

  it.each(['', ' 1', '0x1', 'one', 'NaN', 'Infinity', '1,5'])('refuses "%s" where a number stands', (text) => {
    expect(refusal(() => parseSettings([`rate=${text}`], space))).toMatch(/^--set rate=.*: must be a number from 0 to 1$/);
  });

  it.each([
    ['layers=2.5', 'must be an integer from 1 to 8'],
    ['layers=9', 'must be an integer from 1 to 8'],
    ['optimizer=adm', 'must be "sgd" or "adam" (did you mean "adam"?)'],
    ['batch=24', 'must be 16 or 32'],
    ['epochs=many', 'must be a number, like 6'],
  ])('refuses %s with the rule', (setting, rule) => {
    expect(refusal(() => parseSettings([setting], space))).toBe(`--set ${setting}: ${rule}`);
  });

  it('holds a constant at another value of its kind', () => {
    expect(parseSettings(['epochs=7'], space)).toEqual({ ...defaults, epochs: 7 });
  });

  it('offers the nearest name for one that is misspelt, and all names for a stranger', () => {
    expect(refusal(() => parseSettings(['layer=3'], space))).toContain('did you mean "layers"?');
    expect(refusal(() => parseSettings(['temperature=3'], space))).toContain('there are rate, layers, optimizer');
  });

  it('refuses a parameter that the others leave inactive', () => {
    expect(refusal(() => parseSettings(['optimizer=adam', 'momentum=0.5'], space))).toMatch(
      /momentum: must be absent unless optimizer is "sgd"/,
    );
  });

  it.each(['rate', '=1', ''])('refuses "%s", which has not the form name=value', (setting) => {
    expect(refusal(() => parseSettings([setting], space))).toContain('name=value');
  });

  it('refuses a name that is given twice', () => {
    expect(refusal(() => parseSettings(['rate=0.1', 'rate=0.2'], space))).toContain('twice');
  });
});

describe('--dataset', () => {
  it('takes JSON, and any other text as it is', () => {
    expect(parseDatasetOptions(['fraction=0.1', 'exclude=["island"]', 'name=mnist', 'url=a=b', 'version="1.10"'])).toEqual({
      fraction: 0.1,
      exclude: ['island'],
      name: 'mnist',
      url: 'a=b',
      version: '1.10',
    });
  });
});

import { describe, expect, it } from 'vitest';
import { didYouMean, nearestName } from '../../core/nearest.ts';

describe('nearestName', () => {
  it.each([
    ['learningrate', 'learningRate'],
    ['learning_rate', 'learningRate'],
    ['dropuot', 'dropout'],
    ['mni', 'min'],
    ['lrr', 'lr'],
    ['batch', 'batchSize'],
    ['desc', 'descending'],
  ])('finds what %s was meant to be', (typed, meant) => {
    expect(nearestName(typed, ['momentum', meant, 'seed'])).toBe(meant);
  });

  it.each(['optimizer', 'x', '', 'zzzzzzzz', 'a'.repeat(1_000_000)])('says nothing where nothing is close (%#)', (typed) => {
    expect(nearestName(typed, ['lr', 'dropout', 'k'])).toBeUndefined();
  });

  it('takes an abbreviation only where one name alone begins with it', () => {
    expect(nearestName('Max', ['maximize', 'minimize'])).toBe('maximize');
    expect(nearestName('max', ['maxTrials', 'maxAttempts'])).toBeUndefined();
    expect(nearestName('m', ['momentum', 'seed'])).toBeUndefined();
  });

  it('takes the closest, and of equals the first', () => {
    expect(nearestName('layer', ['player', 'layers', 'lager'])).toBe('player');
    expect(nearestName('layers2', ['layer', 'layers'])).toBe('layers');
  });
});

describe('didYouMean', () => {
  it('is empty where nothing is close or the value is no string', () => {
    expect(didYouMean('adm', ['adam', 'sgd'])).toBe(' (did you mean "adam"?)');
    expect(didYouMean('rmsprop', ['adam', 'sgd'])).toBe('');
    expect(didYouMean(5, ['5'])).toBe('');
  });
});

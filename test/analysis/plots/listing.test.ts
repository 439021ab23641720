import { expect, it } from 'vitest';
import { listed } from '../../../analysis/plots/listing.ts';
import { TrialTable } from '../../../analysis/plots/table.ts';
import type { Params } from '../../../core/space.ts';
import type { State } from '../../../core/states.ts';

const table = new TrialTable(
  {
    lr: { type: 'float', min: 1e-4, max: 1, scale: 'log' },
    optimizer: { type: 'categorical', choices: ['sgd', 'adam', 'rms prop'] },
    momentum: { type: 'float', min: 0, max: 1, when: { optimizer: 'sgd' } },
  },
  'minimize',
);
const trials: readonly (readonly [State, number | null, Params])[] = [
  ['completed', 0.5, { lr: 0.1, optimizer: 'sgd', momentum: 0.9 }],
  ['completed', 0.2, { lr: 0.01, optimizer: 'adam' }],
  ['failed', null, { lr: 0.5, optimizer: 'adam' }],
  ['stopped', 0.4, { lr: 0.001, optimizer: 'rms prop' }],
  ['running', 0.2, { lr: 0.02, optimizer: 'sgd', momentum: 0.1 }],
];
for (const [number, [state, value, params]] of trials.entries()) {
  table.set({
    ...{ number, state, value, params, seed: 1, origin: 'suggested', metrics: null, lastStep: 0, reports: 0, attempts: 1, failure: null },
    ...{ worker: null, slot: null, startedAt: null, endedAt: null, durationSeconds: null },
  });
}

it.each([
  ['', [0, 1, 2, 3, 4]],
  ['value<=0.4 lr<0.02', [1, 3]],
  ['optimizer=adam, state!=failed', [1]],
  ['optimizer="rms prop"', [3]],
  ['momentum>=0', [0, 4]],
  ['momentum!=0.9', [4]],
  ['number > 2', [3, 4]],
])('the filter %j finds trials %j', (filter, found) => {
  expect(listed(table, { filter })).toEqual(found);
});

it('sorts by any column, what lacks it last, equal ones by number', () => {
  expect(listed(table, { sort: 'value' })).toEqual([1, 4, 3, 0, 2]);
  expect(listed(table, { sort: 'value', order: 'descending' })).toEqual([0, 3, 1, 4, 2]);
  expect(listed(table, { sort: 'momentum' })).toEqual([4, 0, 1, 2, 3]);
});

it.each([
  ['optimzer=adam', /"optimizer"/],
  ['optimizer=adamw', /"adam"/],
  ['lr<small', /number/],
  ['just words', /must be conditions/],
  ['state<failed', /= or !=/],
])('refuses the filter %j and says why', (filter, why) => {
  expect(() => listed(table, { filter })).toThrow(why);
});

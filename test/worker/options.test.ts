/** Flags and variables of a worker, and what it shares out to its slots. */
import { availableParallelism } from 'node:os';
import { describe, expect, it } from 'vitest';
import { shareOf } from '../../worker/environment.ts';
import { readWorkerOptions, workerDefaults } from '../../worker/options.ts';

describe('options of a worker', () => {
  it('are the defaults where nothing is said', () => {
    expect(readWorkerOptions([], {})).toEqual(workerDefaults);
  });

  it('come from flags before variables, and an empty variable says nothing', () => {
    const environment = { MAGGY_POOL: 'gpu', MAGGY_SLOTS: '2', MAGGY_STORE: '', REDIS_URL: 'redis://elsewhere' };
    expect(readWorkerOptions(['--slots', '3', '--gpus', '0, 1'], environment)).toEqual({
      ...workerDefaults,
      pool: 'gpu',
      slots: 3,
      redisUrl: 'redis://elsewhere',
      gpus: ['0', '1'],
    });
  });

  it('say whether its slots are for lockstep groups', () => {
    expect(readWorkerOptions(['--lockstep', '--address', 'here'], {})).toEqual({ ...workerDefaults, lockstep: true, address: 'here' });
    expect(readWorkerOptions([], { MAGGY_LOCKSTEP: 'true' })).toEqual({ ...workerDefaults, lockstep: true });
    expect(() => readWorkerOptions([], { MAGGY_LOCKSTEP: 'yes' })).toThrow(/^lockstep: must be true or false, got "yes"/);
  });

  it.each([
    [['--slots', '2.5'], /^slots: must be a whole number of at least 1, got "2.5"/],
    [['--slots', '0'], /^slots: /],
    [['--drain-seconds', 'soon'], /^drain-seconds: /],
    [['--pool', 'a b'], /^pool: /],
    [['--slot', '1'], /--slot/],
  ])('refuse %j', (args, message) => {
    expect(() => readWorkerOptions(args, {})).toThrow(message);
  });
});

describe('a slot', () => {
  it('has its own GPU, in turn, and its share of the cores', () => {
    const gpus = [0, 1, 2].map((slot) => shareOf(slot, 3, ['4', '5'], {}).environment.CUDA_VISIBLE_DEVICES);
    expect(gpus).toEqual(['4', '5', '4']);
    expect(shareOf(0, availableParallelism() * 2, [], {}).threads).toBe(1);
  });

  it('inherits the environment, but not the way into Redis', () => {
    const { environment } = shareOf(0, 1, [], { REDIS_URL: 'redis://:secret@host', DATA: '/data', OMP_NUM_THREADS: '7' });
    expect(environment).toMatchObject({ DATA: '/data', OMP_NUM_THREADS: '7' });
    expect(environment.REDIS_URL).toBeUndefined();
  });
});

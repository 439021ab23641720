/** When the files of a replaced checkpoint go. */
import { describe, expect, it } from 'vitest';
import { MemoryCheckpointStore } from '../../training/memory-checkpoint-store.ts';
import { CheckpointTrail } from '../../worker/checkpoint-trail.ts';
import { TrialStore } from '../../worker/child/trial-store.ts';

const state = (text: string): Map<string, Uint8Array> => new Map([['data.json', new TextEncoder().encode(text)]]);

describe('a checkpoint', () => {
  it('stays while Redis may still lose the registration of its successor, and then goes', async () => {
    const store = new MemoryCheckpointStore();
    const [first, second, third] = await Promise.all(['1', '2', '3'].map((text) => store.write(state(text))));
    if (first === undefined || second === undefined || third === undefined) throw new Error('three were written');
    const trail = new CheckpointTrail(store, first, () => Promise.resolve(third));
    trail.registered(second, 1000);
    await trail.removeDue(1000);
    expect(await store.has(first)).toBe(true);
    trail.registered(third, 7000);
    await trail.removeDue(7000);
    expect(await store.has(first)).toBe(false);
    expect(await Promise.all([store.has(second), store.has(third)])).toEqual([true, true]);
    expect(trail.isClean).toBe(false);
    await trail.removeDue(12_000);
    expect(await Promise.all([store.has(second), store.has(third)])).toEqual([false, true]);
    expect(trail.isClean).toBe(true);
  });

  it('stays when Redis has been away and comes back without the registration of its successor', async () => {
    const store = new MemoryCheckpointStore();
    const [first, second] = await Promise.all(['1', '2'].map((text) => store.write(state(text))));
    if (first === undefined || second === undefined) throw new Error('two were written');
    const trail = new CheckpointTrail(store, first, () => Promise.resolve(first));
    trail.registered(second, 1000);
    await trail.removeDue(60_000);
    expect(await store.has(first)).toBe(true);
  });

  it('stays when its trial saves the same state again', async () => {
    const store = new MemoryCheckpointStore();
    const [first, second] = await Promise.all(['1', '2'].map((text) => store.write(state(text))));
    if (first === undefined || second === undefined) throw new Error('two were written');
    const trail = new CheckpointTrail(store, first, () => Promise.resolve(first));
    trail.registered(second, 1000);
    trail.registered(first, 2000);
    await trail.removeAll();
    expect(await Promise.all([store.has(first), store.has(second)])).toEqual([true, false]);
  });

  it('belongs to its trial, even where another saves the same state', async () => {
    const store = new MemoryCheckpointStore();
    const [one, other] = await Promise.all([1, 2].map((trial) => new TrialStore(store, trial).write(state('same'))));
    expect(one).not.toBe(other);
  });
});

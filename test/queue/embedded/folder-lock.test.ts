import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { lockFolder } from '../../../queue/embedded/folder-lock.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'maggy-lock-'));
});
afterEach(() => rm(folder, { recursive: true }));

const living = new Set<string>();
const lock = (owner: string) =>
  lockFolder<string>(
    folder,
    owner,
    (text) => {
      const content: unknown = JSON.parse(text);
      return typeof content === 'string' ? content : null;
    },
    (found) => Promise.resolve(living.has(found)),
  );

/** Twenty contenders at once, all alive. */
async function contend(round: string): Promise<{ winners: string[]; told: string[] }> {
  const names = Array.from({ length: 20 }, (_, index) => `${round}-${index}`);
  names.forEach((name) => living.add(name));
  const answers = await Promise.all(names.map(async (name) => ({ name, answer: await lock(name) })));
  return {
    winners: answers.flatMap(({ name, answer }) => ('lock' in answer ? name : [])),
    told: answers.flatMap(({ answer }) => ('heldBy' in answer ? answer.heldBy : [])),
  };
}

describe('the lock of a folder', () => {
  it('goes to exactly one of many contenders, and tells the others whose it is', async () => {
    const { winners, told } = await contend('fresh');
    expect(winners).toHaveLength(1);
    expect(new Set(told)).toEqual(new Set(winners));
  });

  it('goes to exactly one of many contenders each time its owner dies', async () => {
    for (let round = 0; round < 10; round++) {
      const { winners } = await contend(`round ${round}`);
      expect(winners).toHaveLength(1);
      living.clear();
    }
  });

  it('is free once it is released, and leaves one file however often it is taken', async () => {
    for (const owner of ['first', 'second', 'third']) {
      living.add(owner);
      const answer = await lock(owner);
      if (!('lock' in answer)) throw new Error(`held by ${answer.heldBy}`);
      await answer.lock.release();
    }
    expect(await readdir(folder)).toEqual(['lock.3']);
  });
});

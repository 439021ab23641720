/** Where the sockets of ranks on one machine lie. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { Machine } from '../../../worker/lockstep/machine.ts';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'maggy-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

it('a folder for a socket is new each time', async () => {
  const machine = await Machine.find('127.0.0.1', folder);
  const [one, other] = [await machine.socketFolder(), await machine.socketFolder()];
  expect(one).toContain(folder);
  expect(other).not.toBe(one);
});

it('there is none where its path would be longer than a socket may have on any system, so that ranks meet over TCP', async () => {
  const machine = await Machine.find('127.0.0.1', join(folder, 'long'.repeat(20)));
  expect(await machine.socketFolder()).toBeUndefined();
});

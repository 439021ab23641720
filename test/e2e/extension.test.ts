import { spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { describe, expect, it, onTestFinished } from 'vitest';
import { MaggyClient } from '../../client/client.ts';
import { useTestRedis } from '../support/redis.ts';
import { until } from '../support/until.ts';
import { checkout, useFolders } from '../support/user-folder.ts';
import { whenEnded } from './workplace.ts';

const redis = useTestRedis();
const folderOf = useFolders();

const parabola = `
import { defineTraining } from 'maggy';
export default defineTraining({
  name: 'parabola', space: { x: { type: 'float', min: -1, max: 1 } }, direction: 'minimize',
  train: ({ hparams }) => (hparams.x - 0.25) ** 2,
});`;

describe('a project folder outside the checkout', { timeout: 120_000 }, () => {
  it('brings a sampler of its own to the API, the optimizer and the replay', async () => {
    const folder = await folderOf({
      'functions/parabola.ts': parabola,
      'samplers/greedy.ts': await readFile(join(checkout, 'examples/extensions/epsilon-greedy.ts'), 'utf8'),
    });
    const env = { ...process.env, REDIS_URL: redis.url, MAGGY_PREFIX: redis.prefix.slice(0, -1), MAGGY_EXTENSIONS: 'samplers' };
    const maggy = (...args: string[]) => spawn(process.execPath, [join(checkout, 'cli/maggy.mjs'), ...args], { cwd: folder, env });

    const stack = maggy('up', '--functions', 'functions', '--port', '0', '--workers', '1', '--slots', '1');
    onTestFinished(() => void stack.kill('SIGKILL'));
    const printed: string[] = [];
    for (const stream of [stack.stdout, stack.stderr]) createInterface(stream).on('line', (line) => printed.push(line));
    await until('the stack serves', () => printed.some((line) => line.includes('Ctrl-C')), 60_000);
    const api = new MaggyClient(/http:\/\/[\d.]+:\d+/.exec(printed.join('\n'))?.[0] ?? '');

    const submission = { kind: 'tune', trainingFunction: 'parabola', maxTrials: 12, seed: 1 } as const;
    const tooGreedy = { type: 'epsilon-greedy', epsilon: 2 };
    const greedy = { type: 'epsilon-greedy', epsilon: 0, width: 0.001 };
    await expect(api.submit({ ...submission, sampler: tooGreedy })).rejects.toMatchObject({
      code: 'invalid',
      field: 'sampler.epsilon',
    });
    const id = await api.submit({ ...submission, sampler: greedy });
    const result = await api.nextResult(id, { waitSeconds: 60 });
    expect(result?.document).toMatchObject({ state: 'completed', counts: { completed: 12 } });
    // Without exploration every trial stays near an earlier one. Three at most are on lists made before the first outcome was known.
    const places = (await api.allTrials(id)).map(({ params }) => Number(params.x));
    const [drawn, stepped] = [places.slice(0, 3), places.slice(3)];
    expect(stepped.every((x) => drawn.some((start) => Math.abs(x - start) < 0.1))).toBe(true);

    expect(await whenEnded(maggy('replay', id))).toMatchObject({ code: 0, stdout: expect.stringContaining('differences  none') });
    stack.kill('SIGTERM');
    await until('the stack has ended', () => stack.exitCode !== null || stack.signalCode !== null);
  });
});

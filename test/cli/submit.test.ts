/** From `maggy submit` to the end of what it submitted, as scripts and people use it. */
import { spawnSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { startServer, type RunningServer } from '../../api/server.ts';
import { linesSince } from '../../cli/commands/logs.ts';
import { MaggyClient } from '../../client/index.ts';
import { maggy } from '../support/command-line.ts';
import { Deployment, Gate } from '../support/deployment.ts';
import { useTestRedis } from '../support/redis.ts';
import { FUNCTION_HASH } from '../support/specification.ts';
import { until } from '../support/until.ts';

const { url, prefix } = useTestRedis();
let deployment: Deployment;
let server: RunningServer;
let folder = '';

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'maggy-submit-'));
  deployment = new Deployment(url, prefix);
  await deployment.optimizer();
  server = await startServer({ redisUrl: url, prefix: deployment.keys.prefix, storeFolder: '/nowhere', host: '127.0.0.1', port: 0 });
  vi.stubEnv('MAGGY_URL', server.url);
  const space = { x: { type: 'float' as const, min: -1, max: 1 }, y: { type: 'float' as const, min: 1e-5, max: 1, scale: 'log' as const } };
  const declared = { name: 'quadratic', hash: FUNCTION_HASH, space, metric: 'value', direction: 'minimize' as const, source: '' };
  await deployment.registry.declare('default', [{ ...declared, defaults: { x: 0, y: 0.1 } }]);
});
afterAll(async () => {
  vi.unstubAllEnvs();
  await server.close();
  await deployment.close();
  await rm(folder, { recursive: true, force: true });
});

const specificationOf = (id: string) => new MaggyClient(server.url).specification(id);

describe('maggy submit', () => {
  it('submits what flags say, and prints the id alone', async () => {
    const { code, stdout, stderr } = await maggy(
      ...['submit', 'quadratic', '--trials', '4', '--sampler', 'gp', '--scheduler', 'asha,maxResource=9,mode=promote'],
      ...['--set', 'x=0.5', '--tag', 'a', '--tag', 'b', '--seed', '3', '--name', 'by hand', '--dataset', 'exclude=["sex"]'],
    );
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(/^\w+\n$/);
    expect(await specificationOf(stdout.trim())).toMatchObject({
      kind: 'tune',
      maxTrials: 4,
      sampler: { type: 'gp' },
      scheduler: { type: 'asha', maxResource: 9, mode: 'promote' },
      space: { x: { type: 'constant', value: 0.5 } },
      dataset: { exclude: ['sex'] },
      tags: ['a', 'b'],
      seed: 3,
      name: 'by hand',
    });
    await maggy('stop', stdout.trim());
  });

  it.each([
    ['experiment.yaml', 'trainingFunction: quadratic\nmaxTrials: 7\nsampler: { type: sobol }\nseed: 1\n'],
    ['experiment.json', '{ "trainingFunction": "quadratic", "maxTrials": 7, "sampler": { "type": "sobol" }, "seed": 1 }'],
  ])('takes %s, and flags before it', async (name, text) => {
    const file = join(folder, name);
    await writeFile(file, text);
    const { stdout } = await maggy('submit', file, '--seed', '2');
    expect(await specificationOf(stdout.trim())).toMatchObject({ maxTrials: 7, sampler: { type: 'sobol' }, seed: 2 });
    await maggy('stop', stdout.trim());
  });

  it('is the same experiment under the same key', async () => {
    const submit = () => maggy('submit', 'quadratic', '--trials', '1', '--seed', '1', '--idempotency-key', 'once');
    const first = await submit();
    expect(await submit()).toEqual(first);
    await maggy('stop', first.stdout.trim());
  });

  it.each([
    [['submit'], /name a training function, or a file that does/],
    [['submit', 'absent.yaml'], /absent\.yaml: there is no such file/],
    [['submit', 'quadratic', '--trials', '4', '--scheduler', 'asha,maxResource'], /maxResource has no value/],
    [['submit', 'quadratic', '--trials', '4', '--sampler', 'pg'], /sampler/],
    [['submit', 'quadratc', '--trials', '4'], /quadratc/],
    [['submit', 'quadratic'], /maxTrials/],
  ])('refuses %j with exit code 2, and says what it takes', async (args, says) => {
    const { code, stderr } = await maggy(...args);
    expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringMatching(says) });
    expect(stderr).toMatch(/--help/);
  });

  it('refuses a file that is neither JSON nor YAML', async () => {
    const file = join(folder, 'broken.yaml');
    await writeFile(file, 'a: [1');
    expect(await maggy('submit', file)).toMatchObject({ code: 2, stderr: expect.stringContaining('neither JSON nor YAML') });
  });

  it('watches to the end, with the result on stdout and how it went on stderr', async () => {
    const worker = await deployment.worker({ slots: 2, steps: 3, pauseMs: 2 });
    const { code, stdout, stderr } = await maggy('submit', 'quadratic', '--trials', '5', '--scheduler', 'none', '--watch', '--json');
    expect({ code, stderr }).toMatchObject({ code: 0 });
    expect(JSON.parse(stdout)).toMatchObject({ state: 'completed', counts: { completed: 5 } });
    expect(stderr.trim().split('\n')).toHaveLength(7);
    await worker.end();
  });

  it('exits with 5 where what it watched does not complete', async () => {
    const worker = await deployment.worker({ slots: 1, steps: 1, failing: 1 });
    const { code, stdout, stderr } = await maggy(...['submit', 'quadratic', '--trials', '5', '--max-failed-trials', '0', '--watch']);
    expect(code).toBe(5);
    expect(stdout).toMatch(/^state +failed \(maxFailedTrials\)$/m);
    expect(stderr).toMatch(/the experiment has failed; most of its failed trials: error, as trial \d: as planned/);
    await worker.end();
  });
});

describe('maggy logs', () => {
  it('goes on with --follow until the trial has ended', async () => {
    const gate = new Gate();
    const worker = await deployment.worker({ slots: 1, steps: 1, gate: gate.pass });
    const id = (await maggy('submit', 'quadratic', '--trials', '1')).stdout.trim();
    const key = deployment.keys.of(id).output(0);
    await until('the trial runs', async () => (await deployment.running(id)) === 1 || null);
    await until('its row is there', async () => (await deployment.readModel.trial(id, 0)) !== null || null);
    await deployment.redis.rpush(key, 'one', 'two');
    const followed = maggy('logs', id, '0', '--follow');
    await deployment.redis.rpush(key, 'three');
    gate.open();
    expect(await followed).toEqual({ code: 0, stdout: 'one\ntwo\nthree\n', stderr: '' });
    await worker.end();
  });

  it('finds what is new where the server has dropped what is old', () => {
    expect(linesSince(['a', 'b', 'c'], ['b', 'c', 'd'])).toEqual(['d']);
    expect(linesSince(['a', 'a'], ['a', 'a', 'a'])).toEqual(['a']);
    expect(linesSince(['a', 'b'], ['x', 'y'])).toEqual(['x', 'y']);
    expect(linesSince([], ['a'])).toEqual(['a']);
    expect(linesSince(['a'], ['a'])).toEqual([]);
  });
});

describe('maggy init', () => {
  it('writes a function and a test that is green, and nothing over what is there', { timeout: 120_000 }, async () => {
    const written = await maggy('init', folder, '--name', 'rings');
    expect(written).toMatchObject({ code: 0, stderr: '' });
    // Written where a user has it, and `maggy` is found from the checkout.
    const inCheckout = join(process.cwd(), '.maggy', `init-${process.pid}`);
    try {
      expect((await maggy('init', inCheckout, '--name', 'rings')).code).toBe(0);
      const { NODE_OPTIONS: _, VITEST: __, ...env } = process.env;
      const test = spawnSync(process.execPath, ['--import', 'tsx', '--test', join(inCheckout, 'rings.test.ts')], { encoding: 'utf8', env });
      expect(test.stdout).toMatch(/^# pass 4$/m);
      expect(test.status).toBe(0);
      const run = spawnSync(process.execPath, ['cli/maggy.mjs', 'run', join(inCheckout, 'rings.ts'), '--set', 'epochs=2'], {
        encoding: 'utf8',
      });
      expect(run.stdout).toMatch(/^valAccuracy 0\.\d+ in/m);
    } finally {
      await rm(inCheckout, { recursive: true, force: true });
    }
    expect(await maggy('init', folder, '--name', 'rings')).toMatchObject({ code: 2, stderr: expect.stringContaining('is there already') });
  });
});

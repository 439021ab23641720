/** Commands that look at an experiment and steer it, as a person gives them. */
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { startServer, type RunningServer } from '../../api/server.ts';
import { MaggyClient } from '../../client/index.ts';
import { Deployment } from '../support/deployment.ts';
import { maggy } from '../support/command-line.ts';
import { useTestRedis } from '../support/redis.ts';

const { url, prefix } = useTestRedis();
let deployment: Deployment;
let server: RunningServer;
let id = '';

beforeAll(async () => {
  deployment = new Deployment(url, prefix);
  await deployment.optimizer();
  server = await startServer({ redisUrl: url, prefix: deployment.keys.prefix, storeFolder: '/nowhere', host: '127.0.0.1', port: 0 });
  vi.stubEnv('MAGGY_URL', server.url);
  await deployment.worker({ slots: 2, steps: 3, pauseMs: 2 });
  id = await deployment.submit({ id: 'ecommand1', maxTrials: 5 });
  await deployment.ended(id);
});
afterAll(async () => {
  vi.unstubAllEnvs();
  await server.close();
  await deployment.close();
});
it('lists and shows experiments', async () => {
  expect((await maggy('list', '--state', 'completed')).stdout).toMatch(/^ecommand1 {2}completed .*5 completed/);
  expect((await maggy('show', id)).stdout).toMatch(/^state +completed \(maxTrials\)\ntrials +5 completed\nbest /m);
  expect(JSON.parse((await maggy('show', id, '--json')).stdout)).toMatchObject({ id, counts: { completed: 5 } });
});

it('says that there are more experiments than it lists, and lists as many as it is asked for', async () => {
  const more = ['ecommand2', 'ecommand3'];
  for (const other of more) await deployment.ended(await deployment.submit({ id: other, maxTrials: 1 }));
  const some = await maggy('list', '--limit', '2');
  expect(some.stdout.trim().split('\n')).toHaveLength(2);
  expect(some.stderr).toContain('there are more');
  const all = await maggy('list', '--limit', '3');
  expect(all.stdout.trim().split('\n')).toHaveLength(3);
  expect(all.stderr).toBe('');
  // In pages of one.
  const ids = (await new MaggyClient(server.url).allExperiments({ limit: 1 })).map((experiment) => experiment.id);
  expect([...ids].sort()).toEqual([id, ...more].sort());
});

it.each(['nonsense', 'http://user:100%@127.0.0.1:1'])('exits with 2 where MAGGY_URL is %s', async (address) => {
  vi.stubEnv('MAGGY_URL', address);
  const { code, stderr } = await maggy('list');
  vi.stubEnv('MAGGY_URL', server.url);
  expect(code).toBe(2);
  expect(stderr).toContain('url: must');
  expect(stderr).not.toContain('100%@');
});

it('prints trials, the best one first where it is asked to, and the best one as flags', async () => {
  const { stdout } = await maggy('trials', id, '--sort', 'value', '--json');
  const numbers = stdout
    .trim()
    .split('\n')
    .map((line) => (JSON.parse(line) as { number: number }).number);
  const best = JSON.parse((await maggy('best', id, '--json')).stdout) as { number: number; params: Record<string, unknown> };
  expect(numbers).toHaveLength(5);
  expect(best.number).toBe(numbers[0]);
  const [name = ''] = Object.keys(best.params);
  expect((await maggy('best', id, '--as-flags')).stdout).toContain(`--set ${name}=${String(best.params[name])}`);
});

it('watches to the end, in plain lines where there is no terminal', async () => {
  const { code, stdout, stderr } = await maggy('watch', id);
  expect(code).toBe(0);
  expect(stderr.trim().split('\n')).toHaveLength(6);
  expect(stdout).toMatch(/^state +completed/m);
});

it('steers, and fails with what the server says', async () => {
  expect(await maggy('stop', id)).toMatchObject({ code: 0, stderr: '' });
  expect(await maggy('show', 'eunknown')).toMatchObject({ code: 3, stderr: expect.stringContaining('eunknown') });
  expect((await maggy('trials', id, '--sort', 'luck')).code).toBe(2);
});

/** The clients in other languages, as they stand in `examples/`, against a real server and optimizer. */
import { spawn, spawnSync, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { Asker, startApi } from '../support/askers.ts';
import { count, Deployment } from '../support/deployment.ts';
import { ApiKeys } from '../../queue/api-keys.ts';
import { useTestRedis } from '../support/redis.ts';

const { url, prefix } = useTestRedis();
let deployment: Deployment;
let server: Awaited<ReturnType<typeof startApi>>;
/** One that asks for keys, and a key that it takes. */
let guarded: Awaited<ReturnType<typeof startApi>>;
let key = '';
beforeAll(async () => {
  deployment = new Deployment(url, prefix);
  await deployment.optimizer();
  server = await startApi(deployment);
  guarded = await startApi(deployment, true);
  const { text } = await new ApiKeys(deployment.redis, deployment.keys).create({ name: 'asker', scope: 'submit', requestsPerMinute: 6000 });
  key = text;
});
afterAll(async () => {
  await Promise.all([server.app.close(), guarded.app.close()]);
  await deployment.close();
});

function isInstalled(...command: [string, string]): boolean {
  return spawnSync(...[command[0], [command[1]]]).status === 0;
}

function start(interpreter: string, file: string, args: string[] = [], env: Record<string, string> = {}): ChildProcessWithoutNullStreams {
  const path = fileURLToPath(new URL(`../../examples/ask-and-tell/${file}`, import.meta.url));
  const child = spawn(interpreter, [path, ...args], { env: { ...process.env, MAGGY_URL: server.address, MAGGY_API_KEY: '', ...env } });
  onTestFinished(() => void child.kill('SIGKILL'));
  return child;
}

/** What it printed, once it has ended well. */
async function ended(child: ChildProcessWithoutNullStreams): Promise<string> {
  let [said, failed] = ['', ''];
  child.stdout.on('data', (chunk: Buffer) => (said += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (failed += chunk.toString()));
  const closed: unknown[] = await once(child, 'close');
  expect({ code: closed[0], failed }).toEqual({ code: 0, failed: '' });
  return said;
}

describe.skipIf(!isInstalled('python3', '--version'))('the client in Python', () => {
  it('submits an experiment and works on it to its end, beside another one that was given its id', { timeout: 90_000 }, async () => {
    const first = start('python3', 'client.py');
    const whole = ended(first);
    const [line] = (await once(createInterface({ input: first.stdout }), 'line')) as unknown[];
    const id = String(line).replace('Experiment ', '');
    const outputs = await Promise.all([whole, ended(start('python3', 'client.py', [id]))]);
    const result = await deployment.ended(id);
    expect(result).toMatchObject({ state: 'completed', counts: { running: 0, paused: 0 } });
    expect(result.counts.completed).toBeGreaterThan(0);
    const { incumbent } = result;
    for (const output of outputs) {
      const [, best = ''] = /^Best: (.*)$/m.exec(output) ?? [];
      expect(JSON.parse(best)).toMatchObject({ ...incumbent });
    }
    const events = await deployment.checkBooks(id);
    // Each of them has run trials, and none was lost.
    expect(new Set(events.flatMap((event) => (event.type === 'bound' ? [event.worker] : []))).size).toBe(2);
    expect([count(events, 'attemptLost'), count(events, 'failed')]).toEqual([0, result.counts.failed]);
    expect(count(events, 'paused')).toBeGreaterThan(0);
  });
});

describe.skipIf(!isInstalled('curl', '--version') || !isInstalled('jq', '--version'))('the client in curl and jq', () => {
  it('works on an experiment to its end', { timeout: 90_000 }, async () => {
    const axis = { type: 'float', min: -1, max: 1 };
    const space = { x: axis, y: axis };
    const id = await new Asker(server.address).submit({
      space,
      direction: 'minimize',
      maxTrials: 5,
      scheduler: { type: 'median', minTrials: 1 },
    });
    const output = await ended(start('sh', 'client.sh', [id]));
    expect(output.match(/^Trial \d: (completed|stopped) after step \d/gm)).toHaveLength(5);
    const { incumbent } = await deployment.ended(id);
    const [x, y] = [Number(incumbent?.params.x), Number(incumbent?.params.y)];
    expect(incumbent?.value).toBeCloseTo((x - 0.3) ** 2 + (y + 0.2) ** 2 + 1 / 5, 12);
    await deployment.checkBooks(id);
  });
});

describe.skipIf(!isInstalled('curl', '--version') || !isInstalled('jq', '--version') || !isInstalled('python3', '--version'))(
  'both clients',
  () => {
    it.each([
      ['python3', 'client.py'],
      ['sh', 'client.sh'],
    ])('%s %s shows the key of MAGGY_API_KEY to a server that asks for one, and is refused without', async (interpreter, file) => {
      const space = { x: { type: 'float', min: -1, max: 1 } };
      const id = await new Asker(server.address).submit({ space, direction: 'minimize', maxTrials: 1, scheduler: { type: 'none' } });
      await deployment.experiments.control(id, { action: 'stop' });
      await deployment.ended(id);
      const output = await ended(start(interpreter, file, [id], { MAGGY_URL: guarded.address, MAGGY_API_KEY: key }));
      expect(output).toContain(`Experiment ${id}`);
      const refused = start(interpreter, file, [id], { MAGGY_URL: guarded.address });
      let said = '';
      refused.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()));
      expect((await once(refused, 'close'))[0]).not.toBe(0);
      expect(said).toContain('a valid API key must come');
    });
  },
);

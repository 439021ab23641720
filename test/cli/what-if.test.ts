/** `maggy what-if` as a person gives it, on an experiment that a real optimizer ran. */
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { startServer, type RunningServer } from '../../api/server.ts';
import { MaggyClient } from '../../client/client.ts';
import { Deployment, Gate } from '../support/deployment.ts';
import { maggy } from '../support/command-line.ts';
import { useTestRedis } from '../support/redis.ts';

const STEPS = 9;
const { url, prefix } = useTestRedis();
let deployment: Deployment;
let server: RunningServer;

beforeAll(async () => {
  deployment = new Deployment(url, prefix);
  await deployment.optimizer();
  server = await startServer({ redisUrl: url, prefix: deployment.keys.prefix, storeFolder: '/nowhere', host: '127.0.0.1', port: 0 });
  vi.stubEnv('MAGGY_URL', `${server.url}/`);
});
afterAll(async () => {
  vi.unstubAllEnvs();
  await server.close();
  await deployment.close();
});
describe('maggy what-if', () => {
  it('replays a finished experiment under another scheduler', async () => {
    const worker = await deployment.worker({ slots: 3, steps: STEPS, pauseMs: 10 });
    const id = await deployment.submit({ id: 'ewhatif1', maxTrials: 30 });
    const { incumbent, resource } = await deployment.ended(id);
    await worker.end();

    const same = await maggy('what-if', id, '--scheduler', 'none', '--json');
    expect(same).toMatchObject({ code: 0, stderr: '' });
    const kept = { steps: resource.used, completed: 30, best: { trial: incumbent?.number, value: incumbent?.value } };
    expect(JSON.parse(same.stdout)).toMatchObject({ experiment: id, workers: 3, recorded: kept, replayed: kept, unknown: 0 });

    const stopping = JSON.parse((await maggy('what-if', id, '--scheduler', 'asha', '--json')).stdout) as { replayed: { steps: number } };
    expect(stopping).toMatchObject({
      scheduler: { type: 'asha', maxResource: STEPS },
      recorded: kept,
      replayed: { best: kept.best },
      unknown: 0,
    });
    expect(stopping.replayed.steps).toBeLessThan(0.6 * 30 * STEPS);

    const shown = await maggy('what-if', id, '--scheduler', 'asha', '--mode', 'promote', '--workers', '8');
    expect(shown.stdout).toMatch(
      /^experiment +ewhatif1, 8 workers\n +recorded +asha +maxResource 9, mode promote\nsteps +270 +\d+ +-\d+ %\nseconds/,
    );
    expect(shown.stdout).toMatch(/\nbest .* (nothing lost|worse by [\d.e-]+)\n$/);
  });

  it('says how many trials a recording cuts short', async () => {
    const worker = await deployment.worker({ slots: 2, steps: STEPS });
    const scheduler = { type: 'asha', maxResource: STEPS };
    const id = await deployment.submit({
      id: 'ewhatif2',
      maxTrials: 12,
      scheduler,
      decisionSteps: { at: 'steps', steps: [1, 3], last: STEPS },
    });
    const { counts } = await deployment.ended(id);
    await worker.end();
    expect(counts.stopped).toBeGreaterThan(0);
    const { stdout } = await maggy('what-if', id, '--scheduler', 'none');
    expect(stdout).toContain(`${counts.stopped} trials would have gone on where their recording ends`);
  });

  it('refuses an experiment without curves, all of whose trials failed at once', async () => {
    const worker = await deployment.worker({ slots: 1, steps: 1, failing: 1 });
    const id = await deployment.submit({ id: 'ewhatif4', maxTrials: 2 });
    await deployment.ended(id);
    await worker.end();
    expect(await maggy('what-if', id, '--scheduler', 'asha')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('has no curves') as string,
    });
  });

  it('refuses an experiment that runs, one that is not there, and options that make no sense', async () => {
    const gate = new Gate();
    const worker = await deployment.worker({ slots: 1, gate: gate.pass });
    const id = await deployment.submit({ id: 'ewhatif3', maxTrials: 1 });
    await vi.waitFor(async () => expect(await deployment.running(id)).toBe(1), 20_000);
    expect(await maggy('what-if', id, '--scheduler', 'none')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('once it has ended') as string,
    });
    gate.open();
    await deployment.ended(id);
    await worker.end();
    expect(await maggy('what-if', 'enowhere', '--scheduler', 'none')).toMatchObject({
      code: 3,
      stderr: expect.stringContaining('enowhere') as string,
    });
    expect(await maggy('what-if', id)).toMatchObject({ code: 2, stderr: expect.stringContaining('--scheduler') as string });
    const mode = await maggy('what-if', id, '--scheduler', 'median', '--mode', 'promote');
    expect(mode).toMatchObject({ code: 2, stderr: expect.stringContaining('--mode: only asha and hyperband') as string });
  });

  it('reads curves of any length', async () => {
    const worker = await deployment.worker({ slots: 1, steps: 1 });
    const id = await deployment.submit({ id: 'ewhatif9', maxTrials: 1 });
    await deployment.ended(id);
    await worker.end();
    const key = deployment.keys.of(id).curve(0);
    for (let step = 2; step <= 2500; step++) void deployment.redis.rpush(key, JSON.stringify([1, step, step, 1000, {}]));
    const page = await fetch(`${server.url}/v1/experiments/${id}/trials/0/curve?points=100`);
    // Of each stretch its first, last, lowest and highest: two on a line that rises.
    expect(((await page.json()) as { items: unknown[] }).items).toHaveLength(50);
    const steps = (await new MaggyClient(server.url).curve(id, 0)).map((report) => report.step);
    expect(steps).toEqual(Array.from({ length: 2500 }, (_, report) => report + 1));
  });
});

/** A deployment of one process of each kind, and what Prometheus would read of it once an experiment has run. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startServer, type RunningServer } from '../../api/server.ts';
import { MaggyClient } from '../../client/client.ts';
import { optimizerMetrics } from '../../metrics/metrics.ts';
import { serveMetrics } from '../../metrics/server.ts';
import { startOptimizer } from '../../optimizer/main.ts';
import { ApiKeys } from '../../queue/api-keys.ts';
import { connect } from '../../queue/connection.ts';
import { makeKeys } from '../../queue/keys.ts';
import { workerDefaults } from '../../worker/options.ts';
import { TrialWorker } from '../../worker/worker.ts';
import { useTestRedis } from '../support/redis.ts';
import { until } from '../support/until.ts';
import { testTimes } from '../worker/bed.ts';
import { FIXTURES } from '../worker/experiment.ts';

const { url: redisUrl, prefix: given } = useTestRedis();
const prefix = given.slice(0, -1);
const log = pino({ level: 'fatal' });
const anywhere = { host: '127.0.0.1', port: 0 };
const closing: (() => Promise<unknown>)[] = [];
let storeFolder = '';

beforeAll(async () => {
  storeFolder = await mkdtemp(join(tmpdir(), 'maggy-store-'));
});
afterAll(async () => {
  for (const close of closing.reverse()) await close();
  await rm(storeFolder, { recursive: true });
});

async function serve(requireKeys: boolean): Promise<RunningServer> {
  const server = await startServer({ redisUrl, prefix, storeFolder, ...anywhere, requireKeys });
  closing.push(() => server.close());
  return server;
}

/** Values by name and labels, as they stand in the text. */
async function read(url: string | undefined, headers: Record<string, string> = {}): Promise<Map<string, number>> {
  const response = await fetch(url ?? '', { headers });
  expect(response.status).toBe(200);
  expect(response.headers.get('content-type')).toMatch(/^text\/plain; version=0\.0\.4/);
  const lines = (await response.text()).split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return new Map(lines.map((line) => [line.slice(0, line.lastIndexOf(' ')), Number(line.slice(line.lastIndexOf(' ') + 1))]));
}

describe('after a trial with three reports', () => {
  let api: RunningServer;
  let optimizerUrl: string | undefined;
  let worker: TrialWorker;

  beforeAll(async () => {
    api = await serve(false);
    const optimizer = await startOptimizer({ redisUrl, prefix, storeFolder, log, metrics: anywhere });
    closing.push(() => optimizer.stop());
    optimizerUrl = optimizer.metricsUrl;
    const options = { ...workerDefaults, functions: FIXTURES, redisUrl, prefix, store: storeFolder, slots: 2, backend: 'cpu' };
    worker = await TrialWorker.start({ options: { ...options, metrics: anywhere }, times: testTimes, environment: process.env, log });
    closing.push(() => worker.close());
    const client = new MaggyClient(api.url);
    const id = await client.submit({
      kind: 'tune',
      trainingFunction: 'reports',
      direction: 'maximize',
      hparams: { steps: 3, pauseMs: 0 },
      maxTrials: 1,
      scheduler: { type: 'median' },
      seed: 1,
    });
    expect((await client.wait(id)).counts).toMatchObject({ completed: 1 });
  });

  it('the API shows queue, slots, experiments and its requests', async () => {
    // Workers say what their slots run with each beat.
    const metrics = await until('the slots are idle', async () => {
      const found = await read(`${api.url}/metrics`);
      return found.get('maggy_slots{pool="default",kind="trials",state="idle"}') === 2 ? found : null;
    });
    expect(metrics.get('maggy_slots{pool="default",kind="trials",state="busy"}')).toBe(0);
    expect(metrics.get('maggy_workers{pool="default",kind="trials"}')).toBe(1);
    expect(metrics.get('maggy_queue_depth{pool="default",kind="trials"}')).toBe(0);
    expect(metrics.get('maggy_experiments{state="completed"}')).toBe(1);
    expect(metrics.get('maggy_experiments{state="running"}')).toBe(0);
    expect(metrics.get('maggy_http_request_duration_seconds_count{method="POST",route="/v1/experiments",status="201"}')).toBe(1);
    expect(metrics.get('process_resident_memory_bytes')).toBeGreaterThan(0);
  });

  it('the optimizer shows takeovers, attempts, decisions and how long they took', async () => {
    const metrics = await read(optimizerUrl);
    expect(metrics.get('maggy_optimizer_takeovers_total')).toBe(1);
    expect(metrics.get('maggy_optimizer_attempts_started_total{origin="suggested"}')).toBe(1);
    expect(metrics.get('maggy_optimizer_outcomes_total{outcome="completed"}')).toBe(1);
    expect(metrics.get('maggy_optimizer_attempts_lost_total')).toBe(0);
    expect(metrics.get('maggy_optimizer_commit_duration_seconds_count{answer="committed"}')).toBeGreaterThan(0);
    const decisions = metrics.get('maggy_optimizer_decisions_total{decision="continue"}') ?? NaN;
    expect(decisions).toBeGreaterThan(0);
    expect(decisions).toBeLessThanOrEqual(3);
    expect(metrics.get('maggy_optimizer_decision_latency_seconds_count')).toBe(decisions);
    expect(metrics.get('maggy_optimizer_experiments')).toBe(0);
  });

  it('the worker shows slots, reports and attempts', async () => {
    const metrics = await read(worker.metricsUrl);
    expect(metrics.get('maggy_worker_reports_total')).toBe(3);
    expect(metrics.get('maggy_worker_attempts_total{end="completed"}')).toBe(1);
    expect(metrics.get('maggy_worker_slots{state="idle"}')).toBe(2);
    expect(metrics.get('maggy_worker_slots{state="busy"}')).toBe(0);
  });

  it('nothing else is served there', async () => {
    const other = new URL('/', worker.metricsUrl);
    expect((await fetch(other)).status).toBe(404);
  });
});

describe('where keys are asked for', () => {
  it('metrics are shown to whoever may read', async () => {
    const server = await serve(true);
    const redis = connect(redisUrl);
    closing.push(async () => redis.disconnect());
    const { text } = await new ApiKeys(redis, makeKeys(prefix)).create({ name: 'prometheus', scope: 'read', requestsPerMinute: 100 });
    expect((await fetch(`${server.url}/metrics`)).status).toBe(401);
    expect((await read(`${server.url}/metrics`, { authorization: `Bearer ${text}` })).size).toBeGreaterThan(0);
  });
});

describe('a port that is taken', () => {
  it('is named', async () => {
    const first = await serveMetrics(optimizerMetrics().registry, anywhere);
    const port = Number(new URL(first.url).port);
    await expect(serveMetrics(optimizerMetrics().registry, { host: '127.0.0.1', port })).rejects.toThrow(
      new RegExp(`^metrics cannot be served at 127\\.0\\.0\\.1:${port}: .*EADDRINUSE`),
    );
    first.close();
  });
});

/** A submission's trace, as a collector of OpenTelemetry receives it from three processes. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { MaggyClient } from '../../client/client.ts';
import { isTracing, startTracing } from '../../telemetry/tracing.ts';
import { Collector, type CollectedSpan } from '../support/collector.ts';
import { freePort } from '../support/free-port.ts';
import { useTestRedis } from '../support/redis.ts';
import { until } from '../support/until.ts';
import { Workplace } from './workplace.ts';

const { url, prefix } = useTestRedis();
const TRIALS = 2;
let collector: Collector;
let place: Workplace;

beforeAll(async () => {
  collector = await Collector.start();
  place = await Workplace.create({
    REDIS_URL: url,
    MAGGY_PREFIX: prefix,
    OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
    OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json',
    OTEL_BSP_SCHEDULE_DELAY: '50',
  });
});
afterAll(async () => {
  await place.remove();
  collector.close();
});

/** An API, an optimizer and a worker, until the test ends. */
async function startProcesses(): Promise<MaggyClient> {
  const port = String(await freePort());
  for (const command of [['api', '--port', port], ['optimizer'], ['worker', '--functions', 'functions', '--backend', 'cpu']])
    place.start(...command).stdout.resume();
  const client = new MaggyClient(`http://127.0.0.1:${port}`);
  const hasWorker = (): Promise<boolean> =>
    fetch(`${client.url}/v1/workers`).then(
      async (answer) => (await answer.text()).includes('"climb"'),
      () => false,
    );
  await until('the worker is there', hasWorker);
  return client;
}

function named(name: string): CollectedSpan[] {
  return collector.spans.filter((span) => span.name === name);
}

/** From the span that begins the trace to this one. */
function wayTo(span: CollectedSpan): string[] {
  const parent = collector.spans.find(({ spanId }) => spanId === span.parentSpanId);
  return [...(parent === undefined ? [] : wayTo(parent)), `${span.service}: ${span.name}`];
}

describe('with OTEL_EXPORTER_OTLP_ENDPOINT', () => {
  it('one trace leads from the submission over the queues to each attempt', async () => {
    const client = await startProcesses();
    const submission = { kind: 'tune', trainingFunction: 'climb', hparams: { steps: 2, stepMs: 1 }, maxTrials: TRIALS, seed: 1 } as const;
    const id = await client.submit(submission);
    await client.wait(id);
    // It ends with the experiment, and so after all others.
    await until('the experiment has a span', () => named('process experiments').length === 1);
    const attempts = await until('attempts have spans', () => named('attempt').length === TRIALS && named('attempt'));
    for (const attempt of attempts)
      expect(wayTo(attempt)).toEqual([
        'maggy-api: POST /v1/experiments',
        'maggy-api: add experiments.experiment',
        'maggy-optimizer: process experiments',
        'maggy-optimizer: add trials.default.ticket',
        'maggy-worker: process trials.default',
        'maggy-worker: attempt',
      ]);
    const work = attempts.map(({ attributes }) => ({
      experiment: attributes['maggy.experiment'],
      trial: attributes['maggy.trial'],
      attempt: attributes['maggy.attempt'],
      outcome: attributes['maggy.outcome'],
    }));
    expect(work.sort((a, b) => Number(a.trial) - Number(b.trial))).toEqual(
      Array.from({ length: TRIALS }, (_, trial) => ({ experiment: id, trial, attempt: 1, outcome: 'completed' })),
    );
    for (const name of ['POST /v1/experiments', 'process experiments', 'process trials.default'])
      for (const span of named(name)) expect(span.attributes['maggy.experiment']).toBe(id);

    const traceId = '4bf92f3577b34da6a3ce929d0e0e4736';
    await fetch(`${client.url}/v1/pools`, { headers: { traceparent: `00-${traceId}-00f067aa0ba902b7-01` } });
    const request = await until('a request that names a trace has a span', () => named('GET /v1/pools').at(0));
    expect(request).toMatchObject({ traceId, parentSpanId: '00f067aa0ba902b7', attributes: { 'http.response.status_code': 200 } });

    // Neither what BullMQ does for itself nor a sweep begins a trace.
    const first = collector.spans.filter(({ parentSpanId = '' }) => parentSpanId === '');
    expect([...new Set(first.map(({ service }) => service))]).toEqual(['maggy-api']);
  });

  it('a protocol that is not spoken is refused with those that are', async () => {
    const environment = { OTEL_EXPORTER_OTLP_ENDPOINT: collector.url, OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc' };
    await expect(startTracing('api', environment, () => undefined)).rejects.toThrow('must be http/protobuf or http/json');
  });
});

it.each([
  { said: 'nothing is', environment: {} },
  { said: 'the address is empty', environment: { OTEL_EXPORTER_OTLP_ENDPOINT: '' } },
  { said: 'the SDK is disabled', environment: { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://collector', OTEL_SDK_DISABLED: 'true' } },
  { said: 'the exporter is none', environment: { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://collector', OTEL_TRACES_EXPORTER: 'none' } },
])('where $said, nothing is traced', async ({ environment }) => {
  await (await startTracing('api', environment, () => undefined)).stop();
  expect(isTracing()).toBe(false);
});

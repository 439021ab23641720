import { afterAll, beforeAll, expect, it } from 'vitest';
import { pino } from 'pino';
import { Deployment } from '../support/deployment.ts';
import { MortalRedis } from '../support/mortal-redis.ts';
import { until } from '../support/until.ts';

interface Line {
  readonly level: number;
  readonly msg: string;
  readonly seconds?: number;
  readonly experiment?: string;
}

const DEBUG = 20;
let redis: MortalRedis;
let deployment: Deployment;
const lines: Line[] = [];

beforeAll(async () => {
  redis = await MortalRedis.start();
  deployment = new Deployment(redis.url, 'outage');
});
afterAll(async () => {
  await deployment.close();
  await redis.remove();
});

function said(message: string): Line[] {
  return lines.filter(({ msg }) => msg.startsWith(message));
}

it('an optimizer tells once that Redis is lost and once that it is back, however many connections and experiments it has', async () => {
  const write = (text: string): void => {
    const line: Line = JSON.parse(text);
    lines.push(line);
  };
  const log = pino({ level: 'debug' }, { write });
  // So long that no lease lapses, however busy the machine is.
  await deployment.optimizer({ log, lockDurationMs: 60_000 });
  for (const id of ['exp00001', 'exp00002', 'exp00003']) await deployment.submit({ id });
  await until('it looks after them', () => said('took the experiment over').length >= 3);
  for (const outage of [1, 2]) {
    await redis.kill();
    await until('it is lost', () => said('Redis is lost').length === outage);
    const quiet = lines.filter(({ level }) => level === DEBUG).length;
    await until('it was tried many times', () => lines.filter(({ level }) => level === DEBUG).length > quiet + 10);
    await redis.start();
    await until('it is back', () => said('Redis is back').length === outage);
    const experiment = await deployment.submit({ id: `exp1000${outage}` });
    await until('another one is looked after', () => said('took the experiment over').some((line) => line.experiment === experiment));
    expect(said('Redis is back').at(-1)?.seconds).toBeGreaterThan(0);
  }
  expect(said('Redis is lost')).toHaveLength(2);
  const others = lines.filter(
    ({ level, msg }) => level > DEBUG && !/^(optimizer ready|took the experiment over|Redis is (lost|back))/.test(msg),
  );
  expect(others).toEqual([]);
});

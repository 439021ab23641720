/** A server that asks for keys, as a browser meets it. */
import { tmpdir } from 'node:os';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startServer, type RunningServer } from '../../api/server.ts';
import { ApiKeys } from '../../queue/api-keys.ts';
import { connect } from '../../queue/connection.ts';
import { makeKeys } from '../../queue/keys.ts';
import { useTestRedis } from '../support/redis.ts';
import { openBrowser, openPage } from './browser.ts';

const { url: redisUrl, prefix } = useTestRedis();
let server: RunningServer;
let browser: Browser;
let key: string;

beforeAll(async () => {
  const keys = makeKeys(prefix.slice(0, -1));
  const redis = connect(redisUrl);
  ({ text: key } = await new ApiKeys(redis, keys).create({ name: 'ann', scope: 'read', requestsPerMinute: 6000 }));
  redis.disconnect();
  server = await startServer({ redisUrl, prefix: keys.prefix, storeFolder: tmpdir(), host: '127.0.0.1', port: 0, requireKeys: true });
  browser = await openBrowser();
});
afterAll(async () => {
  await browser.close();
  await server.close();
});

it('asks for a key, refuses a wrong one, and keeps a right one until it is told to forget it', async () => {
  const { page } = await openPage(browser);
  await page.goto(server.url);
  await page.getByLabel('API key').fill('wrong');
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByText('does not accept the key').waitFor();

  await page.getByLabel('API key').fill(key);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByText('There is no experiment yet.').waitFor();
  await page.reload();
  await page.getByText('There is no experiment yet.').waitFor();

  await page.getByRole('button', { name: 'Sign out' }).click();
  await page.getByLabel('API key').waitFor();
  expect(await page.evaluate(() => JSON.stringify(sessionStorage))).not.toContain(key);
  await page.close();
});

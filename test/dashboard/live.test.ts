/** What a page shows of an experiment follows it by itself. Trials end when the test says so: it is the one who runs them. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startServer, type RunningServer } from '../../api/server.ts';
import { MaggyClient } from '../../client/index.ts';
import { Asker } from '../support/askers.ts';
import { Deployment } from '../support/deployment.ts';
import { useTestRedis } from '../support/redis.ts';
import { openBrowser, openPage } from './browser.ts';

const { url, prefix } = useTestRedis();
/** No poll that a page could have would be slower. */
const quietMs = 4000;

let deployment: Deployment;
let server: RunningServer;
let asker: Asker;
let api: MaggyClient;
let browser: Browser;

beforeAll(async () => {
  deployment = new Deployment(url, prefix);
  await deployment.optimizer();
  server = await startServer({ redisUrl: url, prefix: deployment.keys.prefix, storeFolder: '/nowhere', host: '127.0.0.1', port: 0 });
  asker = new Asker(server.url);
  api = new MaggyClient(server.url);
  browser = await openBrowser();
});
afterAll(async () => {
  await browser.close();
  await server.close();
  await deployment.close();
});

async function submit(name: string): Promise<string> {
  const space = { x: { type: 'float', min: -1, max: 1 }, y: { type: 'float', min: -1, max: 1 } };
  return asker.submit({
    name,
    space,
    direction: 'minimize',
    scheduler: { type: 'none' },
    sampler: { type: 'random' },
    maxTrials: 4,
    seed: 5,
  });
}

async function finishOne(id: string): Promise<void> {
  const { number, token } = await asker.trial(id);
  const { status, body } = await asker.post(`/${id}/trials/${number}/tell`, { token, state: 'completed', value: 0.5 });
  expect(status, JSON.stringify(body)).toBe(200);
}

interface Watched {
  readonly page: Page;
  /** Paths and queries of what was asked of the API. */
  readonly asked: string[];
}

async function watch(id: string): Promise<Watched> {
  const { page } = await openPage(browser);
  const asked: string[] = [];
  page.on('request', (request) => {
    const { pathname, search } = new URL(request.url());
    if (pathname.startsWith('/v1/')) asked.push(`${pathname}${search}`);
  });
  await page.goto(`${server.url}/experiments/${id}`);
  await page.getByText('0 of 4 trials').waitFor();
  return { page, asked };
}

/** Resolves once nothing was asked for a while. */
async function silence({ asked }: Watched): Promise<void> {
  for (let known = -1; known !== asked.length;) {
    known = asked.length;
    await sleep(quietMs);
  }
}

const streams = (asked: readonly string[]): number => asked.filter((path) => path.endsWith('/result/events')).length;

it('a trial that ends appears without a reload, and nothing is asked in between', async () => {
  const id = await submit('Followed');
  const watched = await watch(id);
  const { page, asked } = watched;
  await silence(watched);
  await finishOne(id);
  await page.getByText('1 of 4 trials').waitFor();
  await page.getByRole('img', { name: /^Optimization history. 1 trials/ }).waitFor();
  expect(streams(asked)).toBe(1);
  expect(asked.filter((path) => path.includes('waitSeconds'))).toEqual([]);
  await page.close();
});

it('a tab that nobody sees closes its stream, and shows what it missed when it is seen again', async () => {
  const id = await submit('Hidden');
  const { page, asked } = await watch(id);
  await expect.poll(() => streams(asked)).toBe(1);
  const show = (state: string): Promise<void> =>
    page.evaluate((visibility) => {
      Object.defineProperty(document, 'visibilityState', { value: visibility, configurable: true });
      document.dispatchEvent(new Event('visibilitychange'));
    }, state);
  const closed = page.waitForEvent('requestfailed', { predicate: (request) => request.url().endsWith('/result/events') });
  await show('hidden');
  await closed;
  await finishOne(id);
  await api.nextResult(id, { waitSeconds: 0 });
  expect(await page.getByText('0 of 4 trials').isVisible()).toBe(true);
  await show('visible');
  await page.getByText('1 of 4 trials').waitFor();
  await expect.poll(() => streams(asked)).toBe(2);
  await page.close();
});

it('a stream that is held back on its way is replaced by polls', async () => {
  const id = await submit('Held back');
  const { page } = await openPage(browser);
  await page.route('**/result/events', () => undefined);
  const polled = page.waitForRequest((request) => request.url().includes('waitSeconds'));
  await page.goto(`${server.url}/experiments/${id}`);
  await page.getByText('0 of 4 trials').waitFor();
  await polled;
  await finishOne(id);
  await page.getByText('1 of 4 trials').waitFor();
  await page.close();
});

it('one that has ended is extended, and deleted with all that it left', async () => {
  const id = await submit('Short lived');
  for (let trial = 0; trial < 4; trial += 1) await finishOne(id);
  await api.wait(id);
  const { page } = await openPage(browser);
  await page.goto(`${server.url}/experiments/${id}`);
  await page.getByText('4 of 4 trials').waitFor();
  await page.getByRole('button', { name: 'Extend…' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Further trials').fill('2');
  await dialog.getByRole('button', { name: 'Extend', exact: true }).click();
  await dialog.waitFor({ state: 'detached' });
  await page.getByText('4 of 6 trials').waitFor();
  await finishOne(id);
  await page.getByText('5 of 6 trials').waitFor();

  await page.getByRole('button', { name: 'Delete…' }).click();
  await dialog.getByText('There is no way back.').waitFor();
  await dialog.getByText(id).waitFor();
  await dialog.getByRole('button', { name: 'Delete it' }).click();
  await page.getByRole('heading', { name: 'Experiments' }).waitFor();
  await page.getByText('Short lived').waitFor({ state: 'detached' });
  await expect(api.result(id)).rejects.toMatchObject({ code: 'gone' });
  await page.close();
});

it('a trial shows its attempts: where each ran, and how it ended', async () => {
  const id = await submit('Tried');
  const { number, token } = await asker.trial(id, { worker: 'somewhere-4711-0a1b2c3d' });
  await asker.post(`/${id}/trials/${number}/tell`, { token, state: 'failed', message: 'it would not fit' });
  const { page } = await openPage(browser);
  await page.goto(`${server.url}/experiments/${id}/trials/${number}`);
  const row = page.getByRole('region', { name: 'Attempts' }).getByRole('row').nth(1);
  await row.getByText('error: it would not fit').waitFor();
  expect(await row.getByRole('cell').nth(2).innerText()).toBe('somewhere');
  await page.close();
});

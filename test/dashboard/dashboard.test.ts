/**
 * The dashboard as people use it, in a browser, on the real stack. With SCREENSHOTS=1 the pages are photographed into docs/screenshots,
 * which the guide shows.
 */
import { fileURLToPath } from 'node:url';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Workplace } from '../e2e/workplace.ts';
import { useTestRedis } from '../support/redis.ts';
import { barriers, desk, openBrowser, openPage, phone, type WatchedPage } from './browser.ts';
import { drawnPlots, overhang, settled } from './looking.ts';
import { startShowcase, type Showcase } from './showcase.ts';

const photographs = fileURLToPath(new URL('../../docs/screenshots', import.meta.url));

const redis = useTestRedis();
let place: Workplace;
let showcase: Showcase;
let browser: Browser;

beforeAll(async () => {
  place = await Workplace.create();
  [showcase, browser] = await Promise.all([startShowcase(place.folder, redis.url, redis.prefix.slice(0, -1)), openBrowser()]);
  await Promise.all(Object.values(showcase.ids).map((id) => showcase.stack.api.wait(id)));
}, 300_000);

afterAll(async () => {
  await browser.close();
  await showcase.stack.stop();
  await place.remove();
});

async function visit(path: string, options = desk): Promise<WatchedPage> {
  const watched = await openPage(browser, options);
  const [, name = '', rest = ''] = /^:(\w+)(.*)$/.exec(path) ?? [];
  const id = Object.entries(showcase.ids).find(([known]) => known === name)?.[1];
  await watched.page.goto(`${showcase.stack.api.url}${id === undefined ? path : `/experiments/${id}${rest}`}`);
  await settled(watched.page);
  return watched;
}

async function photograph(page: Page, name: string): Promise<void> {
  if (process.env.SCREENSHOTS === '1') await page.screenshot({ path: `${photographs}/${name}.png`, fullPage: true });
}

/** Photographed as a phone shows them and in the dark too. */
const inAllLooks = ['overview', 'trials'];
/** Every page, with the plots that it has to draw. */
const pages = [
  { name: 'experiments', path: '/', plots: 0 },
  { name: 'overview', path: ':tpe', plots: 2 },
  { name: 'curves', path: ':asha/curves', plots: 1 },
  { name: 'parameters', path: ':tpe/parameters', plots: 9 },
  { name: 'trials', path: ':tpe/trials?sort=value', plots: 0 },
  { name: 'trial', path: ':tpe/trials/0', plots: 1 },
  { name: 'rungs', path: ':asha/rungs', plots: 1 },
  { name: 'timeline', path: ':asha/timeline', plots: 1 },
  { name: 'ablation', path: ':ablation/ablation', plots: 1 },
  { name: 'submit', path: '/submit?function=landscape', plots: 0 },
  { name: 'workers', path: '/workers', plots: 0 },
];

describe('every page', () => {
  it.each(pages)('$name draws what it has to, keeps nobody out, and fits a phone', async ({ name, path, plots }) => {
    for (const look of [
      { suffix: '', options: desk, isPhotographed: true },
      { suffix: '-dark', options: { ...desk, colorScheme: 'dark' } as const, isPhotographed: false },
      { suffix: '-phone', options: phone, isPhotographed: false },
    ]) {
      const { page, troubles } = await visit(path, look.options);
      await expect.poll(() => drawnPlots(page), { timeout: 30_000 }).toBe(plots);
      expect(await barriers(page)).toEqual([]);
      expect(await overhang(page)).toBe(0);
      expect(troubles).toEqual([]);
      if (look.isPhotographed || inAllLooks.includes(name)) await photograph(page, `${name}${look.suffix}`);
      await page.close();
    }
  });

  it('compares experiments that were ticked in the list', async () => {
    const { page, troubles } = await visit('/');
    await page.getByLabel('Compare Landscape, tpe').check();
    await page.getByLabel('Compare Landscape, random').check();
    await page.getByRole('link', { name: 'Compare 2' }).click();
    await page.getByRole('heading', { name: 'Comparison' }).waitFor();
    await expect.poll(() => drawnPlots(page), { timeout: 30_000 }).toBe(2);
    expect(await barriers(page)).toEqual([]);
    expect(troubles).toEqual([]);
    await photograph(page, 'compare');
    await page.close();
  });

  it('says so where there is no such experiment, and no such page', async () => {
    const { page } = await visit('/experiments/nothinghere/');
    await page.getByRole('alert').getByText('nothinghere').waitFor();
    await page.close();
  });
});

describe('an experiment', () => {
  it('is submitted from the form, arrives trial by trial, and is stopped', async () => {
    const { page, troubles } = await visit('/submit?function=landscape');
    await page.getByLabel('Name', { exact: true }).fill('From the form');
    await page.getByLabel('Sampler').selectOption('random');
    await page.getByLabel('Trials', { exact: true }).fill('5000');
    await page.getByLabel('learningRate to').fill('0.1');
    await page
      .getByRole('group', { name: /^layers/ })
      .getByLabel('search')
      .uncheck();
    await page.getByLabel(/^layers fixed at/).fill('3');
    await page.getByRole('button', { name: 'Submit' }).click();

    await page.getByRole('heading', { name: 'From the form' }).waitFor();
    const id = new URL(page.url()).pathname.split('/').at(-1) ?? '';
    const { space } = await showcase.stack.api.specification(id);
    expect(space).toMatchObject({ learningRate: { max: 0.1 }, layers: { type: 'constant', value: 3 } });

    const ended = async (): Promise<number> => Number(/^\d+/.exec(await page.getByText(/of 5,000 trials/).innerText())?.[0]);
    await expect.poll(ended, { timeout: 60_000 }).toBeGreaterThan(0);
    const before = await ended();
    await expect.poll(ended, { timeout: 60_000 }).toBeGreaterThan(before);

    await page.getByRole('button', { name: 'Stop' }).click();
    await page.getByRole('button', { name: 'Stop it' }).click();
    await page.getByText('ended by requested').waitFor();
    expect((await showcase.stack.api.result(id)).state).toBe('stopped');
    expect(troubles).toEqual([]);
    await page.close();
  });

  it('says what is wrong with a form', async () => {
    const { page } = await visit('/submit?function=landscape');
    await page.getByLabel('learningRate from').fill('5');
    await page.getByRole('button', { name: 'Check without running' }).click();
    await page.getByRole('alert').getByText('learningRate').waitFor();
    await page.close();
  });

  it('is paused, given a configuration, and resumed', async () => {
    const { api } = showcase.stack;
    const id = await api.submit({
      kind: 'tune',
      trainingFunction: 'landscape',
      maxTrials: 5000,
      hparams: { epochMs: 20 },
      sampler: { type: 'random' },
    });
    const { page } = await visit(`/experiments/${id}`);
    await page.getByRole('button', { name: 'Pause' }).click();
    await page.getByRole('button', { name: 'Enqueue…' }).click();
    await page
      .getByRole('dialog')
      .getByLabel(/^dropout/)
      .fill('0.123');
    await page.getByRole('dialog').getByRole('button', { name: 'Enqueue' }).click();
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    await page.getByRole('button', { name: 'Resume' }).click();
    const isThere = async (): Promise<boolean> => (await api.allTrials(id)).some(({ params: { dropout } }) => dropout === 0.123);
    await expect.poll(isThere, { timeout: 60_000 }).toBe(true);
    await api.stop(id);
    await page.close();
  });

  it('is cloned with all that was specified', async () => {
    const { page } = await visit(':asha');
    await page.getByRole('link', { name: 'Clone…' }).click();
    await page.getByLabel('Scheduler').waitFor();
    expect(await page.getByLabel('Scheduler').inputValue()).toBe('asha');
    expect(await page.getByLabel('One in so many goes on').inputValue()).toBe('3');
    expect(await page.getByLabel('Trials', { exact: true }).inputValue()).toBe('120');
    await page.close();
  });
});

describe('the table of trials', () => {
  it('filters and sorts as the address says, and the address follows', async () => {
    const { page } = await visit(':random/trials?filter=optimizer%3Dsgd&sort=value');
    const rows = page.getByRole('row');
    await page
      .getByRole('status')
      .getByText(/of 90 trials/)
      .waitFor();
    await expect.poll(async () => (await rows.allInnerTexts()).slice(1).every((text) => text.includes('sgd'))).toBe(true);
    await page.getByLabel('Filter').fill('layers>=99');
    await page.getByText('No trial meets the filter.').waitFor();
    expect(new URL(page.url()).searchParams.get('filter')).toBe('layers>=99');
    await page.getByLabel('Filter').fill('lairs>=99');
    await page.getByRole('alert').getByText('layers').waitFor();
    await page.close();
  });

  it('is sorted by a click on a head, and the other way round by another one', async () => {
    const { page } = await visit(':random/trials');
    const head = page.getByRole('columnheader', { name: 'learningRate' });
    const click = (): Promise<void> => head.getByRole('button').click();
    const order = (): Promise<string | null> => head.getAttribute('aria-sort');
    expect(await order()).toBe('none');
    await click();
    await expect.poll(order).toBe('ascending');
    expect(new URL(page.url()).searchParams.get('sort')).toBe('learningRate');
    await click();
    await expect.poll(order).toBe('descending');
    expect(new URL(page.url()).searchParams.get('sort')).toBe('-learningRate');
    await page.close();
  });

  it('is what brushing the parallel coordinates leads to', async () => {
    const { page } = await visit(':random/parameters');
    const plot = page.getByRole('img', { name: /^Parallel coordinates/ });
    const box = await plot.boundingBox();
    if (box === null) throw new Error('the plot is not in sight');
    // The axis of the learning rate is the first one: its upper half.
    await page.mouse.move(box.x + 48, box.y + 70);
    await page.mouse.down();
    await page.mouse.move(box.x + 48, box.y + 200, { steps: 8 });
    await page.mouse.up();
    await page.getByRole('link', { name: 'Show these trials' }).click();
    await page.getByRole('table', { name: 'Trials' }).waitFor();
    expect(new URL(page.url()).searchParams.get('filter')).toMatch(/^learningRate>=\S+ learningRate<=\S+$/);
    await page.close();
  });
});

it('can be used with a keyboard alone', async () => {
  const { page } = await visit('/');
  await page.keyboard.press('Tab');
  await page.keyboard.press('Enter');
  await page.getByLabel('Search').focus();
  await page.keyboard.type('tpe');
  // What is typed is searched for once the typing has paused; until then other rows stand there.
  await page.waitForURL(/search=tpe/);
  await page.getByRole('link', { name: 'Landscape, random' }).waitFor({ state: 'detached' });
  // The state, the table, and the tick of its first row come before the name.
  for (let stop = 0; stop < 4; stop += 1) await page.keyboard.press('Tab');
  expect(await page.evaluate(() => document.activeElement?.textContent)).toBe('Landscape, tpe');
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { name: 'Landscape, tpe' }).waitFor();
  await page.close();
});

it('says that the server is away, keeps what it said, and goes on when it is back', async () => {
  const { page } = await visit('/');
  await page.route('**/v1/**', (route) => route.abort());
  await page.getByText('The server does not answer.').waitFor();
  expect(await page.getByText('Landscape, tpe').isVisible()).toBe(true);
  await page.unroute('**/v1/**');
  await page.getByText('The server does not answer.').waitFor({ state: 'detached' });
  await page.close();
});

/** The dashboard in front of an experiment of 100,000 trials: how soon its pages stand, and how smoothly their table scrolls. */
import type { Browser, Page } from 'playwright-core';
import { openBrowser, openPage } from '../test/dashboard/browser.ts';
import { id } from './many-trials.ts';
import { withManyTrials } from './plots.ts';
import { atLeast, atMost, row, type Row } from './report.ts';

const MOST_SECONDS = 2;
const LEAST_FRAMES = 30;
const SCROLL_MS = 5000;

export async function dashboard(): Promise<Row[]> {
  return withManyTrials(async (server) => {
    const browser = await openBrowser();
    try {
      const experiment = `${server}/experiments/${id}`;
      // What a start of the API costs once, in the thread of plots, is a row of `plots`.
      const first = await painted(browser, experiment, 'canvas');
      const overview = await painted(browser, experiment, 'canvas');
      const trials = await painted(browser, `${experiment}/trials`, '[role=cell] a');
      const parameters = await painted(browser, `${experiment}/parameters`, 'canvas');
      return [
        row('overview, first after a start of the API: plot drawn', first.drawn, 's'),
        atMost('overview: first paint', overview.paint, 's', MOST_SECONDS),
        row('overview: plot drawn', overview.drawn, 's'),
        atMost('trials: first paint', trials.paint, 's', MOST_SECONDS),
        row('trials: rows there', trials.drawn, 's'),
        atMost('parameters: first paint', parameters.paint, 's', MOST_SECONDS),
        row('parameters: plot drawn', parameters.drawn, 's'),
        ...(await scrolling(browser, `${experiment}/trials`)),
      ];
    } finally {
      await browser.close();
    }
  });
}

/** Seconds from the address to the first paint, and to the first thing that was waited for. */
async function painted(browser: Browser, url: string, awaited: string): Promise<{ paint: number; drawn: number }> {
  const { page } = await openPage(browser);
  const startedAt = performance.now();
  await page.goto(url);
  await page.locator(awaited).first().waitFor();
  const drawn = (performance.now() - startedAt) / 1000;
  const paint = await page.evaluate<number>(`performance.getEntriesByName('first-contentful-paint')[0].startTime / 1000`);
  await page.close();
  return { paint, drawn };
}

async function scrolling(browser: Browser, url: string): Promise<Row[]> {
  const { page } = await openPage(browser);
  await page.goto(url);
  await page.locator('[role=cell] a').first().waitFor();
  const slowly = await framesWhileScrolling(page, 24);
  const fast = await framesWhileScrolling(page, 4000);
  await page.close();
  return [
    atLeast('trials, scrolled 24 px a frame', slowly, 'frames/s', LEAST_FRAMES),
    atLeast('trials, scrolled 4000 px a frame', fast, 'frames/s', LEAST_FRAMES),
  ];
}

async function framesWhileScrolling(page: Page, pixels: number): Promise<number> {
  // As text: this is the page's code, and its globals are not those of this process.
  return page.evaluate<number>(`new Promise((resolve) => {
    const table = document.querySelector('.trials');
    const startedAt = performance.now();
    let frames = 0;
    const frame = () => {
      const elapsed = performance.now() - startedAt;
      if (elapsed >= ${SCROLL_MS}) return resolve((frames * 1000) / elapsed);
      frames += 1;
      table.scrollBy(0, ${pixels});
      requestAnimationFrame(frame);
    };
    requestAnimationFrame(frame);
  })`);
}

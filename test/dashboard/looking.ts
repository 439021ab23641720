/** What a page looks like by now, told by the page itself. */
import type { Page } from 'playwright-core';

/** How far the page is wider than the window. */
export async function overhang(page: Page): Promise<number> {
  return page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
}

/** Until no question is under way and no plot waits for its answer. */
export async function settled(page: Page): Promise<void> {
  await page.waitForFunction(
    () => !document.body.innerText.includes('Loading…') && document.querySelector('h1, h2, [role=alert]') !== null,
  );
}

/** Plots that have something drawn on them. */
export async function drawnPlots(page: Page): Promise<number> {
  return page.evaluate(() => {
    const isDrawn = (canvas: HTMLCanvasElement): boolean => {
      const blank = document.createElement('canvas');
      blank.width = canvas.width;
      blank.height = canvas.height;
      return canvas.toDataURL() !== blank.toDataURL();
    };
    return [...document.querySelectorAll('.plot')].filter((plot) => [...plot.querySelectorAll('canvas')].some(isDrawn)).length;
  });
}

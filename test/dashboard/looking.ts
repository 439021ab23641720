/** What a page looks like by now, told by the page itself. */
import type { Page } from 'playwright-core';

/** How far the page is wider than the window. */
export async function overhang(page: Page): Promise<number> {
  return page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
}

/** Until no question is under way and no plot waits for its answer. */
export async function settled(page: Page): Promise<void> {
  await page.waitForFunction(() => !document.body.innerText.includes('Loading…') && document.querySelector('h1, h2') !== null);
}

/** Plots in sight that have something drawn on them: more than one colour. */
export async function drawnPlots(page: Page): Promise<number> {
  return page.evaluate(
    () =>
      [...document.querySelectorAll('canvas')].filter((canvas) => {
        const pixels = canvas.getContext('2d')?.getImageData(0, 0, canvas.width, canvas.height).data ?? [];
        const colours = new Set<number>();
        for (let at = 0; at < pixels.length && colours.size < 3; at += 4)
          colours.add(((pixels[at] ?? 0) << 16) | ((pixels[at + 1] ?? 0) << 8) | (pixels[at + 2] ?? 0));
        return colours.size >= 3;
      }).length,
  );
}

/** Chromium as Debian has it, and pages that remember whatever went wrong in them. */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import axe, { type AxeResults } from 'axe-core';
import { chromium, type Browser, type BrowserContextOptions, type Page } from 'playwright-core';

const executablePath = '/usr/bin/chromium';

/** Installed where it is missing and may be. */
function requireChromium(): void {
  if (existsSync(executablePath)) return;
  const install = 'apt-get update && apt-get install --yes --no-install-recommends chromium';
  if (process.getuid?.() === 0) spawnSync('sh', ['-c', install], { stdio: ['ignore', 2, 2] });
  if (!existsSync(executablePath)) throw new Error(`these tests look at the dashboard with ${executablePath}: ${install}`);
}

/** Built from the sources that stand there, also where a single file of tests is run. */
function requireDashboard(): void {
  const script = fileURLToPath(new URL('../../scripts/ensure-dashboard.mjs', import.meta.url));
  if (spawnSync(process.execPath, [script], { stdio: ['ignore', 2, 2] }).status !== 0) throw new Error('the dashboard could not be built');
}

export async function openBrowser(): Promise<Browser> {
  requireChromium();
  requireDashboard();
  return chromium.launch({ executablePath, args: ['--no-sandbox'] });
}

export const phone: BrowserContextOptions = { viewport: { width: 390, height: 844 }, hasTouch: true };
export const desk: BrowserContextOptions = { viewport: { width: 1280, height: 800 } };

export interface WatchedPage {
  readonly page: Page;
  /** Errors of scripts, refusals of the content policy, and whatever else the console got. */
  readonly troubles: string[];
}

export async function openPage(browser: Browser, options: BrowserContextOptions = desk): Promise<WatchedPage> {
  const page = await browser.newPage(options);
  page.setDefaultTimeout(60_000);
  const troubles: string[] = [];
  page.on('pageerror', ({ message }) => troubles.push(message));
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') troubles.push(message.text());
  });
  return { page, troubles };
}

/** What axe-core finds that keeps people from using the page. */
export async function barriers(page: Page): Promise<string[]> {
  // Not as a script of the page, which its policy refuses.
  await page.evaluate(axe.source);
  const { violations } = await page.evaluate<AxeResults>('axe.run()');
  return violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 160)).join(' | ')}`);
}

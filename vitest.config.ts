/** How `npm test` runs: one Redis for the whole run, two processes of test files, and a last line that counts. */
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

export default defineConfig({
  resolve: {
    // Vite does not resolve a package's own name through its "exports", as Node does.
    alias: [
      { find: /^maggy$/, replacement: here('training/index.ts') },
      { find: /^maggy\/testing$/, replacement: here('training/testing.ts') },
      { find: /^maggy\/lagom$/, replacement: here('lagom/index.ts') },
      { find: /^maggy\/client$/, replacement: here('client/index.ts') },
      { find: /^maggy\/extend$/, replacement: here('optimizer/extend.ts') },
    ],
  },
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: ['test/support/redis-setup.ts'],
    reporters: ['default', './scripts/summary-reporter.mjs'],
    // A process for each file: tests start processes, fork children and seed globals, none of which survives worker threads.
    pool: 'forks',
    maxWorkers: 2,
    // A test waits for conditions; the bound only ends one whose condition never comes true.
    testTimeout: 120_000,
    hookTimeout: 120_000,
  },
});

/**
 * A vitest reporter that ends a run with the line `N passed, N failed` and keeps that line in `.maggy/test-summary`.
 * A test file that cannot be loaded and an error outside of any test count as one failure each, or a broken run would read as a good one.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export default class SummaryReporter {
  onTestRunEnd(testModules, unhandledErrors) {
    let passed = 0;
    let failed = unhandledErrors.length;
    for (const testModule of testModules) {
      passed += count(testModule.children.allTests('passed'));
      const failedTests = count(testModule.children.allTests('failed'));
      failed += failedTests === 0 && testModule.state() === 'failed' ? 1 : failedTests;
    }
    const line = `${passed} passed, ${failed} failed`;
    mkdirSync('.maggy', { recursive: true });
    writeFileSync(join('.maggy', 'test-summary'), `${line}\n`);
    console.log(line);
  }
}

function count(tests) {
  return [...tests].length;
}

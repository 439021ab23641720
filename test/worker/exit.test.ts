/** Whose doing the end of a trial process was. */
import { describe, expect, it } from 'vitest';
import { reportDeath } from '../../worker/exit.ts';

describe('the end of a process that the worker had not asked for', () => {
  it.each([
    ['an exit', { code: 1, signal: null }, 'crashed', /exit code 1$/],
    ['a fault in native code', { code: null, signal: 'SIGSEGV' }, 'crashed', /SIGSEGV/],
    ['an abort', { code: null, signal: 'SIGABRT' }, 'crashed', /SIGABRT/],
    ['a signal from outside', { code: null, signal: 'SIGKILL' }, 'killed', /want of memory/],
    ['a fault for which the worker ended it', { code: null, signal: 'SIGKILL', fault: 'it lied' }, 'crashed', /it lied$/],
  ] as const)('is told by %s', (_, exit, reason, message) => {
    const report = reportDeath(exit);
    expect(report.reason).toBe(reason);
    expect(report.message).toMatch(message);
  });
});

/** What is kept of what a trial prints. */
import { pino } from 'pino';
import { beforeAll, describe, expect, it } from 'vitest';
import { TrialOutput } from '../../worker/output.ts';
import { until } from '../support/until.ts';
import { useTestBed } from './bed.ts';

const bed = useTestBed();

beforeAll(async () => {
  await bed.worker({ slots: 2 });
});

describe('output of a trial', () => {
  it('is kept line by line, also without a last line break', async () => {
    const experiment = await bed.submit('prints');
    await experiment.start({ trial: 0, params: { lines: 2 } });
    await experiment.outcome(0);
    const output = await experiment.output(0);
    expect(output.map((line) => line.replace(/[. ]+$/, '')).sort()).toEqual(['and 1 more', 'line 1', 'line 2', 'the end']);
  });

  it('belongs to the trial that printed it, in one warm process too', async () => {
    const experiment = await bed.submit('prints', { pool: 'single' });
    await bed.worker({ slots: 1, pool: 'single' });
    await experiment.start({ trial: 0, params: { lines: 1 } }, { trial: 1, params: { lines: 2 } });
    await experiment.outcome(1);
    expect(await experiment.output(0)).toHaveLength(3);
    expect(await experiment.output(1)).toHaveLength(4);
  });

  it('of a second attempt is set off from that of the first', async () => {
    const experiment = await bed.submit('throws');
    await experiment.start({ trial: 0 });
    await experiment.outcome(0);
    expect((await experiment.output(0)).join('\n')).not.toContain('---');
    await experiment.start({ trial: 0, attempt: 2, origin: 'retry' });
    await experiment.outcome(0, 2);
    const headings = (await experiment.output(0)).filter((line) => line.startsWith('---') || line.startsWith('Error:'));
    expect(headings).toEqual(['Error: the data is not there', '--- attempt 2 ---', 'Error: the data is not there']);
  });

  it('holds no greeting of TensorFlow.js', async () => {
    const experiment = await bed.submit('trains', { pool: 'greeting', metric: 'loss' });
    await bed.worker({ slots: 1, pool: 'greeting', backend: 'cpu' });
    await experiment.start({ trial: 0 });
    expect(await experiment.outcome(0)).toMatchObject({ type: 'completed' });
    expect(await experiment.output(0)).toEqual([]);
  });

  it('of a trial that prints a hundred megabytes loses the middle, and holds up neither memory nor another trial', async () => {
    const loud = await bed.submit('prints');
    const quiet = await bed.submit('reports');
    const before = process.memoryUsage().rss;
    await loud.start({ trial: 0, params: { lines: 1_000_000 } });
    await quiet.start({ trial: 0, params: { steps: 20, pauseMs: 10 } });
    expect(await quiet.outcome(0)).toMatchObject({ type: 'completed' });
    expect(await loud.outcome(0, 1, 60_000)).toMatchObject({ type: 'completed' });
    // Far below what was printed, far above the quarter of a megabyte that is held; the rest is the runtime's own coming and going.
    expect(process.memoryUsage().rss - before).toBeLessThan(64 * 2 ** 20);
    const output = await loud.output(0);
    expect(output.length).toBeLessThanOrEqual(1000);
    expect(output).toContain('the end');
    expect(output.filter((line) => line.startsWith('line 1000000 '))).toHaveLength(1);
    expect(output.some((line) => /^… \d+ lines dropped/.test(line))).toBe(true);
  });
});

it('that the record refuses is lost, and what is printed afterwards is kept', async () => {
  const kept: string[] = [];
  const logged: string[] = [];
  const output = new TrialOutput({
    attempt: 1,
    intervalMs: 1,
    send: async (lines) => {
      if (lines.includes('first')) throw new Error("OOM command not allowed when used memory > 'maxmemory'");
      kept.push(...lines);
    },
    log: pino({ level: 'warn' }, { write: (line) => void logged.push(line) }),
  });
  output.note('first');
  await until('the refusal is logged', () => logged.length > 0);
  output.note('second');
  await until('the next line is kept', () => kept.length > 0);
  output.note('last');
  await output.end();
  expect(kept).toEqual(['second', 'last']);
  expect(logged).toEqual([expect.stringContaining('OOM command')]);
});

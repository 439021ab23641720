/** How reports get into the curve: few messages, none lost, none twice. */
import { setImmediate as nextTurn } from 'node:timers/promises';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Report, ReportAnswer } from '../../core/attempt.ts';
import { OutgoingReports } from '../../worker/child/outgoing-reports.ts';
import { REPORT_WINDOW, type ReportRow } from '../../worker/protocol.ts';
import { ReportQueue } from '../../worker/report-queue.ts';
import { useTestBed } from './bed.ts';

const bed = useTestBed();

beforeAll(async () => {
  await bed.worker({ slots: 1 });
});

describe('reports of a trial', () => {
  it('arrive in order, all of them, also when they are many more than may be under way', async () => {
    const experiment = await bed.submit('reports');
    const steps = 20 * REPORT_WINDOW;
    await experiment.start({ trial: 0, params: { steps, pauseMs: 0 } });
    expect(await experiment.outcome(0)).toMatchObject({ type: 'completed', reports: steps, lastStep: steps });
    const curve = await experiment.curve(0);
    expect(curve.map(([, step]) => step)).toEqual(Array.from({ length: steps }, (_, i) => i + 1));
  });

  it('that Redis has lost are sent again', async () => {
    const experiment = await bed.submit('reports', { decisionSteps: { at: 'steps', steps: [10], last: 1_000_000 } });
    await experiment.start({ trial: 0, params: { steps: 20, pauseMs: 0 } });
    await experiment.event('reported', 0);
    // As after a restart that cost Redis its last second: the last four reports are gone.
    const keys = bed.keys.of(experiment.id);
    await bed.redis.multi().ltrim(keys.curve(0), 0, 5).hset(keys.trial(0), { attemptReports: 6, attemptStep: 6, reports: 6 }).exec();
    await experiment.decide(0, 10, 'continue');
    expect(await experiment.outcome(0)).toMatchObject({ type: 'completed', reports: 20 });
    expect((await experiment.curve(0)).map(([, step]) => step)).toEqual(Array.from({ length: 20 }, (_, i) => i + 1));
  });
});

const row = (step: number): ReportRow => ({ step, metrics: { value: step } });

it('a trial is lost, and its worker goes on, where Redis asks for reports that nobody keeps any more', async () => {
  const experiment = await bed.submit('reports', { decisionSteps: { at: 'steps', steps: [10_000], last: 1_000_000 } });
  await experiment.start({ trial: 0, params: { steps: 10_000, pauseMs: 0 } });
  await experiment.event('reported', 0);
  const keys = bed.keys.of(experiment.id);
  await bed.redis.multi().del(keys.curve(0)).hset(keys.trial(0), { attemptReports: 0, attemptStep: 0, reports: 0 }).exec();
  await experiment.decide(0, 10_000, 'continue');
  await experiment.lose();
  const next = await bed.submit('completes');
  await next.start({ trial: 0, params: { x: 1 } });
  expect(await next.outcome(0)).toMatchObject({ type: 'completed' });
});

describe('a trial process', () => {
  it('sends the reports of one turn in one message', async () => {
    const messages: number[][] = [];
    const reports = new OutgoingReports((rows) => messages.push(rows.map(({ step }) => step)));
    for (let step = 1; step <= 20; step += 1) await reports.add(row(step));
    await nextTurn();
    expect(messages).toEqual([Array.from({ length: 20 }, (_, i) => i + 1)]);
  });

  it('makes the training function wait when too many reports are unanswered, until they are taken', async () => {
    let sent = 0;
    const reports = new OutgoingReports((rows) => (sent += rows.length));
    for (let step = 1; step < REPORT_WINDOW; step += 1) await reports.add(row(step));
    let goesOn = false;
    const last = reports.add(row(REPORT_WINDOW)).then(() => (goesOn = true));
    await nextTurn();
    expect([sent, goesOn]).toEqual([REPORT_WINDOW, false]);
    reports.taken(REPORT_WINDOW);
    await last;
    expect(goesOn).toBe(true);
  });
});

describe('a report queue', () => {
  const report = (step: number): Report => ({ ...row(step), value: step });

  it('has one batch in flight, and sends what came meanwhile in the next', async () => {
    const batches: number[][] = [];
    const queue = new ReportQueue({
      send: async (first, reports): Promise<ReportAnswer> => {
        batches.push([first, ...reports.map(({ step }) => step)]);
        await nextTurn();
        return { kind: 'taken', taken: first + reports.length - 1, decision: 'continue' };
      },
      onTaken: () => undefined,
      onRefused: () => undefined,
      onError: (error) => expect(error).toBeUndefined(),
    });
    queue.add([report(1)], false);
    queue.add([report(2)], false);
    queue.add([report(3), report(4)], false);
    await queue.settled();
    expect(batches).toEqual([
      [1, 1],
      [2, 2, 3, 4],
    ]);
  });

  it('that is asked for a report which it keeps no more says so, and goes on', async () => {
    const errors: unknown[] = [];
    const queue = new ReportQueue({
      send: async (first, reports): Promise<ReportAnswer> => ({ kind: 'taken', taken: first + reports.length - 1, decision: 'continue' }),
      onTaken: () => undefined,
      onRefused: () => undefined,
      onError: (error) => void errors.push(error),
    });
    queue.add(
      Array.from({ length: 10_000 }, (_, at) => report(at + 1)),
      false,
    );
    await queue.settled();
    queue.sendAgain(1);
    await queue.settled();
    expect(errors).toEqual([expect.objectContaining({ message: expect.stringContaining('lost report 1') })]);
    expect(queue.isIdle).toBe(true);
  });

  it('says which decision step an answer is for, though the trial has gone on to the next one meanwhile', async () => {
    const answered: (number | null)[] = [];
    const queue = new ReportQueue({
      send: async (first, reports): Promise<ReportAnswer> => {
        // The decision on step 1 came another way, and step 2 is reported before this answer is there.
        await nextTurn();
        if (first === 1) queue.add([report(2)], true);
        return { kind: 'taken', taken: first + reports.length - 1, decision: 'continue' };
      },
      onTaken: (_, decisionStep) => answered.push(decisionStep),
      onRefused: () => undefined,
      onError: (error) => expect(error).toBeUndefined(),
    });
    queue.add([report(1)], true);
    await queue.settled();
    expect(answered).toEqual([1, 2]);
  });
});

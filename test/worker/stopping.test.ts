/** How a trial ends early: by a decision, by a stop from outside, by force where it does not listen. */
import { beforeAll, describe, expect, it } from 'vitest';
import type { TrialWorker } from '../../worker/worker.ts';
import { until } from '../support/until.ts';
import { useTestBed } from './bed.ts';

const bed = useTestBed();
let worker: TrialWorker;

beforeAll(async () => {
  worker = await bed.worker({ slots: 1 });
});

/** The process of the worker's slot; undefined while it is replaced. */
const pid = (): number | undefined => worker.processIds[0];

const everyStep = { decisionSteps: { at: 'every', first: 1, interval: 1 } } as const;

describe('a trial', () => {
  it('waits at a decision step, and goes no further than the decision to stop', async () => {
    const experiment = await bed.submit('reports', everyStep);
    await experiment.start({ trial: 0, params: { steps: 10, pauseMs: 0 } });
    await experiment.event('reported', 0);
    await experiment.decide(0, 1, 'continue');
    await until('the second report waits', async () => (await experiment.events()).filter(({ type }) => type === 'reported').length === 2);
    await experiment.decide(0, 2, 'stop');
    expect(await experiment.outcome(0)).toMatchObject({ type: 'stopped', value: 2, lastStep: 2, reports: 2 });
  });

  it('goes on when no decision comes in time, and hears a later stop at its next report', async () => {
    const experiment = await bed.submit('reports', { decisionSteps: { at: 'steps', steps: [1], last: 1_000_000 } });
    const itsWorker = await bed.worker({ slots: 1, pool: 'impatient' }, { decisionWaitMs: 300 });
    expect(itsWorker.processIds).toHaveLength(1);
    const impatient = await bed.submit('reports', { pool: 'impatient', decisionSteps: experiment.specification.decisionSteps });
    await impatient.start({ trial: 0, params: { steps: 10_000, pauseMs: 20 } });
    await impatient.event('decisionTimedOut', 0);
    await impatient.commit({ stops: [0] });
    const outcome = await impatient.outcome(0);
    expect(outcome).toMatchObject({ type: 'stopped' });
    expect(outcome.lastStep).toBeLessThan(10_000);
    await itsWorker.close();
  });

  it('that swallows the rejection of its reports is ended by force, and counts as stopped', async () => {
    const experiment = await bed.submit('obstinate');
    await experiment.start({ trial: 0 });
    await until('it reports', async () => (await experiment.curve(0)).length > 0);
    const before = pid();
    await experiment.commit({ stops: [0] });
    expect(await experiment.outcome(0)).toMatchObject({ type: 'stopped' });
    await until('its process is replaced', () => pid() !== before);
  });

  it('that blocks its event loop is ended by force, and counts as stopped with its last report', async () => {
    const experiment = await bed.submit('blocks');
    await experiment.start({ trial: 0 });
    await until('it has reported', async () => (await experiment.curve(0)).length > 0);
    const before = pid();
    await experiment.commit({ stops: [0] });
    expect(await experiment.outcome(0)).toMatchObject({ type: 'stopped', lastStep: 1, value: 1 });
    await until('its process is replaced', () => pid() !== before);
  });

  it('leaves the slot free for the next one', async () => {
    const experiment = await bed.submit('completes');
    await experiment.start({ trial: 0, params: { x: 1 } });
    expect(await experiment.outcome(0)).toMatchObject({ type: 'completed', value: 1 });
  });
});

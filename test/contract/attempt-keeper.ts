/** What every keeper of attempts promises, as one suite: `attemptKeeperContract('memory', open)` in a test file joins. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { AttemptKeeper, AttemptToken, Binding, Outcome, ReportAnswer } from '../../core/attempt.ts';
import type { LogEvent } from '../../core/events.ts';
import type { Decision } from '../../core/states.ts';

/** What is decided of any trial at these steps, which alone are decision steps. */
export const decisionAt: Readonly<Record<number, Decision>> = { 2: 'continue', 3: 'pause', 5: 'stop' };

/** An experiment of which trial 0 is run. */
export interface KeeperUnderTest {
  readonly keeper: AttemptKeeper;
  /** Starts the next attempt of the trial: its first, a retry, or a promotion to the step `resource`. */
  start(origin?: 'suggested' | 'retry' | 'promotion', resource?: number): Promise<Binding>;
  /** The optimizer decides what waits for it. */
  decide(): Promise<void>;
  /** The attempt's lease has lapsed, and that is logged. */
  lose(token: AttemptToken): Promise<void>;
  /** A person stops the experiment. */
  stop(): Promise<void>;
  events(): Promise<readonly LogEvent[]>;
  output(): Promise<readonly string[]>;
  close(): Promise<void>;
}

const LEASE_MS = 60_000;

const report = (step: number, value = step / 3) => ({ step, value, metrics: { value } });
const completed: Outcome = { state: 'completed', value: 0.25, metrics: { value: 0.25 } };
const refusedAs = (why: string) => ({ kind: 'refused', why });

/** What an attempt may say while it runs. */
const sayings: [string, (keeper: AttemptKeeper, token: AttemptToken) => Promise<{ readonly kind: string }>][] = [
  ['report', (keeper, token) => keeper.report(token, 1, [report(1)], false)],
  ['renew', (keeper, token) => keeper.renew(token, LEASE_MS)],
  ['timeOutDecision', (keeper, token) => keeper.timeOutDecision(token, 2)],
  ['registerFiles', (keeper, token) => keeper.registerFiles(token, 'checkpoint', 'c1', 1)],
  ['appendOutput', (keeper, token) => keeper.appendOutput(token, ['a line'])],
  ['finish', (keeper, token) => keeper.finish(token, completed)],
  ['release', (keeper, token) => keeper.release(token)],
];

export function attemptKeeperContract(name: string, open: () => Promise<KeeperUnderTest>): void {
  describe(`attempts kept by ${name}`, () => {
    let under: KeeperUnderTest;
    let keeper: AttemptKeeper;
    beforeEach(async () => {
      under = await open();
      ({ keeper } = under);
    });
    afterEach(() => under.close());

    /** Reports at a decision step, and what comes of it. */
    const decided = async (token: AttemptToken, first: number, steps: readonly number[]): Promise<Decision> => {
      const send = (): Promise<ReportAnswer> =>
        keeper.report(
          token,
          first,
          steps.map((step) => report(step)),
          true,
        );
      const answer = await send();
      if (answer.kind !== 'taken') throw new Error(`the reports were not taken: ${answer.kind}`);
      if (answer.decision !== 'wait') return answer.decision;
      await under.decide();
      const again = await send();
      if (again.kind !== 'taken' || again.decision === 'wait') throw new Error('no decision was recorded');
      return again.decision;
    };

    const last = async (): Promise<LogEvent | undefined> => (await under.events()).at(-1);
    const unlogged = async <Answer>(act: () => Promise<Answer>): Promise<Answer> => {
      const before = await under.events();
      const answer = await act();
      expect(await under.events()).toEqual(before);
      return answer;
    };

    describe('reports', () => {
      it('are counted once, however often they come, and asked for where some are missing', async () => {
        const { token } = await under.start();
        const send = (first: number, ...steps: number[]) =>
          keeper.report(
            token,
            first,
            steps.map((step) => report(step)),
            false,
          );
        expect(await send(2, 1)).toEqual({ kind: 'gap', resendFrom: 1 });
        for (let time = 0; time < 2; time++) expect(await send(1, 1, 4)).toEqual({ kind: 'taken', taken: 2, decision: 'continue' });
        expect(await send(2, 4, 6)).toMatchObject({ taken: 3 });
        expect(await send(5, 8)).toEqual({ kind: 'gap', resendFrom: 4 });
        await keeper.finish(token, completed);
        expect(await last()).toMatchObject({ type: 'completed', attempt: 1, reports: 3, lastStep: 6, value: 0.25 });
      });

      it('that nobody counts are told apart by their steps', async () => {
        const { token } = await under.start();
        for (const step of [1, 4, 4, 3]) await keeper.report(token, 'next', [report(step)], false);
        await keeper.finish(token, completed);
        expect(await last()).toMatchObject({ reports: 2, lastStep: 4 });
      });

      it('of an older step ask for no decision', async () => {
        const { token } = await under.start();
        await keeper.report(token, 1, [report(4)], false);
        expect(await unlogged(() => keeper.report(token, 2, [report(2)], true))).toMatchObject({ decision: 'continue' });
      });

      it('of all attempts are counted, and the last one is told with its own step, though it lies behind another', async () => {
        const first = await under.start();
        await keeper.report(first.token, 1, [report(1), report(6)], false);
        await under.lose(first.token);
        expect(await last()).toMatchObject({ type: 'attemptLost', reports: 2, lastStep: 6, value: 2 });
        const second = await under.start('retry');
        await keeper.report(second.token, 1, [report(1)], false);
        await under.stop();
        await keeper.finish(second.token, { state: 'stopped' });
        expect(await last()).toMatchObject({ type: 'stopped', attempt: 2, reports: 3, lastStep: 1, value: 1 / 3 });
      });

      it('and outcomes that are no finite number are refused before anything is kept', async () => {
        const { token } = await under.start();
        for (const value of [NaN, Infinity, -Infinity]) {
          await unlogged(async () => {
            await expect(keeper.report(token, 1, [report(2, value)], true)).rejects.toMatchObject({ code: 'invalid' });
            await expect(keeper.report(token, 1, [{ step: 2, value: 1, metrics: { f1: value } }], true)).rejects.toThrow('f1');
            await expect(keeper.finish(token, { state: 'completed', value, metrics: {} })).rejects.toMatchObject({ code: 'invalid' });
          });
        }
        expect(await keeper.report(token, 1, [report(1)], false)).toMatchObject({ taken: 1 });
      });
    });

    describe('decisions', () => {
      it('are asked for once a step, whatever attempt comes by, and told again', async () => {
        const first = await under.start();
        expect(await decided(first.token, 1, [1, 2])).toBe('continue');
        expect(await keeper.renew(first.token, LEASE_MS, 2)).toEqual({ kind: 'renewed', stop: false, decision: 'continue' });
        expect(await keeper.timeOutDecision(first.token, 2)).toEqual({ kind: 'decided', decision: 'continue' });
        await under.lose(first.token);
        const second = await under.start('retry');
        expect(await unlogged(() => decided(second.token, 1, [2]))).toBe('continue');
        expect((await under.events()).filter(({ type }) => type === 'reported')).toHaveLength(1);
      });

      it('to pause hold until a promotion goes beyond, from scratch as well', async () => {
        const first = await under.start('suggested', 3);
        expect(await decided(first.token, 1, [3])).toBe('pause');
        expect(await keeper.finish(first.token, { state: 'paused' }, 1)).toEqual({ kind: 'finished' });
        expect(await last()).toMatchObject({ type: 'paused', lastStep: 3, value: 1 });
        const second = await under.start('promotion', 9);
        expect(await decided(second.token, 1, [2])).toBe('continue');
        expect(await decided(second.token, 2, [3])).toBe('continue');
      });

      it('to stop are told by whatever is said next', async () => {
        const { token } = await under.start();
        expect(await decided(token, 1, [5])).toBe('stop');
        expect(await keeper.report(token, 2, [report(6)], false)).toMatchObject({ decision: 'stop' });
        expect(await keeper.renew(token, LEASE_MS)).toEqual({ kind: 'renewed', stop: true, decision: null });
        expect(await keeper.finish(token, { state: 'stopped' }, 2)).toEqual({ kind: 'finished' });
      });

      it('of a person to stop are told in the same way, and nothing is asked any more', async () => {
        const { token } = await under.start();
        await under.stop();
        expect(await unlogged(() => keeper.report(token, 1, [report(2)], true))).toMatchObject({ decision: 'stop' });
        expect(await keeper.renew(token, LEASE_MS)).toMatchObject({ stop: true });
      });
    });

    describe('an outcome', () => {
      it('is taken once: what was told first stands', async () => {
        const { token } = await under.start();
        for (const outcome of [completed, completed, { state: 'failed', reason: 'error', message: '' } as const]) {
          expect(await keeper.finish(token, outcome)).toEqual({ kind: 'finished' });
        }
        expect((await under.events()).map(({ type }) => type).slice(-2)).toEqual(['bound', 'completed']);
      });

      it('of a writer that counts waits for reports that are missing', async () => {
        const { token } = await under.start();
        await keeper.report(token, 1, [report(1)], false);
        expect(await unlogged(() => keeper.finish(token, completed, 3))).toEqual({ kind: 'gap', resendFrom: 2 });
        await keeper.report(token, 2, [report(2), report(4)], false);
        expect(await keeper.finish(token, completed, 3)).toEqual({ kind: 'finished' });
      });

      it('of a writer that counts carries out no stop and no pause that nobody asked for', async () => {
        const { token } = await under.start();
        await keeper.report(token, 1, [report(1)], false);
        for (const state of ['stopped', 'paused'] as const) {
          expect(await unlogged(() => keeper.finish(token, { state }, 1))).toEqual({ kind: 'undecided' });
        }
        expect(await keeper.finish(token, { state: 'stopped' })).toEqual({ kind: 'finished' });
      });

      it('bears any message, and cuts a long one', async () => {
        const { token } = await under.start();
        const message = `"quotes", \\ and \n newlines, \u2028 and 🦆 ${'x'.repeat(10_000)}`;
        await keeper.finish(token, { state: 'failed', reason: 'error', message });
        expect(await last()).toMatchObject({ type: 'failed', message: message.slice(0, 4000) });
      });
    });

    it('an attempt that is handed back is lost at once, and may be handed back again', async () => {
      const { token } = await under.start();
      await keeper.report(token, 1, [report(1)], false);
      for (let time = 0; time < 2; time++) expect(await keeper.release(token)).toEqual({ kind: 'released' });
      expect((await under.events()).filter(({ type }) => type === 'attemptLost')).toMatchObject([{ attempt: 1, reports: 1, value: 1 / 3 }]);
      await keeper.finish((await under.start('retry')).token, completed);
      expect(await unlogged(() => keeper.release(token))).toEqual(refusedAs('superseded'));
    });

    it('a checkpoint is what the next attempt resumes from, with the last report unless that came after it', async () => {
      const first = await under.start();
      expect(first.resumeFrom).toBeNull();
      expect(await keeper.registeredCheckpoint(first.token)).toBeNull();
      await keeper.report(first.token, 1, [report(1)], false);
      for (let time = 0; time < 2; time++) await keeper.registerFiles(first.token, 'checkpoint', 'c1', 1);
      await keeper.registerFiles(first.token, 'model', 'm1', 1);
      await under.lose(first.token);
      const second = await under.start('retry');
      expect(second.resumeFrom).toEqual({ id: 'c1', step: 1, reported: { value: 1 / 3 } });
      expect(await keeper.registeredCheckpoint(second.token)).toBe('c1');
      await keeper.report(second.token, 1, [report(4)], false);
      await under.lose(second.token);
      expect((await under.start('retry')).resumeFrom).toEqual({ id: 'c1', step: 1 });
    });

    describe.each(sayings)('%s', (saying, say) => {
      it('is taken while the attempt runs', async () => {
        const { token } = await under.start();
        expect((await say(keeper, token)).kind).not.toBe('refused');
      });

      it('is refused from an attempt that never was', async () => {
        const { token } = await under.start();
        for (const forged of [{ nonce: 'another' }, { attempt: 2 }, { trial: 7 }]) {
          expect(await unlogged(() => say(keeper, { ...token, ...forged }))).toEqual(refusedAs('superseded'));
        }
      });

      it('is refused once the attempt is lost, and once another one runs', async () => {
        const { token } = await under.start();
        await under.lose(token);
        const afterLoss = saying === 'release' ? { kind: 'released' } : refusedAs('lost');
        expect(await unlogged(() => say(keeper, token))).toEqual(afterLoss);
        await under.start('retry');
        expect(await unlogged(() => say(keeper, token))).toEqual(refusedAs('superseded'));
      });

      it('is refused after the outcome, unless it repeats that or is the last that was printed', async () => {
        const { token } = await under.start();
        await keeper.finish(token, completed);
        const taken: Record<string, string> = { appendOutput: 'kept', finish: 'finished', release: 'released' };
        const kind = taken[saying];
        expect(await unlogged(() => say(keeper, token))).toEqual(kind === undefined ? refusedAs('lost') : { kind });
        if (saying === 'appendOutput') expect(await under.output()).toEqual(['a line']);
      });
    });
  });
}

import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { QueueRig } from '../../support/queue-rig.ts';
import { useTestRedis } from '../../support/redis.ts';

const { url, prefix } = useTestRedis();
let rig: QueueRig;
beforeEach(() => {
  rig = new QueueRig(url, prefix);
});
afterEach(() => rig.close());

describe('control', () => {
  it('allows what the phase allows, says what is unchanged, and refuses the rest without writing', async () => {
    await rig.submit();
    const phases: [phase: string, action: string, answer: (string | number)[], after: string][] = [
      ['active', 'pause', ['ok', 'active', 0], 'paused'],
      ['paused', 'pause', ['unchanged', 'paused'], 'paused'],
      ['paused', 'enqueue', ['ok', 'paused', 0], 'paused'],
      ['paused', 'extend', ['ok', 'paused', 0], 'paused'],
      ['paused', 'resume', ['ok', 'paused', 0], 'active'],
      ['active', 'resume', ['unchanged', 'active'], 'active'],
      ['active', 'enqueue', ['ok', 'active', 0], 'active'],
      ['active', 'extend', ['ok', 'active', 0], 'active'],
      ['active', 'stop', ['ok', 'active', 0], 'stopping'],
      ['stopping', 'stop', ['unchanged', 'stopping'], 'stopping'],
      ['stopping', 'pause', ['conflict', 'stopping'], 'stopping'],
      ['stopping', 'resume', ['conflict', 'stopping'], 'stopping'],
      ['stopping', 'extend', ['conflict', 'stopping'], 'stopping'],
      ['stopping', 'enqueue', ['conflict', 'stopping'], 'stopping'],
      ['ended', 'stop', ['unchanged', 'ended'], 'ended'],
      ['ended', 'pause', ['conflict', 'ended'], 'ended'],
      ['ended', 'resume', ['conflict', 'ended'], 'ended'],
      ['ended', 'enqueue', ['conflict', 'ended'], 'ended'],
      ['ended', 'extend', ['ok', 'ended', 1], 'active'],
      ['ended', 'delete', ['ok', 'ended', 2], 'deleting'],
      ['deleting', 'delete', ['unchanged', 'deleting'], 'deleting'],
      ['deleting', 'resume', ['conflict', 'deleting'], 'deleting'],
      ['deleting', 'extend', ['conflict', 'deleting'], 'deleting'],
    ];
    for (const [index, [phase, action, answer, after]] of phases.entries()) {
      await rig.redis.hset(rig.experiment.guard, 'phase', phase);
      const request = action === 'enqueue' ? { action, params: { x: 0, y: 1 } } : { action };
      const ask = () => rig.control(request, `c${index}`);
      const changes = answer[0] === 'ok';
      expect(await (changes ? ask() : rig.unchanged(ask)), `${action} while ${phase}`).toEqual(answer);
      expect(await rig.redis.hget(rig.experiment.guard, 'phase')).toBe(after);
      if (changes) expect((await rig.events()).at(-1)).toMatchObject({ type: 'controlRequested', request: { action } });
      // The same request again, by its writer: the same answer, nothing more.
      if (changes) expect(await rig.unchanged(ask)).toEqual(answer);
    }
  });

  it('tells running trials to stop at once', async () => {
    const { binding } = await rig.running();
    await rig.control({ action: 'stop' }, 'c1');
    expect(await rig.attempts.renew(binding.token, 60_000)).toMatchObject({ stop: true });
    expect(await rig.attempts.finish(binding.token, { state: 'stopped' })).toEqual({ kind: 'finished' });
  });

  it('knows nothing of an experiment that never was', async () => {
    expect(await rig.unchanged(() => rig.control({ action: 'stop' }, 'c1'))).toEqual(['gone']);
  });
});

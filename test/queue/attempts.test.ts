/** Redis keeps attempts as the contract has it. */
import type { AttemptToken, Binding } from '../../core/attempt.ts';
import { ReadModel } from '../../queue/read-model.ts';
import { attemptKeeperContract, decisionAt, type KeeperUnderTest } from '../contract/attempt-keeper.ts';
import { QueueRig, readyEntry } from '../support/queue-rig.ts';
import { useTestRedis } from '../support/redis.ts';

const { url, prefix } = useTestRedis();

attemptKeeperContract('Redis', async (): Promise<KeeperUnderTest> => {
  const rig = new QueueRig(url, prefix);
  await rig.submit();
  const tenure = await rig.takeOver();
  let attempt = 0;
  return {
    keeper: rig.attempts,
    async start(origin = 'suggested', resource): Promise<Binding> {
      attempt += 1;
      const entry = readyEntry(0, { attempt, origin, ...(resource === undefined ? {} : { resource }) });
      const [ticket = ''] = await rig.offer(tenure, [entry]);
      return rig.bind(ticket);
    },
    async decide() {
      const basis = (await rig.folded()).seq;
      const waiting = (await rig.events()).flatMap((event) => (event.type === 'reported' ? [event] : []));
      const decisions = waiting.map(
        ({ trial, step }) => ({ type: 'decided', trial, step, decision: decisionAt[step] ?? 'continue', basis, engine: '1' }) as const,
      );
      await rig.commit(tenure, { decisions });
    },
    async lose({ trial }: AttemptToken) {
      await rig.redis.zadd(rig.experiment.leases, 0, trial);
      await rig.commit(tenure);
    },
    async stop() {
      await rig.control({ action: 'stop' }, 'a person');
    },
    events: () => rig.events(),
    output: () => new ReadModel(rig.redis, rig.keys).output(rig.id, 0),
    close: async () => rig.close(),
  };
});

/**
 * One rank of a group as a process: `node rank.child.ts`. It is told by messages what to join and to run, and says its address, then what came
 * of it. The computing is on the plain CPU back end, so that nothing depends on a machine's vector units.
 */
import { installSeededRandom } from '../../training/seeding.ts';
import type { Membership } from '../../worker/lockstep/wire/membership.ts';

installSeededRandom();
const { listenAsRank } = await import('../../worker/lockstep/wire/rank.ts');
const { scenarios } = await import('./scenarios.ts');

export interface RankOrder {
  readonly membership: Membership;
  readonly scenario: string;
}

const say = (message: unknown): void => void process.send?.(message);
const next = <Message>(): Promise<Message> => new Promise((resolve) => process.once('message', (message) => resolve(message as Message)));

process.on('disconnect', () => process.exit(0));
for (;;) {
  const { membership, scenario } = await next<RankOrder>();
  try {
    const listening = await listenAsRank(membership);
    const addresses = next<string[]>();
    say({ address: listening.address });
    const rank = await listening.connect(await addresses);
    const run = scenarios[scenario];
    if (run === undefined) throw new Error(`no scenario ${scenario}`);
    const result = await run(rank, say);
    say({ result, statistics: rank.statistics() });
    await rank.close();
  } catch (error) {
    say({ error: error instanceof Error ? { name: error.name, message: error.message } : { name: 'thrown', message: String(error) } });
  }
}

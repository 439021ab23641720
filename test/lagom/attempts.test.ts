/** Memory keeps attempts as the contract has it. */
import Type from 'typebox';
import type { Binding } from '../../core/attempt.ts';
import { LocalAttempts } from '../../lagom/attempts.ts';
import { algorithmsWith } from '../../optimizer/algorithms.ts';
import { LocalLog } from '../../optimizer/local-log.ts';
import type { SchedulerDefinition } from '../../optimizer/schedulers/scheduler.ts';
import { attemptKeeperContract, decisionAt, type KeeperUnderTest } from '../contract/attempt-keeper.ts';
import { readyEntry } from '../support/queue-rig.ts';
import { testSpecification } from '../support/specification.ts';

const scripted: SchedulerDefinition = {
  type: 'scripted',
  options: Type.Object({ type: Type.Literal('scripted') }),
  decisionSteps: () => ({ at: 'steps', steps: [2, 3, 5], last: 9 }),
  create: () => ({ observe: () => undefined, decide: (_trial, step) => decisionAt[step] ?? 'continue' }),
};

attemptKeeperContract('memory', async (): Promise<KeeperUnderTest> => {
  const scheduler = { type: 'scripted' };
  const specification = testSpecification({ scheduler, decisionSteps: scripted.decisionSteps(scheduler), maxAttempts: 10 });
  const log = new LocalLog(specification, algorithmsWith([scripted]), () => 0);
  const lines: string[] = [];
  const keeper = new LocalAttempts({
    log,
    experiment: specification.id,
    onEvent: () => undefined,
    onLine: (line) => lines.push(line),
  });
  let attempt = 0;
  return {
    keeper,
    async start(origin = 'suggested', resource): Promise<Binding> {
      attempt += 1;
      const entry = readyEntry(0, { attempt, origin, ...(resource === undefined ? {} : { resource }) });
      log.bind(entry, { basis: log.engine.state.seq, worker: 'local', slot: 0 });
      return keeper.begin(entry);
    },
    decide: async () => undefined,
    lose: async (token) => keeper.lose(token),
    stop: async () => log.append({ type: 'controlRequested', request: { action: 'stop' } }),
    events: async () => [...log.events],
    output: async () => lines,
    close: async () => undefined,
  };
});

/**
 * Tunes the penguins on this machine's cores, then trains the best configuration for twice as long: no server, no Redis.
 *
 *     node --import tsx examples/scripts/tune-from-a-script.ts
 *
 * With the address of a stack, `npm start` say, the trials run on its workers instead:
 *
 *     node --import tsx examples/scripts/tune-from-a-script.ts http://127.0.0.1:8080
 */
import { runTraining } from 'maggy';
import { lagom } from 'maggy/lagom';
import penguins from '../penguins.ts';

const [server] = process.argv.slice(2);

const { incumbent, counts, resource } = await lagom(penguins, {
  kind: 'tune',
  maxTrials: 12,
  sampler: { type: 'gp' },
  scheduler: { type: 'median', warmupSteps: 2 },
  hparams: { epochs: 10 },
  seed: 1,
  server,
});
console.log(
  `${counts.completed} trials completed, ${counts.stopped} stopped early: ${resource.used} epochs trained, ${resource.saved} saved`,
);

if (incumbent === null) throw new Error('no trial reported anything');
const { value, model } = await runTraining(penguins, { hparams: { ...incumbent.params, epochs: 20 } });
console.log(`trial ${incumbent.number}: ${incumbent.value.toFixed(4)} after 10 epochs, ${value.toFixed(4)} after 20`);
model?.summary();

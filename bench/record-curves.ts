/**
 * Records the learning curves that the simulation benchmark replays: random configurations of the digits example, trained for real on a
 * small part of the data. Prints the table as JSON, one curve a line:
 *
 *     node --import tsx bench/record-curves.ts > bench/data/mnist-curves.json
 *
 * Time is measured in CPU seconds of one thread and not in seconds of the clock: what else the machine does hardly shows in them.
 */
import mnist from '../examples/mnist-cnn.ts';
import { compileSpace } from '../core/compiled-space.ts';
import { decodePoint } from '../core/encoding.ts';
import { randomStream } from '../core/random.ts';
import type { Params } from '../core/space.ts';
import { disposeModel } from '../training/models.ts';
import { runTraining } from '../training/single-host.ts';
import { roundTo } from './report.ts';

const [configurations = '200', fraction = '0.1'] = process.argv.slice(2);
const EPOCHS = 9;
const SEED = 1;
const BACKEND = 'wasm';

const space = compileSpace({ ...mnist.space, epochs: { type: 'constant', value: EPOCHS } });

interface Epoch {
  readonly accuracy: number;
  readonly loss: number;
  readonly cpuSeconds: number;
}

async function record(params: Params): Promise<Epoch[]> {
  const epochs: Epoch[] = [];
  let since = process.cpuUsage();
  const { model } = await runTraining(mnist, {
    hparams: params,
    seed: SEED,
    dataset: { fraction: Number(fraction) },
    backend: { prefer: BACKEND },
    onReport({ metrics: { valAccuracy = NaN, val_loss: loss = NaN } }) {
      const { user, system } = process.cpuUsage(since);
      since = process.cpuUsage();
      epochs.push({ accuracy: roundTo(valAccuracy, 4), loss: roundTo(loss, 4), cpuSeconds: roundTo((user + system) / 1e6, 3) });
    },
  });
  if (model !== undefined) disposeModel(model);
  return epochs;
}

function draw(number: number): Params {
  const random = randomStream(SEED, 'configuration', number);
  return decodePoint(
    space,
    space.dimensions.map(() => random.uniform()),
  );
}

// Loads the data and lets Node.js compile: no curve shows what that takes.
await record(draw(0));
const lines: string[] = [];
for (let number = 0; number < Number(configurations); number++) {
  const params = draw(number);
  const epochs = await record(params);
  const column = (name: keyof Epoch): number[] => epochs.map((epoch) => epoch[name]);
  lines.push(JSON.stringify({ params, accuracy: column('accuracy'), loss: column('loss'), cpuSeconds: column('cpuSeconds') }));
  process.stderr.write(`${number + 1} of ${configurations}: ${epochs.at(-1)?.accuracy ?? NaN}\n`);
}
const madeBy = `node --import tsx bench/record-curves.ts ${configurations} ${fraction}`;
console.log(`{\n"madeBy": "${madeBy}",\n"backend": "${BACKEND}, one thread, Node.js ${process.version}",`);
console.log(`"seed": ${SEED},\n"curves": [\n${lines.join(',\n')}\n]\n}`);

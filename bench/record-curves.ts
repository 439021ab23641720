/**
 * Records the learning curves that the simulation benchmark replays: random configurations of the digits example, trained for real on a
 * small part of the data. One curve a line of JSON, after a line that says how they were made. A file that was begun is gone on with:
 *
 *     node --import tsx bench/record-curves.ts bench/data/mnist-curves.jsonl
 *
 * Time is measured in CPU seconds of one thread and not in seconds of the clock: what else the machine does hardly shows in them.
 */
import { appendFileSync, existsSync, readFileSync } from 'node:fs';
import mnist from '../examples/mnist-cnn.ts';
import { compileSpace } from '../core/compiled-space.ts';
import { decodePoint } from '../core/encoding.ts';
import { randomStream } from '../core/random.ts';
import type { Params } from '../core/space.ts';
import { disposeModel } from '../training/models.ts';
import { runTraining } from '../training/single-host.ts';

const [file = '', configurations = '200', fraction = '0.06'] = process.argv.slice(2);
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

function roundTo(value: number, digits: number): number {
  return Number(value.toFixed(digits));
}

function draw(number: number): Params {
  const random = randomStream(SEED, 'configuration', number);
  return decodePoint(
    space,
    space.dimensions.map(() => random.uniform()),
  );
}

const written = existsSync(file) ? readFileSync(file, 'utf8').split('\n').length - 1 : 0;
if (written === 0) {
  const madeBy = `node --import tsx bench/record-curves.ts ${file} ${configurations} ${fraction}`;
  appendFileSync(file, `${JSON.stringify({ madeBy, backend: BACKEND, threads: 1, node: process.version, seed: SEED, epochs: EPOCHS })}\n`);
}
// Loads the data and lets Node.js compile: no curve shows what that takes.
await record(draw(0));
for (let number = Math.max(0, written - 1); number < Number(configurations); number++) {
  const params = draw(number);
  const epochs = await record(params);
  const column = (name: keyof Epoch): number[] => epochs.map((epoch) => epoch[name]);
  const curve = { params, accuracy: column('accuracy'), loss: column('loss'), cpuSeconds: column('cpuSeconds') };
  appendFileSync(file, `${JSON.stringify(curve)}\n`);
}

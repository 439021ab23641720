/**
 * What an ablation study adds to its trainings. Before they start: planning to leave out each layer of a deep functional model, and the
 * surgery of one trial, which is the building of the model and its rebuilding without the layer. And between them (study-schedule.ts).
 */
import { planAblation } from '../core/ablation/plan.ts';
import { disposeModel } from '../training/models.ts';
import { describeLayers } from '../training/surgery/graph.ts';
import { operate } from '../training/surgery/surgery.ts';
import { tf } from '../training/tf.ts';
import { atMost, row, step, type Row } from './report.ts';
import { studySchedule } from './study-schedule.ts';

const BLOCKS = 33;
const UNITS = 32;
const MOST_SECONDS = 1;

/** Blocks of two dense layers beside a shortcut: three layers each, a first and a last one, 101 and the input. */
function deepModel(): tf.LayersModel {
  const dense = (name: string, units = UNITS) => tf.layers.dense({ name, units, activation: 'tanh' });
  const input = tf.input({ shape: [UNITS], name: 'in' });
  let state = apply(dense('stem'), input);
  for (let block = 1; block <= BLOCKS; block++) {
    const inner = apply(dense(`block${block}_b`), apply(dense(`block${block}_a`), state));
    state = apply(tf.layers.add({ name: `block${block}_sum` }), state, inner);
  }
  return tf.model({ inputs: input, outputs: apply(dense('answer', 1), state) });
}

function apply(layer: tf.layers.Layer, ...inputs: tf.SymbolicTensor[]): tf.SymbolicTensor {
  const [only] = inputs;
  const output = layer.apply(inputs.length === 1 && only !== undefined ? only : inputs);
  if (!(output instanceof tf.SymbolicTensor)) throw new TypeError('one tensor was expected');
  return output;
}

export async function ablation(): Promise<Row[]> {
  const start = performance.now();
  const whole = deepModel();
  const built = performance.now();
  const layers = describeLayers(whole);
  disposeModel(whole);
  const removable = layers.filter(({ type, isProtected }) => type === 'Dense' && !isProtected).map(({ name }) => name);
  const plan = planAblation(
    { layers: removable },
    { ablatable: { layers, variants: [] }, space: {}, params: {}, start: {}, replicates: 3 },
  );
  const planned = performance.now();
  const surgeries = plan.components.slice(1).map(({ exclusion }) => surgerySeconds(exclusion.layers ?? []));
  const planning = (planned - built) / 1000;
  return [
    row(`building a model of ${layers.length} layers`, (built - start) / 1000, 's'),
    row(`reading it and planning to leave out each of ${removable.length} layers`, planning, 's'),
    row('surgery of one trial, median', median(surgeries), 's'),
    row('surgery of one trial, slowest', Math.max(...surgeries), 's'),
    atMost('planning and the median surgery', planning + median(surgeries), 's', MOST_SECONDS),
    await step('study on 2 slots', studySchedule),
  ];
}

function surgerySeconds(layers: readonly string[]): number {
  const model = deepModel();
  const start = performance.now();
  const operated = operate(model, { layers, seed: 1 });
  const seconds = (performance.now() - start) / 1000;
  disposeModel(operated.model);
  return seconds;
}

function median(values: readonly number[]): number {
  return [...values].sort((one, other) => one - other)[Math.floor(values.length / 2)] ?? Number.NaN;
}

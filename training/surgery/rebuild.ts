/**
 * Builds a model anew without some of its parts. Every layer is made again from its configuration and applied as before, in the graph
 * that the bypasses leave. A layer whose weights keep their shapes gets the initial weights of the given model, bit for bit, whatever
 * made them: initialisers, which TensorFlow.js runs in the order of the layers, or weights that the author set. A layer whose shapes
 * changed draws from a seed of its own, so that nothing else moves.
 */
import { deriveSeed } from '../../core/random.ts';
import { withSeed } from '../seeding.ts';
import { tf } from '../tf.ts';
import { bridgeBetween } from './bridges.ts';
import { isMerge, operandsOf, type Bypasses } from './bypasses.ts';
import { inputsOf, outputsOf, producerOf, nodesOf, type Node } from './graph.ts';

export interface Rebuild {
  readonly bypasses: Bypasses;
  /** New sizes of the last axis of inputs, by name. */
  readonly inputSizes: ReadonlyMap<string, number>;
  /** Whether a bypass that changes a shape gets a bridge. */
  readonly bridges: boolean;
  /** Positive 32-bit integer, of the layers whose shapes change. */
  readonly seed: number;
}

/** The parts that are left do not fit together; the message says where. */
export class Misfit extends Error {
  override readonly name = 'Misfit';
}

/** The new model, not compiled. @throws {Misfit} and then nothing of it is left in memory */
export function rebuild(model: tf.LayersModel, options: Rebuild): tf.LayersModel {
  const builder = new Builder(model, options);
  try {
    // Nothing drawn here may move the stream outside: after it an ablated trial draws what the baseline draws.
    return withSeed(options.seed, () => builder.build());
  } catch (error) {
    builder.dispose();
    throw error;
  }
}

class Builder {
  readonly #model: tf.LayersModel;
  readonly #options: Rebuild;
  readonly #layers = new Map<tf.layers.Layer, tf.layers.Layer>();
  readonly #bridges: tf.layers.Layer[] = [];
  readonly #made = new Map<tf.SymbolicTensor, tf.SymbolicTensor>();
  /** Generated names count over the life of a process, so a layer's seed goes by its place. */
  readonly #places: ReadonlyMap<tf.layers.Layer, number>;
  readonly #trainable: ReadonlySet<unknown>;

  constructor(model: tf.LayersModel, options: Rebuild) {
    this.#model = model;
    this.#options = options;
    this.#trainable = new Set(model.trainableWeights);
    this.#places = new Map([...new Set(nodesOf(model).map((node) => node.outboundLayer))].map((layer, place) => [layer, place]));
  }

  build(): tf.LayersModel {
    const inputs = this.#model.inputs.map((input) => this.#make(input));
    const outputs = outputsOf(this.#model).map((output) => this.#output(output));
    const unused = this.#unusedInput();
    if (unused !== undefined) throw new Misfit(`nothing would use the input ${unused}`);
    const built = tf.model({ inputs, outputs, name: this.#model.name });
    if (this.#model.trainableWeights.length > 0 && built.trainableWeights.length === 0) throw new Misfit('nothing would be left to train');
    return built;
  }

  dispose(): void {
    for (const layer of [...this.#layers.values(), ...this.#bridges]) layer.weights.forEach((weight) => weight.dispose());
  }

  #output(output: tf.SymbolicTensor): tf.SymbolicTensor {
    const made = this.#make(output);
    if (!sameShape(made.shape, output.shape)) {
      throw new Misfit(`the output ${output.sourceLayer.name} would have the shape ${shown(made.shape)} and not ${shown(output.shape)}`);
    }
    if (made.sourceLayer.name !== output.sourceLayer.name)
      throw new Misfit(`the output ${output.sourceLayer.name} would have nothing to merge`);
    return made;
  }

  #unusedInput(): string | undefined {
    const used = new Set<tf.SymbolicTensor>();
    const open = outputsOf(this.#model).map((output) => this.#made.get(output));
    for (let next = open.pop(); next !== undefined; next = open.pop()) {
      if (used.has(next)) continue;
      used.add(next);
      open.push(...inputsOf(producerOf(next)));
    }
    return this.#model.inputs.find((input) => !used.has(this.#make(input)))?.sourceLayer.name;
  }

  #make(tensor: tf.SymbolicTensor): tf.SymbolicTensor {
    const made = this.#made.get(tensor);
    if (made !== undefined) return made;
    const standIn = this.#standIn(tensor);
    const result = standIn === tensor ? this.#apply(tensor) : this.#make(standIn);
    this.#made.set(tensor, result);
    return result;
  }

  /** What takes the tensor's place: itself where nothing is bypassed, and where a bridge will be in its place. */
  #standIn = (tensor: tf.SymbolicTensor): tf.SymbolicTensor => {
    const source = this.#source(tensor);
    return this.#options.bridges && !sameShape(source.shape, tensor.shape) ? tensor : source;
  };

  #source(tensor: tf.SymbolicTensor): tf.SymbolicTensor {
    let source = tensor;
    for (let next = this.#options.bypasses.get(source); next !== undefined; next = this.#options.bypasses.get(source)) source = next;
    return source;
  }

  #apply(tensor: tf.SymbolicTensor): tf.SymbolicTensor {
    const source = this.#source(tensor);
    if (source !== tensor) return this.#bridge(this.#make(source), tensor);
    const node = producerOf(tensor);
    if (inputsOf(node).length === 0) return this.#input(tensor);
    const operands = operandsOf(node, this.#standIn);
    const inputs = operands.map((operand) => this.#make(operand));
    const [only] = inputs;
    if (isMerge(node) && only !== undefined && inputs.length === 1 && inputsOf(node).length > 1) return only;
    checkMerge(node, inputs);
    const outputs = this.#applyLayer(node, inputs);
    node.outputTensors.forEach((made, place) => {
      const output = outputs[place];
      if (output !== undefined) this.#made.set(made, output);
    });
    return outputs[tensor.tensorIndex] ?? misfit(`layer ${node.outboundLayer.name} would make fewer tensors`);
  }

  #input(tensor: tf.SymbolicTensor): tf.SymbolicTensor {
    const { name } = tensor.sourceLayer;
    const size = this.#options.inputSizes.get(name);
    const batchShape = size === undefined ? [...tensor.shape] : [...tensor.shape.slice(0, -1), size];
    return tf.input({ batchShape, name, dtype: tensor.dtype });
  }

  #bridge(from: tf.SymbolicTensor, to: tf.SymbolicTensor): tf.SymbolicTensor {
    const { name } = to.sourceLayer;
    const layer = bridgeBetween(from.shape, to.shape, `${name}_bridge`);
    if (layer === undefined) throw new Misfit(`no bridge leads from the shape ${shown(from.shape)} to ${shown(to.shape)} of ${name}`);
    this.#bridges.push(layer);
    return withSeed(this.#seedOf(to.sourceLayer, 'bridge'), () => symbolic(layer.apply(from)))[0] ?? misfit(`${layer.name} made nothing`);
  }

  #applyLayer(node: Node, inputs: readonly tf.SymbolicTensor[]): tf.SymbolicTensor[] {
    const original = node.outboundLayer;
    const unchanged =
      inputs.length === node.inputTensors.length && inputs.every((input, at) => sameShape(input.shape, node.inputTensors[at]?.shape));
    if (original instanceof tf.LayersModel && !unchanged) {
      throw new Misfit(
        `the model ${original.name} within it takes the shape ${inputs.map(() => shown(node.inputTensors[0]?.shape)).join(', ')} only`,
      );
    }
    return withSeed(this.#seedOf(original, 'initial weights'), () => {
      const known = this.#layers.get(original);
      const layer = known ?? freshLayer(original);
      this.#layers.set(original, layer);
      // What is about to be overwritten need not be drawn.
      layer.setFastWeightInitDuringBuild(unchanged);
      const outputs = applied(layer, inputs, node);
      if (known === undefined) {
        // First: whether a weight is trainable decides its place among those of a layer.
        copyTrainable(original, layer);
        copyWeights(original, layer);
        if (this.#isFrozenFromOutside(original)) layer.trainable = false;
      }
      return outputs;
    });
  }

  /** By a model around it that the graph does not show: a model that a Sequential one begins with is dissolved in it. */
  #isFrozenFromOutside({ trainableWeights }: tf.layers.Layer): boolean {
    return trainableWeights.length > 0 && !trainableWeights.some((weight) => this.#trainable.has(weight));
  }

  #seedOf(layer: tf.layers.Layer, purpose: string): number {
    return deriveSeed(this.#options.seed, purpose, this.#places.get(layer) ?? 0);
  }
}

/** The same layer, not built: no weights yet, and not tied to the input shape it was once declared with. */
function freshLayer(original: tf.layers.Layer): tf.layers.Layer {
  const className = original.getClassName();
  const [constructor, fromConfig] = tf.serialization.SerializationMap.getMap().classNameMap[className] ?? [];
  if (constructor === undefined || fromConfig === undefined) {
    throw new Misfit(`the class ${className} of layer ${original.name} is not known: tf.serialization.registerClass makes it so`);
  }
  const config = original.getConfig();
  const isModel = original instanceof tf.LayersModel;
  const { batchInputShape: _shape, ...free } = config;
  const layer = fromConfig(constructor, isModel ? config : free);
  if (!(layer instanceof tf.layers.Layer)) throw new Misfit(`the class ${className} of layer ${original.name} is no layer`);
  return layer;
}

function applied(layer: tf.layers.Layer, inputs: readonly tf.SymbolicTensor[], { callArgs = {} }: Node): tf.SymbolicTensor[] {
  const shapes = inputs.map((input) => shown(input.shape)).join(' and ');
  const [only] = inputs;
  let outputs: tf.SymbolicTensor[];
  try {
    outputs = symbolic(
      only !== undefined && inputs.length === 1 ? layer.apply(only, callArgs) : layer.apply([...inputs], withoutInputs(callArgs)),
    );
  } catch (cause) {
    throw new Misfit(`layer ${layer.name} does not take ${shapes}`, { cause });
  }
  // Some layers find out when they compute only: a window wider than what it slides over.
  if (outputs.some(({ shape }) => shape.some((size) => size !== null && size < 1)))
    throw new Misfit(`layer ${layer.name} makes nothing of ${shapes}`);
  // It takes the author's word for what its input holds.
  const [before, after] = [only, outputs[0]].map((tensor) => tensor && sizeOf(tensor.shape));
  if (layer.getClassName() === 'Reshape' && before !== undefined && after !== undefined && before !== after)
    throw new Misfit(`layer ${layer.name} does not take ${shapes}`);
  return outputs;
}

/** A recurrent layer that was given its first state, or constants, has them among its inputs and among its arguments. */
function withoutInputs({ initialState: _state, constants: _constants, ...rest }: NonNullable<Node['callArgs']>): Node['callArgs'] {
  return rest;
}

/** Numbers in one row; undefined where the shape leaves that open. */
function sizeOf(shape: tf.Shape): number | undefined {
  const sizes = shape.slice(1).filter((size) => size !== null);
  return sizes.length < shape.length - 1 ? undefined : sizes.reduce((product, size) => product * size, 1);
}

/** Merges stretch an axis of size 1 to the others' size; a removal that makes one do so has changed what it computes. */
function checkMerge(node: Node, inputs: readonly tf.SymbolicTensor[]): void {
  const { name } = node.outboundLayer;
  if (!isMerge(node) || node.outboundLayer.getClassName() === 'Concatenate') return;
  const alike = (tensors: readonly tf.SymbolicTensor[]): boolean => tensors.every((tensor) => sameShape(tensor.shape, tensors[0]?.shape));
  if (alike(node.inputTensors) && !alike(inputs)) {
    throw new Misfit(`${name} would merge the shapes ${inputs.map((input) => shown(input.shape)).join(' and ')}`);
  }
}

/** What the author froze stays so, in nested models too, whose configurations do not tell. */
function copyTrainable(from: tf.layers.Layer, to: tf.layers.Layer): void {
  // Setting it sets that of the weights too, so what is finer comes after it.
  to.trainable = from.trainable;
  const own = heldBy(to);
  heldBy(from).forEach((inner, at) => {
    const made = own[at];
    if (made !== undefined) copyTrainable(inner, made);
  });
  for (const weight of to.weights) {
    const original = from.weights.find(({ originalName }) => originalName === weight.originalName);
    if (own.length === 0 && original !== undefined) weight.trainable = original.trainable;
  }
}

/** The layers of a nested model; the layer that a wrapper wraps, the cell that a recurrent layer runs. */
function heldBy(layer: tf.layers.Layer): tf.layers.Layer[] {
  if (layer instanceof tf.LayersModel) return layer.layers;
  const parts: readonly unknown[] = Object.values(layer);
  return parts.filter((part) => part instanceof tf.layers.Layer);
}

function copyWeights(from: tf.layers.Layer, to: tf.layers.Layer): void {
  const weights = from.getWeights();
  const own = to.getWeights();
  if (weights.length === own.length && weights.every((weight, at) => sameShape(weight.shape, own[at]?.shape))) to.setWeights(weights);
}

function symbolic(outputs: ReturnType<tf.layers.Layer['apply']>): tf.SymbolicTensor[] {
  const list: readonly unknown[] = [outputs].flat();
  return list.filter((output) => output instanceof tf.SymbolicTensor);
}

function sameShape(one: tf.Shape, other: tf.Shape | undefined): boolean {
  return one.length === other?.length && one.every((size, axis) => size === other[axis]);
}

/** `[28, 28, 1]`: the batch, whose size is open, is left out. */
function shown(shape: tf.Shape | undefined): string {
  return JSON.stringify(shape?.slice(1));
}

function misfit(message: string): never {
  throw new Misfit(message);
}

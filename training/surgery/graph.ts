/**
 * A model read as a graph. A node is one application of a layer, so a shared layer has several; a tensor knows the node that makes it.
 * TensorFlow.js keeps all of this in its symbolic tensors, for Sequential and functional models alike. Reading only.
 */
import { insideNested, type AblatableLayer } from '../../core/ablation/schema.ts';
import { invalid } from '../../core/errors.ts';
import { didYouMean } from '../../core/nearest.ts';
import { tf } from '../tf.ts';

export type Node = tf.layers.Layer['inboundNodes'][number];

export function producerOf(tensor: tf.SymbolicTensor): Node {
  const node = tensor.sourceLayer.inboundNodes[tensor.nodeIndex];
  if (node === undefined) throw invalid('model', 'must be made of connected layers', tensor.name);
  return node;
}

/** Input layers name themselves as what they take their input from; to everybody else they take nothing. */
export function inputsOf(node: Node): readonly tf.SymbolicTensor[] {
  return node.inboundLayers.length === 0 ? [] : node.inputTensors;
}

/** A Sequential model leaves its `inputNames` empty. */
export function inputNamesOf(model: tf.LayersModel): string[] {
  return model.inputs.map((input) => input.sourceLayer.name);
}

/** Every node that the outputs are made from, producers before their consumers. */
export function nodesOf(model: tf.LayersModel): readonly Node[] {
  const nodes = new Set<Node>();
  const seen = new Set<Node>();
  const visit = (node: Node): void => {
    if (seen.has(node)) return;
    seen.add(node);
    for (const tensor of inputsOf(node)) visit(producerOf(tensor));
    nodes.add(node);
  };
  for (const output of outputsOf(model)) visit(producerOf(output));
  return [...nodes];
}

/** @throws {MaggyError} `invalid` for a model that has not seen the shape of its input yet */
export function outputsOf(model: tf.LayersModel): readonly tf.SymbolicTensor[] {
  const outputs = outputsOrNone(model);
  if (outputs.length === 0) throw invalid('model', 'must know the shape of its input', model.name);
  return outputs;
}

/** A Sequential model without an input shape has no tensors, whatever its type says. */
function outputsOrNone({ outputs }: { readonly outputs: readonly tf.SymbolicTensor[] | undefined }): readonly tf.SymbolicTensor[] {
  return outputs ?? [];
}

/**
 * The layers by the name that a user writes: their own, or `dense_2` for the second dense layer that was given none. TensorFlow.js makes
 * up names with a counter over the life of the process (`dense_Dense17`), which are others in the next trial. A number that would make a
 * name which somebody chose is passed over.
 */
function layersByName(nodes: readonly Node[]): ReadonlyMap<string, tf.layers.Layer> {
  const layers = [...new Set(nodes.map((node) => node.outboundLayer))];
  const chosen = new Set(layers.filter((layer) => generatedStem(layer) === undefined).map(({ name }) => name));
  const unnamed = new Map<string, number>();
  return new Map(
    layers.map((layer) => {
      const stem = generatedStem(layer);
      if (stem === undefined) return [layer.name, layer];
      let count = (unnamed.get(stem) ?? 0) + 1;
      while (chosen.has(`${stem}_${count}`)) count += 1;
      unnamed.set(stem, count);
      return [`${stem}_${count}`, layer];
    }),
  );
}

/** `batch_normalization` of `batch_normalization_BatchNormalization3`; undefined for a name that somebody chose. */
function generatedStem({ name }: tf.layers.Layer): string | undefined {
  const match = /^([a-z0-9_]+)_([A-Z][A-Za-z0-9]*?)[0-9]+$/.exec(name);
  return match?.[1]?.replaceAll('_', '') === match?.[2]?.toLowerCase() ? match?.[1] : undefined;
}

/** The applications of the layer of that name. @throws {MaggyError} `invalid`, with the nearest name */
export function nodesOfLayer(nodes: readonly Node[], name: string): readonly Node[] {
  const layers = layersByName(nodes);
  const layer = layers.get(name);
  if (layer === undefined) {
    const nested = insideNested(
      name,
      [...layers].map(([outer, made]) => ({ name: outer, holds: layersInside(made) })),
    );
    throw invalid(`layer ${name}`, nested ?? `must be a layer of the model${didYouMean(name, layers.keys())}`, name);
  }
  return nodes.filter((node) => node.outboundLayer === layer);
}

/** Names of the layers in a model that is a layer, however deep; none of any other layer. */
function layersInside(layer: tf.layers.Layer): string[] {
  return layer instanceof tf.LayersModel ? layer.layers.flatMap((inner) => [inner.name, ...layersInside(inner)]) : [];
}

/** Why a layer must stay; undefined for one that may go. */
export function protection(model: tf.LayersModel, layer: tf.layers.Layer): string | undefined {
  if (layer.inboundNodes.some((node) => node.inboundLayers.length === 0)) return 'an input of the model';
  return outputsOf(model).some((output) => output.sourceLayer === layer) ? 'an output of the model' : undefined;
}

/** All layers, producers before their consumers. */
export function describeLayers(model: tf.LayersModel): AblatableLayer[] {
  const nodes = nodesOf(model);
  const layers = layersByName(nodes);
  const names = new Map([...layers].map(([name, layer]) => [layer, name]));
  return [...layers].map(([name, layer]) => {
    const inputs = nodes.filter((node) => node.outboundLayer === layer).flatMap(inputsOf);
    const holds = layersInside(layer);
    return {
      name,
      type: layer.getClassName(),
      inputs: [...new Set(inputs.map(({ sourceLayer }) => names.get(sourceLayer) ?? sourceLayer.name))],
      parameters: layer.countParams(),
      isProtected: protection(model, layer) !== undefined,
      ...(holds.length === 0 ? {} : { holds }),
    };
  });
}

/**
 * What leaving layers and modules out means for the graph: each tensor that a removed part made is replaced by the tensor that went
 * into the part. At an addition, a concatenation or another merge, an operand that a removal turned into something the other operands
 * are made from anyway would only repeat it, so the merge does without: a residual block falls back to its shortcut, a concatenation
 * gets narrower.
 */
import type { Module } from '../../core/ablation/schema.ts';
import type { tf } from '../tf.ts';
import { inputsOf, nodesOf, nodesOfLayer, producerOf, protection, type Node } from './graph.ts';
import { cannotLeaveOut } from './refusal.ts';

export interface Cut {
  readonly layers?: readonly string[];
  readonly modules?: readonly Module[];
}

/** From each tensor that is no longer made to the one that takes its place. */
export type Bypasses = ReadonlyMap<tf.SymbolicTensor, tf.SymbolicTensor>;

const merges = new Set(['Add', 'Average', 'Maximum', 'Minimum', 'Multiply', 'Concatenate']);

/** Whether a node merges operands of which there may be fewer. */
export function isMerge(node: Node): boolean {
  return merges.has(node.outboundLayer.getClassName());
}

/** @throws {MaggyError} `invalid`, naming the layer or module and why it has to stay */
export function bypassesOf(model: tf.LayersModel, { layers = [], modules = [] }: Cut): Bypasses {
  const nodes = nodesOf(model);
  const bypasses = new Map<tf.SymbolicTensor, tf.SymbolicTensor>();
  for (const name of layers) {
    for (const node of nodesOfLayer(nodes, name)) bypassNode(model, node, bypasses);
  }
  for (const module of modules) bypassModule(model, nodes, module, bypasses);
  return bypasses;
}

function bypassNode(model: tf.LayersModel, node: Node, bypasses: Map<tf.SymbolicTensor, tf.SymbolicTensor>): void {
  const { name } = node.outboundLayer;
  const component = `layer ${name}`;
  const kept = protection(model, node.outboundLayer);
  if (kept !== undefined) throw cannotLeaveOut(component, `it is ${kept}`, name);
  const [input, ...moreInputs] = inputsOf(node);
  const [output, ...moreOutputs] = node.outputTensors;
  if (input === undefined || output === undefined || moreInputs.length > 0 || moreOutputs.length > 0) {
    const producers = inputsOf(node).map((tensor) => tensor.sourceLayer.name);
    const reason =
      moreOutputs.length > 0 ? 'it makes several tensors' : `it joins ${producers.join(' and ')}: leave out what leads to one of them`;
    throw cannotLeaveOut(component, reason, name);
  }
  bypasses.set(output, input);
}

function bypassModule(
  model: tf.LayersModel,
  nodes: readonly Node[],
  { from, to }: Module,
  bypasses: Map<tf.SymbolicTensor, tf.SymbolicTensor>,
): void {
  const component = `module ${from}..${to}`;
  const refuse = (reason: string) => cannotLeaveOut(component, reason, `${from}..${to}`);
  const first = onlyNode(nodes, from, refuse);
  const last = onlyNode(nodes, to, refuse);
  const inside = nodesBetween(nodes, first, last);
  if (inside.size === 0) throw refuse(`${from} does not lead to ${to}`);
  for (const { outboundLayer } of inside) {
    const kept = protection(model, outboundLayer);
    if (kept !== undefined) throw refuse(`${outboundLayer.name} is ${kept}`);
  }
  const entries = new Set([...inside].flatMap(inputsOf).filter((tensor) => !inside.has(producerOf(tensor))));
  const [entry] = entries;
  if (entry === undefined || entries.size > 1) {
    throw refuse(`${[...entries].map((tensor) => tensor.sourceLayer.name).join(' and ')} lead into it`);
  }
  const leaving = nodes.find((node) => !inside.has(node) && inputsOf(node).some((tensor) => leavesBefore(tensor, inside, last)));
  if (leaving !== undefined) throw refuse(`${leaving.outboundLayer.name} takes a tensor from within it`);
  const [output, ...more] = last.outputTensors;
  if (output === undefined || more.length > 0) throw refuse(`${to} makes several tensors`);
  bypasses.set(output, entry);
}

function onlyNode(nodes: readonly Node[], name: string, refuse: (reason: string) => Error): Node {
  const [node, ...more] = nodesOfLayer(nodes, name);
  if (node === undefined || more.length > 0) throw refuse(`${name} is shared, so it marks several places`);
  return node;
}

/** The nodes on the paths from one node to another, both included; none where no path leads there. */
function nodesBetween(nodes: readonly Node[], first: Node, last: Node): Set<Node> {
  const after = new Set([first]);
  // Producers come before consumers, so one pass finds whatever `first` leads to.
  for (const node of nodes) if (inputsOf(node).some((tensor) => after.has(producerOf(tensor)))) after.add(node);
  const between = new Set<Node>();
  if (!after.has(last)) return between;
  between.add(last);
  for (const node of [...nodes].reverse()) {
    if (between.has(node)) for (const tensor of inputsOf(node)) if (after.has(producerOf(tensor))) between.add(producerOf(tensor));
  }
  return between;
}

function leavesBefore(tensor: tf.SymbolicTensor, inside: ReadonlySet<Node>, last: Node): boolean {
  const producer = producerOf(tensor);
  return producer !== last && inside.has(producer);
}

/** What a node takes once the parts are gone. */
export function operandsOf(node: Node, standIn: (tensor: tf.SymbolicTensor) => tf.SymbolicTensor): readonly tf.SymbolicTensor[] {
  const before = inputsOf(node);
  const operands = before.map(standIn);
  if (!isMerge(node)) return operands;
  const kept = new Set(operands.keys());
  for (const [place, operand] of operands.entries()) {
    if (operand === before[place]) continue;
    const others = [...kept].filter((other) => other !== place).map((other) => operands[other]);
    if (others.some((other) => other !== undefined && isMadeFrom(other, operand, standIn))) kept.delete(place);
  }
  return operands.filter((_operand, place) => kept.has(place));
}

function isMadeFrom(
  tensor: tf.SymbolicTensor,
  origin: tf.SymbolicTensor,
  standIn: (tensor: tf.SymbolicTensor) => tf.SymbolicTensor,
): boolean {
  const seen = new Set<tf.SymbolicTensor>();
  const open = [tensor];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    if (next === origin) return true;
    if (seen.has(next)) continue;
    seen.add(next);
    open.push(...inputsOf(producerOf(next)).map(standIn));
  }
  return false;
}

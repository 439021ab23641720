/** Models, optimizer state and named tensors as files, and back. Models are in TensorFlow.js's own layers format. */
import Type, { type Static, type TSchema } from 'typebox';
import { Value } from 'typebox/value';
import { MaggyError } from '../core/errors.ts';
import type { StoredFiles } from './checkpoint-store.ts';
import { tf } from './tf.ts';

export interface NamedTensor {
  readonly name: string;
  readonly tensor: tf.Tensor;
}

/** `model.json` and `weights.bin`, as `tf.loadLayersModel` reads them from a folder served over HTTP. */
export async function modelFiles(model: tf.LayersModel): Promise<Map<string, Uint8Array>> {
  const files = new Map<string, Uint8Array>();
  await model.save(
    tf.io.withSaveHandler(async (artifacts) => {
      const { modelTopology, format, generatedBy, convertedBy, userDefinedMetadata, weightSpecs, weightData } = artifacts;
      const weightsManifest = [{ paths: ['weights.bin'], weights: weightSpecs ?? [] }];
      files.set('model.json', json({ modelTopology, format, generatedBy, convertedBy, userDefinedMetadata, weightsManifest }));
      files.set('weights.bin', bytes(tf.io.CompositeArrayBuffer.join(weightData)));
      return { modelArtifactsInfo: tf.io.getModelArtifactsInfoForJSON(artifacts) };
    }),
  );
  return files;
}

/** A new model with the saved topology and weights, not compiled. */
export async function loadModel(files: StoredFiles): Promise<tf.LayersModel> {
  const { modelTopology, weightSpecs } = readModel(files);
  const areNamed = new Set(weightSpecs.map(({ name }) => name)).size === weightSpecs.length;
  if (areNamed) {
    const weightData = arrayBuffer(fileOf(files, 'weights.bin'));
    return tf.loadLayersModel(tf.io.fromMemory({ modelTopology, weightSpecs, weightData }));
  }
  // TensorFlow.js goes by names, which two towers with the same layers share.
  const model = await tf.loadLayersModel(tf.io.fromMemory({ modelTopology }));
  await restoreModel(model, files);
  return model;
}

/** Copies saved weights into `model`, by position: layer names differ from one process to the next, their order does not. */
export async function restoreModel(model: tf.LayersModel, files: StoredFiles): Promise<void> {
  const tensors = decode(fileOf(files, 'weights.bin'), readModel(files).weightSpecs);
  try {
    model.setWeights(tensors.map(({ tensor }) => tensor));
  } catch (cause) {
    throw new MaggyError('invalid', 'Checkpoint: its weights do not fit this model', {
      field: 'model',
      rule: 'must have the saved shapes',
      cause,
    });
  } finally {
    tf.dispose(tensors.map(({ tensor }) => tensor));
  }
}

export async function optimizerFiles(optimizer: tf.Optimizer): Promise<Map<string, Uint8Array>> {
  const weights = await optimizer.getWeights().catch((cause: unknown) => {
    const rule = 'must be one whose state TensorFlow.js can read';
    return Promise.reject(new MaggyError('invalid', `Checkpoint optimizer: ${rule}`, { field: 'optimizer', rule, cause }));
  });
  try {
    return await tensorFiles('optimizer', weights);
  } finally {
    // The counter of iterations is a tensor made for this answer; the others are the optimizer's own variables.
    tf.dispose(weights.map(({ tensor }) => tensor).filter((tensor) => !(tensor instanceof tf.Variable)));
  }
}

/** Gives `optimizer` the saved state. It must be of the same class, and not have stepped yet. */
export async function restoreOptimizer(optimizer: tf.Optimizer, files: StoredFiles): Promise<void> {
  const weights = readTensors('optimizer', files);
  try {
    await optimizer.setWeights(weights);
  } finally {
    // The optimizer has made variables of its own from them.
    tf.dispose(weights.map(({ tensor }) => tensor));
  }
}

export async function tensorFiles(name: string, tensors: tf.NamedTensorMap | NamedTensor[]): Promise<Map<string, Uint8Array>> {
  const { data, specs } = await tf.io.encodeWeights(tensors);
  return new Map([
    [`${name}.json`, json(specs)],
    [`${name}.bin`, bytes(data)],
  ]);
}

export function readTensors(name: string, files: StoredFiles): NamedTensor[] {
  return decode(fileOf(files, `${name}.bin`), readJson(files, `${name}.json`, WeightSpecs));
}

export function json(value: unknown): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(value));
}

export function readJson<Schema extends TSchema>(files: StoredFiles, name: string, schema: Schema): Static<Schema> {
  const value: unknown = JSON.parse(new TextDecoder().decode(fileOf(files, name)));
  if (!Value.Check(schema, value)) throw new MaggyError('corrupt', `Checkpoint: ${name} does not have the shape it was written with`);
  return value;
}

const WeightSpecs = Type.Array(
  Type.Object({
    name: Type.String(),
    shape: Type.Array(Type.Integer()),
    dtype: Type.Enum(['float32', 'int32', 'bool', 'string', 'complex64']),
  }),
);

const ModelJson = Type.Object({
  modelTopology: Type.Object({}),
  weightsManifest: Type.Array(Type.Object({ weights: WeightSpecs })),
});

function readModel(files: StoredFiles): { modelTopology: object; weightSpecs: Static<typeof WeightSpecs> } {
  const { modelTopology, weightsManifest } = readJson(files, 'model.json', ModelJson);
  return { modelTopology, weightSpecs: weightsManifest.flatMap((group) => group.weights) };
}

function decode(content: Uint8Array, specs: Static<typeof WeightSpecs>): NamedTensor[] {
  // By position: TensorFlow.js answers by name, and weights of different layers may share one.
  const placed = specs.map((spec, place) => ({ ...spec, name: String(place) }));
  const tensors = tf.io.decodeWeights(arrayBuffer(content), placed);
  return specs.flatMap(({ name }, place) => {
    const tensor = tensors[String(place)];
    return tensor === undefined ? [] : [{ name, tensor }];
  });
}

function fileOf(files: StoredFiles, name: string): Uint8Array {
  const content = files.get(name);
  if (content === undefined)
    throw new MaggyError('not-found', `Checkpoint: it holds no ${name}`, { field: 'checkpoint', value: [...files.keys()] });
  return content;
}

function bytes(buffer: ArrayBuffer): Uint8Array {
  return new Uint8Array(buffer);
}

/** A copy: decoding needs a buffer that starts at 0, and a file's content may be a window on a larger one. */
function arrayBuffer(content: Uint8Array): ArrayBuffer {
  const copy = new ArrayBuffer(content.byteLength);
  new Uint8Array(copy).set(content);
  return copy;
}

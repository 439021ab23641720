import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { disposeModel } from '../../../training/models.ts';
import { installSeededRandom, reseed } from '../../../training/seeding.ts';
import { describeLayers } from '../../../training/surgery/graph.ts';
import { operate, type Surgery } from '../../../training/surgery/surgery.ts';
import { tf } from '../../../training/tf.ts';

const seed = 7;
let restore = (): void => undefined;
const models: tf.LayersModel[] = [];

beforeEach(() => {
  restore = installSeededRandom();
});
afterEach(() => {
  models.splice(0).forEach(disposeModel);
  restore();
});

type Build = () => tf.LayersModel;

/** The weights of each layer of the model as its author's function builds it, by the layer's name. */
function weightsOf(model: tf.LayersModel): Map<string, number[][]> {
  return new Map(model.layers.map((layer) => [layer.name, layer.getWeights().map((weight) => [...weight.dataSync()])]));
}

function built(build: Build): tf.LayersModel {
  reseed(seed);
  const model = build();
  models.push(model);
  return model;
}

function without(build: Build, surgery: Omit<Surgery, 'seed'>): tf.LayersModel {
  reseed(seed);
  const { model } = operate(build(), { ...surgery, seed });
  models.push(model);
  return model;
}

const names = (model: tf.LayersModel): string[] => model.layers.map((layer) => layer.name);
const shapeOf = (model: tf.LayersModel, layer: string): tf.Shape[] =>
  model
    .getLayer(layer)
    .getWeights()
    .map((weight) => weight.shape);

/** Layers that have the very weights of the whole model; of those with weights only. */
function unchanged(build: Build, ablated: tf.LayersModel): string[] {
  const whole = weightsOf(built(build));
  return [...weightsOf(ablated)]
    .filter(([name, weights]) => weights.length > 0 && JSON.stringify(weights) === JSON.stringify(whole.get(name)))
    .map(([name]) => name)
    .sort();
}

/** Symbolic results of layers are typed as anything that a layer may make. */
function apply(layer: tf.layers.Layer, ...inputs: tf.SymbolicTensor[]): tf.SymbolicTensor {
  const [only] = inputs;
  const output = layer.apply(inputs.length === 1 && only !== undefined ? only : inputs);
  if (!(output instanceof tf.SymbolicTensor)) throw new TypeError('one tensor was expected');
  return output;
}

const dense = (name: string, units = 4, activation: 'relu' | 'softmax' = 'relu') => tf.layers.dense({ name, units, activation });

const stack: Build = () =>
  tf.sequential({
    layers: [
      tf.layers.conv2d({ inputShape: [8, 8, 3], filters: 4, kernelSize: 3, name: 'conv1', kernelInitializer: 'heNormal' }),
      tf.layers.maxPooling2d({ poolSize: 2, name: 'pool' }),
      tf.layers.conv2d({ filters: 4, kernelSize: 3, padding: 'same', name: 'conv2' }),
      tf.layers.batchNormalization({ name: 'norm' }),
      tf.layers.flatten({ name: 'flat' }),
      tf.layers.dropout({ rate: 0.5, name: 'drop' }),
      dense('hidden', 5),
      dense('digit', 2, 'softmax'),
    ],
  });

/** x → stem → [stem + block(stem)] → head, with the block of two layers. */
const residual: Build = () => {
  const input = tf.input({ shape: [6], name: 'in' });
  const stem = apply(dense('stem'), input);
  const block = apply(dense('block2'), apply(dense('block1', 3), stem));
  return tf.model({ inputs: input, outputs: apply(dense('head', 2, 'softmax'), apply(tf.layers.add({ name: 'sum' }), stem, block)) });
};

/** Three towers on one stem, side by side. */
const inception: Build = () => {
  const input = tf.input({ shape: [6], name: 'in' });
  const stem = apply(dense('stem'), input);
  const towers = [apply(dense('a', 2), stem), apply(dense('b2', 3), apply(dense('b1', 5), stem)), apply(dense('c', 4), stem)];
  const joined = apply(tf.layers.concatenate({ name: 'join' }), ...towers);
  return tf.model({ inputs: input, outputs: apply(dense('head', 2, 'softmax'), joined) });
};

/** One encoder for two inputs, and a third input of its own. */
const shared: Build = () => {
  const left = tf.input({ shape: [5], name: 'left' });
  const right = tf.input({ shape: [5], name: 'right' });
  const extra = tf.input({ shape: [3], name: 'extra' });
  const [wide, encoder] = [dense('wide', 5), dense('encoder', 4)];
  const encode = (input: tf.SymbolicTensor): tf.SymbolicTensor => apply(encoder, apply(wide, input));
  const joined = apply(tf.layers.concatenate({ name: 'join' }), encode(left), encode(right), apply(dense('side', 2), extra));
  return tf.model({ inputs: [left, right, extra], outputs: apply(dense('head', 2, 'softmax'), joined) });
};

describe('leaving out a layer of a stack', () => {
  it('connects what is before it with what comes after, and keeps the initial weights of all others bit for bit', () => {
    const ablated = without(stack, { layers: ['conv2'] });
    expect(names(ablated).slice(1)).toEqual(['conv1', 'pool', 'norm', 'flat', 'drop', 'hidden', 'digit']);
    expect(unchanged(stack, ablated)).toEqual(['conv1', 'digit', 'hidden', 'norm']);
  });

  it('gives the layers whose input changed weights of the new shape, the same each time', () => {
    const ablated = without(stack, { layers: ['pool'] });
    expect(shapeOf(ablated, 'hidden')[0]).toEqual([6 * 6 * 4, 5]);
    expect(unchanged(stack, ablated)).toEqual(['conv1', 'conv2', 'digit', 'norm']);
    expect(weightsOf(without(stack, { layers: ['pool'] }))).toEqual(weightsOf(ablated));
  });

  it('leaves out several at once', () => {
    const ablated = without(stack, { layers: ['conv1', 'pool', 'drop'] });
    expect(names(ablated).slice(1)).toEqual(['conv2', 'norm', 'flat', 'hidden', 'digit']);
    expect(shapeOf(ablated, 'conv2')[0]).toEqual([3, 3, 3, 4]);
  });

  it('leaves the stream of random numbers where the whole model leaves it', () => {
    built(stack);
    const after = Math.random();
    without(stack, { layers: ['pool'] });
    expect(Math.random()).toBe(after);
  });

  it('computes what the whole model would compute without the layer', () => {
    const whole = built(residual);
    const ablated = without(residual, { modules: [{ from: 'block1', to: 'block2' }] });
    const xs = tf.ones([2, 6]);
    const expected = computed(whole.getLayer('head').apply(computed(whole.getLayer('stem').apply(xs))));
    expect(computed(ablated.predict(xs)).arraySync()).toEqual(expected.arraySync());
  });
});

function computed(value: unknown): tf.Tensor {
  if (!(value instanceof tf.Tensor)) throw new TypeError('a tensor was expected');
  return value;
}

describe('a model with branches', () => {
  it('falls back to the shortcut where a residual block is left out', () => {
    const ablated = without(residual, { modules: [{ from: 'block1', to: 'block2' }] });
    expect(names(ablated)).toEqual(['in', 'stem', 'head']);
    expect(unchanged(residual, ablated)).toEqual(['head', 'stem']);
  });

  it('keeps a block of which one layer is left out', () => {
    const ablated = without(residual, { layers: ['block1'] });
    expect(names(ablated)).toEqual(['in', 'stem', 'block2', 'sum', 'head']);
    expect(shapeOf(ablated, 'block2')[0]).toEqual([4, 4]);
  });

  it('narrows a concatenation by the tower that is left out, and the layer behind it', () => {
    const ablated = without(inception, { layers: ['a'] });
    expect(names(ablated)).not.toContain('a');
    expect(shapeOf(ablated, 'head')[0]).toEqual([3 + 4, 2]);
    expect(unchanged(inception, ablated)).toEqual(['b1', 'b2', 'c', 'stem']);
    expect(shapeOf(without(inception, { modules: [{ from: 'b1', to: 'b2' }] }), 'head')[0]).toEqual([2 + 4, 2]);
  });

  it('replaces a concatenation of one tower by the tower', () => {
    const ablated = without(inception, { layers: ['a', 'c'] });
    expect(names(ablated)).toEqual(['in', 'stem', 'b1', 'b2', 'head']);
  });

  it('leaves out a shared layer wherever it is applied, and keeps every input', () => {
    const ablated = without(shared, { layers: ['wide'] });
    expect(ablated.inputNames).toEqual(['left', 'right', 'extra']);
    expect(ablated.getLayer('encoder').inboundNodes).toHaveLength(2);
    expect(unchanged(shared, ablated)).toEqual(['encoder', 'head', 'side']);
    const narrow = without(shared, { layers: ['encoder', 'side'] });
    expect(shapeOf(narrow, 'head')[0]).toEqual([5 + 5 + 3, 2]);
  });

  it('reads wrappers, recurrent layers and models within models', () => {
    const nested: Build = () => {
      const inner = tf.sequential({ name: 'inner', layers: [tf.layers.dense({ units: 4, inputShape: [6], name: 'innerDense' })] });
      const input = tf.input({ shape: [5], name: 'in' });
      const embedded = apply(tf.layers.embedding({ inputDim: 9, outputDim: 3, name: 'words' }), input);
      const both = apply(tf.layers.bidirectional({ layer: tf.layers.lstm({ units: 3 }), mergeMode: 'concat', name: 'both' }), embedded);
      return tf.model({ inputs: input, outputs: apply(dense('head', 2), apply(dense('middle', 4), apply(inner, both))) });
    };
    const ablated = without(nested, { layers: ['middle'] });
    expect(unchanged(nested, ablated)).toEqual(['both', 'head', 'inner', 'words']);
    expect(() => without(nested, { layers: ['innerDense'] })).toThrow(
      'layer innerDense: must be a layer of the model itself: innerDense is inside the nested model inner, which can be left out as a whole only',
    );
    expect(describeLayers(built(nested)).find(({ name }) => name === 'inner')?.holds).toContain('innerDense');
  });
});

describe('a model that turns sequences into sequences', () => {
  const seq2seq: Build = () => {
    const [source, target] = [tf.input({ shape: [5, 3], name: 'source' }), tf.input({ shape: [4, 3], name: 'target' })];
    const encoded = tf.layers.lstm({ units: 6, returnState: true, name: 'encoder' }).apply(apply(dense('embedded', 3), source));
    const [, ...state] = [encoded].flat().filter((tensor) => tensor instanceof tf.SymbolicTensor);
    const decoder = tf.layers.lstm({ units: 6, returnSequences: true, name: 'decoder' });
    const decoded = decoder.apply(target, { initialState: state });
    if (!(decoded instanceof tf.SymbolicTensor)) throw new TypeError('one tensor was expected');
    return tf.model({ inputs: [source, target], outputs: apply(dense('word', 2, 'softmax'), apply(dense('hidden', 6), decoded)) });
  };

  it('keeps its decoder beginning in the state of its encoder', () => {
    const ablated = without(seq2seq, { layers: ['hidden', 'embedded'] });
    expect(names(ablated).toSorted()).toEqual(['decoder', 'encoder', 'source', 'target', 'word']);
    expect(unchanged(seq2seq, ablated)).toEqual(['decoder', 'encoder', 'word']);
    const inputs = [tf.zeros([1, 5, 3]), tf.zeros([1, 4, 3])];
    const others = [tf.ones([1, 5, 3]), tf.zeros([1, 4, 3])];
    const [answer, other] = [inputs, others].map((given) => [ablated.predict(given)].flat().map((output) => [...output.dataSync()]));
    expect(answer).not.toEqual(other);
  });
});

describe('what a model keeps', () => {
  it('weights that its author set', () => {
    const pretrained: Build = () => {
      const model = stack();
      model.getLayer('conv1').setWeights([tf.fill([3, 3, 3, 4], 0.5), tf.zeros([4])]);
      return model;
    };
    expect(unchanged(pretrained, without(pretrained, { layers: ['drop'] }))).toContain('conv1');
  });

  it('frozen layers', () => {
    const frozen: Build = () => {
      const model = stack();
      model.getLayer('conv1').trainable = false;
      return model;
    };
    expect(without(frozen, { layers: ['drop'] }).getLayer('conv1').trainable).toBe(false);
  });

  it.each<[string, (inside: tf.layers.Layer[]) => tf.layers.Layer]>([
    ['Sequential', (layers) => tf.sequential({ name: 'base', layers: [tf.layers.inputLayer({ inputShape: [6] }), ...layers] })],
    [
      'functional',
      (layers) => {
        const inputs = tf.input({ shape: [6] });
        return tf.model({ name: 'base', inputs, outputs: layers.reduce((tensor, layer) => apply(layer, tensor), inputs) });
      },
    ],
  ])('a frozen %s model within it, and which of its weights are frozen', (_kind, nest) => {
    const transfer =
      (freeze: (base: tf.LayersModel) => void): Build =>
      () => {
        const base = nest([dense('wide', 6), dense('narrow', 6)]);
        if (!(base instanceof tf.LayersModel)) throw new TypeError('a model was expected');
        freeze(base);
        const inputs = tf.input({ shape: [6] });
        const outputs = [base, dense('hidden', 4), dense('head', 2, 'softmax')].reduce((tensor, layer) => apply(layer, tensor), inputs);
        return tf.model({ inputs, outputs });
      };
    const trained = (model: tf.LayersModel): string[] => model.trainableWeights.map(({ originalName }) => originalName);

    const whole = transfer((base) => (base.trainable = false));
    const ablated = without(whole, { layers: ['hidden'] });
    expect(trained(ablated)).toEqual(['head/kernel', 'head/bias']);
    expect(ablated.getLayer('base').weights.map(({ trainable }) => trainable)).toEqual([false, false, false, false]);

    // Of two layers with the same shapes only the first is frozen, so its weights come last among those of the base.
    const half = transfer((base) => (base.getLayer('wide').trainable = false));
    const halfAblated = without(half, { layers: ['hidden'] });
    expect(trained(halfAblated)).toEqual(['narrow/kernel', 'narrow/bias', 'head/kernel', 'head/bias']);
    expect(unchanged(half, halfAblated)).toContain('base');
  });

  it('a frozen model that a stack begins with, which is dissolved in it', () => {
    const transfer: Build = () => {
      const base = tf.sequential({ layers: [tf.layers.inputLayer({ inputShape: [6] }), dense('wide', 6)] });
      base.trainable = false;
      return tf.sequential({ layers: [base, dense('hidden', 4), dense('head', 2, 'softmax')] });
    };
    const trained = without(transfer, { layers: ['hidden'] }).trainableWeights.map(({ originalName }) => originalName);
    expect(trained).toEqual(['head/kernel', 'head/bias']);
  });

  it('one frozen direction of a layer that runs both ways', () => {
    const twoWays: Build = () => {
      const both = tf.layers.bidirectional({
        layer: tf.layers.simpleRNN({ units: 2, recurrentInitializer: 'glorotUniform' }),
        mergeMode: 'concat',
        name: 'both',
      });
      const model = tf.sequential({ layers: [tf.layers.inputLayer({ inputShape: [3, 2] }), both, dense('hidden'), dense('answer')] });
      const directions = Object.entries(both).filter(([property]) => property === 'forwardLayer');
      for (const [, direction] of directions) if (direction instanceof tf.layers.Layer) direction.trainable = false;
      return model;
    };
    const trained = without(twoWays, { layers: ['hidden'] }).trainableWeights.map(({ originalName }) => originalName);
    expect(trained).toHaveLength(5);
    expect(trained.filter((name) => name.includes('forward'))).toEqual([]);
  });

  it('its optimizer, loss and metrics, so that it can be fitted', async () => {
    const compiled: Build = () => {
      const model = stack();
      model.compile({ optimizer: 'adam', loss: 'categoricalCrossentropy', metrics: ['accuracy'] });
      return model;
    };
    const ablated = without(compiled, { layers: ['pool'] });
    const [xs, ys] = [tf.ones([4, 8, 8, 3]), tf.ones([4, 2])];
    const { history } = await ablated.fit(xs, ys, { epochs: 1, verbose: 0 });
    expect(Object.keys(history)).toEqual(['loss', 'acc']);
    tf.dispose([xs, ys]);
  });

  it('no memory of what it was made from', () => {
    const before = tf.memory().numTensors;
    disposeModel(operate(stack(), { layers: ['pool'], seed }).model);
    disposeModel(operate(residual(), { modules: [{ from: 'block1', to: 'block2' }], seed }).model);
    disposeModel(operate(shared(), { layers: ['wide'], seed }).model);
    expect(tf.memory().numTensors).toBe(before);
  });

  it('the count of its parameters before and after', () => {
    expect(operate(built(residual), { layers: ['block1'], seed }).parameters).toEqual({
      before: 7 * 4 + 5 * 3 + 4 * 4 + 5 * 2,
      after: 7 * 4 + 5 * 4 + 5 * 2,
    });
  });
});

describe('an input with fewer features', () => {
  it('gets its new size, and what reads it new weights', () => {
    const ablated = without(stack, { inputSizes: { conv1_input: 2 } });
    expect(ablated.inputs[0]?.shape).toEqual([null, 8, 8, 2]);
    expect(unchanged(stack, ablated)).toEqual(['conv2', 'digit', 'hidden', 'norm']);
  });

  it('is told by its name where there are several', () => {
    const ablated = without(shared, { inputSizes: { extra: 1 } });
    expect(shapeOf(ablated, 'side')[0]).toEqual([1, 2]);
    expect(unchanged(shared, ablated)).toEqual(['encoder', 'head', 'wide']);
    expect(() => without(shared, { inputSizes: { left: 4 } })).toThrow(
      'features of left cannot be left out: layer wide does not take [5], and no bridge is allowed',
    );
  });
});

describe('a bridge', () => {
  const narrow: Build = () => {
    const input = tf.input({ shape: [8, 8, 3], name: 'in' });
    const conv = (name: string, filters: number, strides = 1) =>
      tf.layers.conv2d({ filters, kernelSize: 3, strides, padding: 'same', name });
    const down = apply(conv('down', 6, 2), input);
    const other = apply(conv('other', 6, 2), input);
    const sum = apply(tf.layers.add({ name: 'sum' }), apply(conv('deep', 6), down), other);
    return tf.model({ inputs: input, outputs: apply(dense('head', 2), apply(tf.layers.globalAveragePooling2d({ name: 'pool' }), sum)) });
  };

  it('is a strided convolution of one pixel between images', () => {
    const refused = 'layer down cannot be left out: sum would merge the shapes [8,8,6] and [4,4,6], and no bridge is allowed';
    expect(() => without(narrow, { layers: ['down'] })).toThrow(refused);
    const ablated = without(narrow, { layers: ['down'], bridges: true });
    expect(names(ablated)).toContain('down_bridge');
    expect(shapeOf(ablated, 'down_bridge')[0]).toEqual([1, 1, 3, 6]);
    expect(unchanged(narrow, ablated)).toEqual(['deep', 'head', 'other']);
  });

  it('is a dense layer elsewhere, one for all that was left out together', () => {
    const rigid: Build = () => {
      const input = tf.input({ shape: [6], name: 'in' });
      const tower = apply(dense('up2', 4), apply(dense('up1', 5), input));
      const other = tf.input({ shape: [4], name: 'other' });
      return tf.model({ inputs: [input, other], outputs: apply(dense('head', 2), apply(tf.layers.add({ name: 'sum' }), tower, other)) });
    };
    const ablated = without(rigid, { layers: ['up1', 'up2'], bridges: true });
    expect(names(ablated).filter((name) => name.startsWith('up'))).toEqual(['up2_bridge']);
    expect(shapeOf(ablated, 'up2_bridge')[0]).toEqual([6, 4]);
  });

  it('is not built where the model does without', () => {
    expect(names(without(stack, { layers: ['pool'], bridges: true })).filter((name) => name.endsWith('_bridge'))).toEqual([]);
  });

  it('is refused where none leads from one shape to the other', () => {
    expect(() => without(stack, { layers: ['flat'], bridges: true })).toThrow(
      'layer flat cannot be left out: no bridge leads from the shape [3,3,4] to [36] of flat',
    );
  });
});

describe('a refusal names the part and the reason:', () => {
  const modules = (from: string, to: string) => ({ modules: [{ from, to }] });
  it.each<[string, Build, Omit<Surgery, 'seed'>, string]>([
    ['a misspelt layer', stack, { layers: ['cnov2'] }, 'layer cnov2: must be a layer of the model (did you mean "conv2"?)'],
    ['a misspelt end of a module', residual, modules('block1', 'blok2'), 'must be a layer of the model (did you mean "block2"?)'],
    ['the output', stack, { layers: ['digit'] }, 'layer digit cannot be left out: it is an output of the model'],
    ['an input', residual, { layers: ['in'] }, 'layer in cannot be left out: it is an input of the model'],
    [
      'a merge',
      residual,
      { layers: ['sum'] },
      'layer sum cannot be left out: it joins stem and block2: leave out what leads to one of them',
    ],
    [
      'shapes that do not fit',
      stack,
      { layers: ['flat'] },
      'layer flat cannot be left out: the output digit would have the shape [3,3,2] and not [2]',
    ],
    [
      'a module the wrong way round',
      residual,
      modules('block2', 'block1'),
      'module block2..block1 cannot be left out: block2 does not lead to block1',
    ],
    ['a module that others look into', inception, modules('stem', 'b2'), 'a takes a tensor from within it'],
    ['a module with two entries', shared, modules('side', 'join'), 'lead into it'],
    ['a module marked by a shared layer', shared, modules('wide', 'encoder'), 'wide is shared, so it marks several places'],
    ['a module up to the output', residual, modules('block1', 'head'), 'head is an output of the model'],
    ['an unknown input', shared, { inputSizes: { lift: 2 } }, 'input lift: must be an input of the model (did you mean "left"?)'],
    ['an input without features', shared, { inputSizes: { extra: 0 } }, 'input extra: must keep at least one feature, got 0'],
  ])('%s', (_what, build, surgery, message) => {
    expect(() => without(build, surgery)).toThrow(message);
  });

  it('and frees what it had begun', () => {
    const model = built(stack);
    const before = tf.memory().numTensors;
    expect(() => operate(model, { layers: ['flat'], bridges: true, seed })).toThrow('layer flat');
    expect(tf.memory().numTensors).toBe(before);
    expect(model.getWeights()).toHaveLength(12);
  });

  it('a stack that does not know its input', () => {
    expect(() => operate(tf.sequential({ layers: [dense('only')] }), { layers: ['only'], seed })).toThrow();
  });
});

describe('describeLayers', () => {
  it('tells names, connections, parameters and what is protected', () => {
    expect(describeLayers(built(residual)).slice(0, 4)).toEqual([
      { name: 'in', type: 'InputLayer', inputs: [], parameters: 0, isProtected: true },
      { name: 'stem', type: 'Dense', inputs: ['in'], parameters: 28, isProtected: false },
      { name: 'block1', type: 'Dense', inputs: ['stem'], parameters: 15, isProtected: false },
      { name: 'block2', type: 'Dense', inputs: ['block1'], parameters: 16, isProtected: false },
    ]);
  });
});

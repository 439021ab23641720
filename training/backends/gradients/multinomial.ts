/**
 * Draws classes by their logits: the largest of logits plus Gumbel noise (Gumbel 1954; Maddison et al. 2014, "A* sampling", section 2). It takes
 * the place of native TensorFlow's own kernel, which cuts tfjs's fractional seed off to 0, "no seed", and so cannot be repeated, and which
 * refuses probabilities.
 *
 *   name     meaning                               shape
 *   logits   log-probabilities up to a constant    [batch, classes]
 *   noise    -log(-log(u)), u uniform              [batch, samples, classes]
 *   result   classes                               [batch, samples]
 */

import { invalid } from '../../../core/errors.ts';
import { tf } from '../../tf.ts';
import { inputTensor } from './convolution.ts';

export const multinomial: tf.KernelFunc = ({ inputs, attrs }) => {
  const { numSamples, seed, normalized } = attrs ?? {};
  if (typeof numSamples !== 'number') throw invalid('numSamples', 'must be a number', numSamples);
  if (typeof seed !== 'number') throw invalid('seed', 'must be a number', seed);
  const scores = inputTensor(inputs, 'logits');
  const [batch = 0, classes = 0] = scores.shape;
  return tf.tidy(() => {
    const logits = normalized === true ? tf.log(scores) : scores;
    const uniform = tf.randomUniform([batch, numSamples, classes], 0, 1, 'float32', seed);
    const noise = tf.neg(tf.log(tf.neg(tf.log(uniform))));
    return tf.argMax(tf.add(logits.as3D(batch, 1, classes), noise), 2);
  });
};

/**
 * Sums the rows of a tensor that carry the same number: the gradient of `gather`, hence of every embedding. `scatterND` adds what lands on the
 * same row, so it is nearly the same operation; rows whose number is outside the range belong to no segment, and go to one row more, cut off
 * at the end.
 *
 *   name         meaning                  shape
 *   x            values                   [rows, …]
 *   segmentIds   which segment a row is of [rows]
 *   result       sums                     [numSegments, …]
 */

import { invalid } from '../../../core/errors.ts';
import { tf } from '../../tf.ts';
import { inputTensor } from './convolution.ts';

export const unsortedSegmentSum: tf.KernelFunc = ({ inputs, attrs }) => {
  const x = inputTensor(inputs, 'x');
  const segmentIds = inputTensor(inputs, 'segmentIds');
  const segments = attrs?.numSegments;
  if (typeof segments !== 'number') throw invalid('numSegments', 'must be a number', segments);
  if (segmentIds.rank !== 1) throw invalid('segmentIds', 'must have rank 1', segmentIds.shape);
  const [rows = 0, ...rest] = x.shape;
  return tf.tidy(() => {
    const isInside = tf.logicalAnd(tf.greaterEqual(segmentIds, 0), tf.less(segmentIds, segments));
    const targets = tf.where(isInside, segmentIds, tf.fill([rows], segments, 'int32')).as2D(rows, 1);
    const sums = tf.scatterND(targets, x, [segments + 1, ...rest]);
    return tf.slice(sums, 0, segments);
  });
};

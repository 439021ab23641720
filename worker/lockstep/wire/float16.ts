/**
 * Float16 (binary16 of IEEE 754) as 16-bit integers, which Node has no type for: to the nearest, ties to even. Finite values beyond the
 * largest become the largest, so that what is missing can be sent later; infinities and NaN stay what they are.
 */

const LARGEST = 65_504;
const INFINITE = 0x7c00;
const NOT_A_NUMBER = 0x7e00;
/** Bits of the smallest float32 whose exponent float16 has. */
const SMALLEST_NORMAL_BITS = 0x3880_0000;
/** 127 − 15: what the biases of the exponents differ by, in place. */
const BIAS_BITS = 112 << 23;

const value = new Float32Array(1);
const bits = new Uint32Array(value.buffer);

export function toFloat16(given: number): number {
  const magnitude = Math.fround(Math.abs(given));
  const sign = given < 0 || Object.is(given, -0) ? 0x8000 : 0;
  if (Number.isNaN(magnitude)) return NOT_A_NUMBER;
  if (given === Infinity || given === -Infinity) return sign | INFINITE;
  if (magnitude > LARGEST) return sign | (INFINITE - 1);
  value[0] = magnitude;
  const pattern = bits[0] ?? 0;
  if (pattern >= SMALLEST_NORMAL_BITS) {
    const toEven = 0xfff + ((pattern >>> 13) & 1);
    return sign | ((pattern - BIAS_BITS + toEven) >>> 13);
  }
  // Beside 0.5 the last bit of a float32 is worth as much as that of a subnormal float16: adding rounds.
  value[0] = magnitude + 0.5;
  return sign | ((bits[0] ?? 0) - 0x3f00_0000);
}

export function fromFloat16(half: number): number {
  return decoded[half] ?? Number.NaN;
}

const decoded = Float32Array.from({ length: 0x1_0000 }, (_, half) => decode(half));

function decode(half: number): number {
  const sign = half & 0x8000 ? -1 : 1;
  const exponent = (half >>> 10) & 0x1f;
  const fraction = half & 0x3ff;
  if (exponent === 0x1f) return fraction === 0 ? sign * Infinity : Number.NaN;
  return exponent === 0 ? sign * fraction * 2 ** -24 : sign * (1024 + fraction) * 2 ** (exponent - 25);
}

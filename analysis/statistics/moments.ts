/** Mean and standard deviation of a sample. */

export function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** With divisor n − 1; NaN for fewer than two values. Exactly 0 where all are equal, whatever their mean rounds to. */
export function standardDeviation(values: readonly number[]): number {
  const [first] = values;
  if (values.length > 1 && values.every((value) => value === first)) return 0;
  const centre = mean(values);
  return Math.sqrt(values.reduce((sum, value) => sum + (value - centre) ** 2, 0) / (values.length - 1));
}

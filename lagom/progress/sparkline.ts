/** A row of bars, one character each: how a value went (Tufte's sparkline, in Unicode's eighths of a block). */
const bars = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];

/** As wide as there are values; the lowest is the lowest bar, and where all are equal, so are the bars. */
export function sparkline(values: readonly number[]): string {
  const least = Math.min(...values);
  const span = Math.max(...values) - least;
  return values.map((value) => bars[span === 0 ? 0 : Math.round(((value - least) / span) * (bars.length - 1))]).join('');
}

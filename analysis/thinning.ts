/**
 * Fewer points for the same picture: of each of a number of equal stretches, the first, the last, the lowest and the highest. A line drawn
 * through them covers the pixels that all points would (Jugel et al. 2014, "M4: a visualization-oriented time series data aggregation").
 */

/** Places in `values` to keep, in rising order: at most four a stretch. NaN is never kept. */
export function m4(values: readonly number[], stretches: number): number[] {
  if (values.length <= 4 * stretches) return values.flatMap((value, at) => (Number.isNaN(value) ? [] : [at]));
  const kept: number[] = [];
  for (let stretch = 0; stretch < stretches; stretch += 1) {
    const from = Math.floor((stretch * values.length) / stretches);
    const to = Math.floor(((stretch + 1) * values.length) / stretches);
    kept.push(...extremes(values, from, to));
  }
  return kept;
}

/**
 * `most` of the points, in their order: the first, the last, all that `mustStay`, and of the others those that draw the same line. More than
 * `most` only where more must stay. @param most at least 6, for the ends and one stretch
 */
export function thinnedCurve<Point extends { readonly value: number }>(
  points: readonly Point[],
  most: number,
  mustStay: (point: Point) => boolean,
): Point[] {
  if (points.length <= most) return [...points];
  const others: number[] = [];
  const kept = new Set<number>();
  for (const [at, point] of points.entries()) {
    if (at === 0 || at === points.length - 1 || mustStay(point)) kept.add(at);
    else others.push(at);
  }
  const stretches = Math.max(0, Math.floor((most - kept.size) / 4));
  for (const place of m4(
    others.map((at) => points[at]?.value ?? NaN),
    stretches,
  ))
    kept.add(others[place] ?? 0);
  return points.filter((_, at) => kept.has(at));
}

/** At most `count` of the items, evenly spread, the last one among them. */
export function evenly<Item>(items: readonly Item[], count: number): readonly Item[] {
  if (items.length <= count) return items;
  const kept = new Set(Array.from({ length: count }, (_, at) => Math.ceil(((at + 1) * items.length) / count) - 1));
  return items.filter((_, at) => kept.has(at));
}

function extremes(values: readonly number[], from: number, to: number): number[] {
  let first = -1;
  let last = -1;
  let lowest = -1;
  let highest = -1;
  for (let at = from; at < to; at += 1) {
    const value = values[at] ?? NaN;
    if (Number.isNaN(value)) continue;
    if (first < 0) first = at;
    last = at;
    if (lowest < 0 || value < (values[lowest] ?? NaN)) lowest = at;
    if (highest < 0 || value > (values[highest] ?? NaN)) highest = at;
  }
  return first < 0 ? [] : [...new Set([first, lowest, highest, last])].sort((a, b) => a - b);
}

/**
 * Curves thinned for display: of each bucket the point that spans the largest triangle with the one kept before it and the mean of the next
 * bucket, so that peaks and dips survive (S. Steinarsson, Downsampling Time Series for Visual Representation, 2013, section 4.2).
 */

export interface CurvePlace {
  readonly step: number;
  readonly value: number;
}

/**
 * `most` of the points, in their order: the first, the last, all that `mustStay`, and of the others those that show most. More than `most`
 * only where more must stay.
 */
export function thinned<Point extends CurvePlace>(points: readonly Point[], most: number, mustStay: (point: Point) => boolean): Point[] {
  if (points.length <= most) return [...points];
  const stays = points.map((point, i) => i === 0 || i === points.length - 1 || mustStay(point));
  const others = points.filter((_, i) => stays[i] !== true);
  const chosen = new Set(mostTelling(others, most - (points.length - others.length)));
  return points.filter((point, i) => stays[i] === true || chosen.has(point));
}

function mostTelling<Point extends CurvePlace>(points: readonly Point[], count: number): Point[] {
  const buckets = Array.from({ length: Math.max(0, count) }, (_, i) =>
    points.slice(Math.floor((i * points.length) / count), Math.floor(((i + 1) * points.length) / count)),
  );
  const chosen: Point[] = [];
  for (const [i, bucket] of buckets.entries()) {
    const [first] = bucket;
    if (first === undefined) continue;
    const before = chosen.at(-1) ?? first;
    const after = meanOf(buckets[i + 1] ?? bucket);
    const area = ({ step, value }: CurvePlace): number =>
      Math.abs((before.step - after.step) * (value - before.value) - (before.step - step) * (after.value - before.value));
    chosen.push(bucket.reduce((best, point) => (area(point) > area(best) ? point : best), first));
  }
  return chosen;
}

function meanOf(points: readonly CurvePlace[]): CurvePlace {
  const mean = (of: (point: CurvePlace) => number): number => points.reduce((sum, point) => sum + of(point) / points.length, 0);
  return { step: mean(({ step }) => step), value: mean(({ value }) => value) };
}

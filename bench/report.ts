/** What every benchmark prints: a table for people and, with `--json`, one object as its last line. */

export interface Row {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  /** What `value` is compared with, measured in the same run; null where there is nothing to compare with. */
  readonly reference: string | null;
  /** `value` over the reference's; null without one. */
  readonly ratio: number | null;
  /** The bound it should keep, such as `≥ 3×`; null where there is none. */
  readonly goal: string | null;
  readonly met: boolean | null;
}

export function row(name: string, value: number, unit: string): Row {
  return { name, value, unit, reference: null, ratio: null, goal: null, met: null };
}

/** A row that is held against another figure of the same run. */
export function against(
  name: string,
  value: number,
  unit: string,
  reference: string,
  referenceValue: number,
  leastRatio: number | null,
): Row {
  const ratio = value / referenceValue;
  return {
    ...row(name, value, unit),
    reference,
    ratio,
    goal: leastRatio === null ? null : `≥ ${String(leastRatio)} ×`,
    met: leastRatio === null ? null : ratio >= leastRatio,
  };
}

/** A row with an upper bound of its own. */
export function atMost(name: string, value: number, unit: string, bound: number): Row {
  return { ...row(name, value, unit), goal: `≤ ${String(bound)} ${unit}`, met: value <= bound };
}

/** A row with a lower bound of its own. */
export function atLeast(name: string, value: number, unit: string, bound: number): Row {
  return { ...row(name, value, unit), goal: `≥ ${String(bound)} ${unit}`, met: value >= bound };
}

/** A row with its ratio to a reference, which should not be larger than `mostRatio`. */
export function withRatio(given: Row, reference: string, ratio: number, mostRatio: number | null): Row {
  const goal = mostRatio === null ? null : `≤ ${String(mostRatio)} ×`;
  return { ...given, reference, ratio, goal, met: mostRatio === null ? null : ratio <= mostRatio };
}

/** Says on stderr what is being measured, since a benchmark takes minutes. */
export async function step<Result>(name: string, measure: () => Promise<Result>): Promise<Result> {
  const startedAt = performance.now();
  const result = await measure();
  process.stderr.write(`${name}: ${((performance.now() - startedAt) / 1000).toFixed(1)} s\n`);
  return result;
}

export function printReport(bench: string, rows: readonly Row[], asJson: boolean): void {
  const cells = rows.map((entry) => [
    entry.name,
    `${formatNumber(entry.value)} ${entry.unit}`,
    entry.ratio === null ? '' : `${formatNumber(entry.ratio)} × ${entry.reference ?? ''}`,
    entry.goal ?? '',
    entry.met === null ? '' : entry.met ? 'met' : 'MISSED',
  ]);
  const header = ['', 'measured', 'ratio', 'goal', ''];
  const widths = header.map((title, i) => Math.max(title.length, ...cells.map((line) => line[i]?.length ?? 0)));
  for (const line of [header, ...cells])
    console.log(
      line
        .map((cell, i) => cell.padEnd(widths[i] ?? 0))
        .join('  ')
        .trimEnd(),
    );
  if (asJson) console.log(JSON.stringify({ bench, rows }));
}

function formatNumber(value: number): string {
  return Math.abs(value) >= 100 ? value.toFixed(0) : value.toPrecision(3);
}

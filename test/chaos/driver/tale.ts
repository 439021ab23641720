/** How often each kind of fault was injected, how often everything recovered from it, and how long that took. */

export interface Ending {
  readonly kind: string;
  /** Until it had recovered; null where it did not within the bound. */
  readonly recoveryMs: number | null;
}

export interface KindRow {
  readonly kind: string;
  readonly injected: number;
  readonly survived: number;
  /** Of the times to recover; null where there is none. */
  readonly medianMs: number | null;
  readonly worstMs: number | null;
}

/** @param kinds in the order of the rows */
export function rowsOf(kinds: readonly string[], endings: readonly Ending[]): KindRow[] {
  return kinds.map((kind) => {
    const times = endings.flatMap((ending) => (ending.kind === kind && ending.recoveryMs !== null ? [ending.recoveryMs] : []));
    const sorted = times.sort((a, b) => a - b);
    return {
      kind,
      injected: endings.filter((ending) => ending.kind === kind).length,
      survived: sorted.length,
      medianMs: sorted[Math.floor(sorted.length / 2)] ?? null,
      worstMs: sorted.at(-1) ?? null,
    };
  });
}

export function printRows(rows: readonly KindRow[]): string {
  const seconds = (ms: number | null): string => (ms === null ? '' : `${(ms / 1000).toFixed(1)} s`);
  const cells = [
    ['', 'injected', 'survived', 'median', 'worst'],
    ...rows.map(({ kind, injected, survived, medianMs, worstMs }) => [
      kind,
      `${injected}`,
      `${survived}`,
      seconds(medianMs),
      seconds(worstMs),
    ]),
  ];
  const widths = cells[0]?.map((_, column) => Math.max(...cells.map((line) => line[column]?.length ?? 0))) ?? [];
  return cells
    .map((line) => line.map((cell, column) => (column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0))).join('  '))
    .join('\n');
}

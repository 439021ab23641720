/** Columns of equal width, for a terminal or to be pasted. */

/** @param numbersFrom columns from here on are aligned to the right, as numbers are */
export function columnsOfText(lines: readonly (readonly string[])[], numbersFrom = Infinity): string {
  const count = Math.max(...lines.map((line) => line.length));
  const widths = Array.from({ length: count }, (_, column) => Math.max(...lines.map((line) => (line[column] ?? '').length)));
  const padded = (cell: string, column: number): string =>
    column < numbersFrom ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0);
  return lines.map((line) => line.map(padded).join('  ').trimEnd()).join('\n');
}

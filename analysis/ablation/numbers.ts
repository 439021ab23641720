/** Numbers of a study as people read them; its documents keep them whole. */

export function shown(value: number | null): string {
  if (value === null) return '';
  return Number.isInteger(value) ? String(value) : String(Number(value.toPrecision(4)));
}

export function signed(value: number | null): string {
  return value === null ? '' : `${value > 0 ? '+' : ''}${shown(value)}`;
}

export function pText(value: number | null): string {
  if (value === null) return '';
  return value < 0.001 ? '< 0.001' : value.toFixed(3);
}

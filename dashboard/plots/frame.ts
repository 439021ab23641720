/** What plots have in common: letters, grid, axes and the box that tells what the pointer is on. */
import type { Palette } from './palette.ts';
import type { Axis } from '../data/plot-queries.ts';
import { shown } from '../parts/words.ts';

/** The mark of what failed. */
export const cross = 'path://M3 1l4 4l4 -4l2 2l-4 4l4 4l-2 2l-4 -4l-4 4l-2 -2l4 -4l-4 -4z';

/** Without series and axes. Nothing moves by itself: news come every second. */
export function frame(palette: Palette) {
  return {
    animation: false,
    textStyle: { fontFamily: palette.letters, color: palette.ink },
    grid: { left: 4, right: 20, top: 40, bottom: 4, outerBoundsMode: 'same' as const, outerBoundsContain: 'all' as const },
    tooltip: {
      confine: true,
      backgroundColor: palette.surface,
      borderColor: palette.line,
      textStyle: { color: palette.ink },
      transitionDuration: 0,
    },
    legend: {
      type: 'scroll' as const,
      top: 0,
      left: 0,
      itemGap: 16,
      itemWidth: 14,
      itemHeight: 10,
      textStyle: { color: palette.soft },
      inactiveColor: palette.line,
    },
  };
}

/** An axis with its name in the middle of its side. */
function axis(palette: Palette, name: string) {
  return {
    name,
    nameLocation: 'middle' as const,
    nameTextStyle: { color: palette.soft },
    axisLine: { lineStyle: { color: palette.soft } },
    axisTick: { lineStyle: { color: palette.soft } },
    splitLine: { lineStyle: { color: palette.line } },
  };
}

export function label(palette: Palette) {
  return { color: palette.soft, hideOverlap: true };
}

export type Scale = 'value' | 'log';

/** A lying axis of numbers, which begins where they begin. */
export function numbers(palette: Palette, name: string, type: Scale = 'value') {
  return {
    ...axis(palette, name),
    type,
    scale: true,
    nameGap: 28,
    axisLabel: { ...label(palette), formatter: (value: number) => shown(value) },
  };
}

/** The same, upright. */
export function upright(palette: Palette, name: string, type: Scale = 'value') {
  return { ...numbers(palette, name, type), nameGap: 56 };
}

export function categories(palette: Palette, name: string, data: readonly string[]) {
  return { ...axis(palette, name), type: 'category' as const, nameGap: 28, data: [...data], axisLabel: label(palette) };
}

/** A parameter as an axis. */
export function parameterAxis(palette: Palette, { name, scale, choices, min, max }: Axis) {
  if (choices !== null) return categories(palette, name, choices.map(String));
  return { ...numbers(palette, name, scale === 'log' ? 'log' : 'value'), min, max };
}

/** Points joined by stairs: a value holds until the next one comes. */
export function stairs(points: readonly (readonly [number, number])[]): [number, number][] {
  return points.flatMap(([x, y], at): [number, number][] => {
    const before = points[at - 1];
    return before === undefined
      ? [[x, y]]
      : [
          [x, before[1]],
          [x, y],
        ];
  });
}

/** A value of a parameter as people write it: a number, or the choice that stands at a place. */
export function parameterValue({ choices }: Axis, value: number | null): string {
  if (value === null) return 'not used';
  return choices === null ? shown(value) : String(choices[value]);
}

/** A bar that says which colour is which value. */
export function colourBar(palette: Palette, name: string, [worst, best]: readonly [number, number], more: object) {
  const [min, max] = worst < best ? [worst, best] : [best, worst];
  return {
    type: 'continuous' as const,
    min,
    max,
    calculable: false,
    orient: 'horizontal' as const,
    right: 0,
    top: 0,
    itemHeight: 90,
    itemWidth: 10,
    text: [`${name} ${shown(max)}`, shown(min)],
    textStyle: { color: palette.soft },
    inRange: { color: worst < best ? [...palette.ramp] : [...palette.ramp].reverse() },
    ...more,
  };
}

/** What plots have in common: letters, grid, axes and the box that tells what the pointer is on. */
import type { Palette } from './palette.ts';
import { shown } from '../parts/words.ts';

/** Without series and axes. Nothing moves by itself: news come every second. */
export function frame(palette: Palette) {
  return {
    animation: false,
    textStyle: { fontFamily: palette.letters, color: palette.ink },
    grid: { left: 8, right: 16, top: 36, bottom: 8, containLabel: true, outerBoundsMode: 'same' as const },
    tooltip: {
      confine: true,
      backgroundColor: palette.surface,
      borderColor: palette.line,
      textStyle: { color: palette.ink },
      transitionDuration: 0,
    },
    legend: legend(palette),
  };
}

export function legend(palette: Palette) {
  return {
    type: 'scroll' as const,
    top: 0,
    left: 0,
    itemGap: 14,
    icon: 'inherit',
    textStyle: { color: palette.soft },
    inactiveColor: palette.line,
  };
}

/** An axis with its name in the middle of its side. */
export function axis(palette: Palette, name: string) {
  return {
    name,
    nameLocation: 'middle' as const,
    nameTextStyle: { color: palette.soft },
    axisLine: { lineStyle: { color: palette.soft } },
    axisTick: { lineStyle: { color: palette.soft } },
    axisLabel: { color: palette.soft, hideOverlap: true },
    splitLine: { lineStyle: { color: palette.line } },
  };
}

/** An axis of numbers that begins where they begin. */
export function numbers(palette: Palette, name: string, type: 'value' | 'log' = 'value') {
  const plain = axis(palette, name);
  return { ...plain, type, scale: true, nameGap: 28, axisLabel: { ...plain.axisLabel, formatter: (value: number) => shown(value) } };
}

/** The same, upright. */
export function upright(palette: Palette, name: string, type: 'value' | 'log' = 'value') {
  return { ...numbers(palette, name, type), nameGap: 52 };
}

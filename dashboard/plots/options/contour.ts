/** What is expected of two parameters, cell by cell, and trials where they were tried: those that count and those that do not yet, or never will. */
import type { Contour } from '../../data/plot-queries.ts';
import { counted, shown } from '../../parts/words.ts';
import type { PlotOption } from '../echarts.ts';
import { categories, colourBar, cross, frame, numbers, parameterValue } from '../frame.ts';
import type { Palette } from '../palette.ts';
import { onPoint, tip } from '../tip.ts';

/** Running and paused trials are open, so that what is known and what is not differ in shape and not in colour alone. */
const marks = [
  { name: 'completed', states: ['completed'], symbol: 'circle', size: 6, isOpen: false },
  { name: 'stopped early', states: ['stopped'], symbol: 'rect', size: 6, isOpen: false },
  { name: 'pending', states: ['queued', 'running', 'paused'], symbol: 'circle', size: 8, isOpen: true },
  { name: 'failed', states: ['failed'], symbol: cross, size: 9, isOpen: false },
];
/** Marks lie on all colours of the ramp, in light and in dark, so they are white with a dark rim. */
const [paper, ink] = ['#ffffff', '#10151c'];

export function contourOption(metric: string, direction: 'minimize' | 'maximize') {
  return (contour: Contour, palette: Palette): PlotOption => {
    const { x, y, value } = contour;
    const cells = value.flatMap((row, j) => row.map((expected, i) => [i, j, expected]));
    const all = value.flat();
    const [low, high] = [Math.min(...all), Math.max(...all)];
    const told = (title: string, [left, up]: readonly unknown[]): HTMLElement =>
      tip(title, [
        [x.axis.name, parameterValue(x.axis, Number(left))],
        [y.axis.name, parameterValue(y.axis, Number(up))],
      ]);
    const heatmap = {
      type: 'heatmap' as const,
      name: 'expected',
      // Cells are counted; the axes that people read lie over them.
      xAxisIndex: 1,
      yAxisIndex: 1,
      data: cells,
      tooltip: {
        formatter: onPoint(({ value: [i, j, expected] }) =>
          told(`${metric} ${shown(Number(expected))}, expected`, [x.at[Number(i)], y.at[Number(j)]]),
        ),
      },
    };
    const { visualMap: bar, ...base } = {
      ...frame(palette),
      visualMap: colourBar(palette, metric, direction === 'minimize' ? [high, low] : [low, high], { seriesIndex: 0, top: 24 }),
    };
    return {
      ...base,
      grid: { ...base.grid, top: 56 },
      legend: { ...base.legend, data: marks.map(({ name }) => name) },
      visualMap: bar,
      xAxis: [widened(palette, x), cellAxis(x.at.length)],
      yAxis: [{ ...widened(palette, y), nameGap: 56 }, cellAxis(y.at.length)],
      series: [heatmap, ...trialMarks(contour, metric, told)],
    };
  };
}

/** Series [x, y, number, value], one for each kind of mark there is. */
function trialMarks({ points }: Contour, metric: string, told: (title: string, place: readonly unknown[]) => HTMLElement) {
  return marks
    .map(({ name, states, symbol, size, isOpen }) => ({
      type: 'scatter' as const,
      name,
      symbol,
      symbolSize: size,
      z: 3,
      itemStyle: { color: isOpen ? 'transparent' : paper, borderColor: isOpen ? paper : ink, borderWidth: isOpen ? 2 : 1 },
      data: points.number.flatMap((number, at) =>
        states.includes(points.state[at] ?? '') ? [[points.x[at] ?? NaN, points.y[at] ?? NaN, number, points.value[at] ?? NaN]] : [],
      ),
      tooltip: {
        formatter: onPoint(({ value: [left, up, number, reached] }) =>
          told(`Trial ${Number(number)}, ${name}${Number.isNaN(reached) ? '' : `: ${metric} ${shown(Number(reached))}`}`, [left, up]),
        ),
      },
    }))
    .filter(({ data }) => data.length > 0);
}

/** As wide as the cells: those of numbers that are counted or have steps reach half a step beyond the bounds. */
function widened(palette: Palette, { axis, at }: Contour['x']) {
  const { name, type, scale, choices, min, max } = axis;
  if (choices !== null) return { ...categories(palette, name, choices.map(String)), splitLine: { show: false } };
  const [first = 0, second = first] = at;
  const half = type === 'int' ? 0.5 : first === min ? (second - first) / 2 : 0;
  const made = numbers(palette, name, scale === 'log' ? 'log' : 'value');
  // Half a step is no value.
  const ends = half === 0 ? {} : { showMinLabel: false, showMaxLabel: false };
  return { ...made, min: min - half, max: max + half, splitLine: { show: false }, axisLabel: { ...made.axisLabel, ...ends } };
}

function cellAxis(cells: number) {
  return { type: 'category' as const, show: false, data: Array.from({ length: cells }, (_, cell) => String(cell)) };
}

export function lackOfContour({ trials, value }: Contour): string | undefined {
  if (trials === 0) return 'No trial has completed yet.';
  return new Set(value.flat()).size < 2 ? 'Too few trials have completed to tell.' : undefined;
}

export function contourNote({ trials, sample, points }: Contour): string {
  return `What a random forest expects, whatever the other parameters are; learned from ${counted(sample)} of ${counted(trials)} completed trials. ${counted(points.number.length)} trials are drawn.`;
}

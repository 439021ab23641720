/** Bars of how much each parameter matters, and below them what two do together. */
import type { Importance } from '../../data/plot-queries.ts';
import { counted } from '../../parts/words.ts';
import type { PlotOption } from '../echarts.ts';
import { categories, frame, label, numbers } from '../frame.ts';
import type { Palette } from '../palette.ts';
import { onPoint, tip } from '../tip.ts';

/** Pairs that matter less than this are noise. */
const LEAST = 0.005;
const PAIRS = 5;

function barsOf({ parameters, pairs }: Importance) {
  const together = pairs.filter(({ importance }) => importance >= LEAST).slice(0, PAIRS);
  return [
    ...parameters.map(({ name, importance, active }) => ({ name, importance, active, isPair: false })),
    ...together.map(({ names, importance }) => ({ name: names.join(' × '), importance, active: 1, isPair: true })),
  ];
}

export function importanceOption(importance: Importance, palette: Palette): PlotOption {
  const bars = barsOf(importance);
  const [one, two] = palette.series;
  const percent = (share: number): string => `${(share * 100).toFixed(share < 0.1 ? 1 : 0)} %`;
  return {
    ...frame(palette),
    legend: { show: false },
    grid: { ...frame(palette).grid, top: 8, right: 56 },
    xAxis: {
      ...numbers(palette, 'share of what varies'),
      scale: false,
      axisLabel: { ...label(palette), formatter: (share: number) => `${Math.round(share * 100)} %` },
    },
    yAxis: {
      ...categories(
        palette,
        '',
        bars.map(({ name }) => name),
      ),
      inverse: true,
      axisTick: { show: false },
      splitLine: { show: false },
    },
    tooltip: {
      ...frame(palette).tooltip,
      formatter: onPoint(({ dataIndex }) => {
        const bar = bars[dataIndex];
        if (bar === undefined) return tip('');
        return tip(bar.name, [['share', percent(bar.importance)], ...(bar.active < 1 ? [['used in', percent(bar.active)] as const] : [])]);
      }),
    },
    series: [
      {
        type: 'bar',
        barMaxWidth: 20,
        label: { show: true, position: 'right', color: palette.ink, formatter: ({ value }) => percent(Number(value)) },
        data: bars.map(({ importance: value, isPair }) => ({ value, itemStyle: { color: (isPair ? two : one) ?? palette.accent } })),
      },
    ],
  };
}

export function lackOfImportance({ trials, parameters }: Importance): string | undefined {
  if (trials === 0) return 'No trial has completed yet.';
  return parameters.every(({ importance }) => importance === 0) ? 'Too few trials have completed to tell.' : undefined;
}

export function importanceHeight(importance: Importance): number {
  return 64 + 30 * barsOf(importance).length;
}

export function importanceNote({ method, trials, sample, pairs }: Importance): string {
  const how = method === 'fanova' ? 'fANOVA: share of the variance of all trials' : 'PED-ANOVA: what sets the best tenth apart';
  const together = pairs.some(({ importance }) => importance >= LEAST) ? '; orange is what two do beyond each alone' : '';
  return `${how}${together}. From ${counted(sample)} of ${counted(trials)} completed trials.`;
}

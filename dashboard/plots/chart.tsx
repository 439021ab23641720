/** One ECharts instance on the page: as wide as its place, redrawn when its option changes, and gone with its component. */
import { useEffect, useRef } from 'react';
import { init, type EChartsType, type PlotOption } from './echarts.ts';

export interface Picked {
  readonly seriesName: string;
  readonly dataIndex: number;
  readonly value: unknown;
}

export interface ChartProps {
  readonly option: PlotOption;
  /** px */
  readonly height: number;
  readonly label: string;
  readonly onPick?: ((picked: Picked) => void) | undefined;
  /** Must stay the same function. Told of the instance, and of null when it is gone. */
  readonly onReady: (chart: EChartsType | null) => void;
}

/** What an option leaves out is taken off the plot. */
const replaceMerge = ['series', 'xAxis', 'yAxis', 'grid', 'parallelAxis', 'visualMap'];

export function Chart({ option, height, label, onPick, onReady }: ChartProps) {
  const place = useRef<HTMLDivElement>(null);
  const chart = useRef<EChartsType>(null);
  const pick = useRef(onPick);
  useEffect(() => {
    pick.current = onPick;
  });

  useEffect(() => {
    const element = place.current;
    if (element === null) return;
    const made = init(element);
    chart.current = made;
    onReady(made);
    made.on('click', ({ seriesName = '', dataIndex, value }) => pick.current?.({ seriesName, dataIndex, value }));
    const watcher = new ResizeObserver(() => made.resize());
    watcher.observe(element);
    return () => {
      watcher.disconnect();
      made.dispose();
      chart.current = null;
      onReady(null);
    };
  }, [onReady]);

  useEffect(() => chart.current?.setOption(option, { replaceMerge, lazyUpdate: true }), [option]);

  return <div ref={place} role="img" aria-label={label} style={{ height }} className="plot" />;
}

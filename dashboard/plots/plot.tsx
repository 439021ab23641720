/** A panel with one plot: asks, says why there is nothing to see, draws, and saves the drawing. What is drawn is its option's business. */
import { useEffect, useMemo, useState, type ReactNode } from 'react';
import { Answer, type Asked } from '../parts/answer.tsx';
import { Blank } from '../parts/blank.tsx';
import { Chart, type Picked } from './chart.tsx';
import type { EChartsType, PlotOption } from './echarts.ts';
import { usePalette, type Palette } from './palette.ts';
import { savePng, saveSvg } from './save.ts';

export interface PlotProps<Data> {
  readonly title: string;
  readonly query: Asked<Data>;
  /** Must stay the same function while nothing but the data changes. */
  readonly option: (data: Data, palette: Palette) => PlotOption;
  /** What the plot rests on, in a sentence: for those who do not see it, and under it for all. */
  readonly note: (data: Data) => string;
  /** Why there is nothing to draw; undefined where there is. */
  readonly lack?: (data: Data) => string | undefined;
  readonly height?: number | ((data: Data) => number);
  readonly controls?: ReactNode;
  /** Told of the chart once it is drawn, to listen to it. Must stay the same function. */
  readonly onReady?: (chart: EChartsType) => void;
  readonly onPick?: ((picked: Picked, data: Data) => void) | undefined;
}

export function Plot<Data>(props: PlotProps<Data>) {
  const { title, query, controls, height = 320, lack = () => undefined } = props;
  const least = typeof height === 'number' ? height : query.data === undefined ? 320 : height(query.data);
  return (
    <section className="panel" aria-label={title}>
      <header>
        <h2>{title}</h2>
        {controls === undefined ? null : <div className="row tight">{controls}</div>}
      </header>
      <div style={{ minHeight: least }}>
        <Answer query={query}>
          {(data) => {
            const lacking = lack(data);
            return lacking === undefined ? <Drawing {...props} data={data} height={least} /> : <Blank>{lacking}</Blank>;
          }}
        </Answer>
      </div>
    </section>
  );
}

function Drawing<Data>({
  title,
  option,
  note,
  onPick,
  onReady,
  data,
  height,
}: Omit<PlotProps<Data>, 'height'> & { data: Data; height: number }) {
  const palette = usePalette();
  const [chart, setChart] = useState<EChartsType | null>(null);
  useEffect(() => {
    if (chart !== null) onReady?.(chart);
  }, [chart, onReady]);
  const drawn = useMemo(() => option(data, palette), [option, data, palette]);
  const name = title.toLowerCase().replaceAll(/\W+/g, '-');
  const save = (how: (chart: EChartsType) => void) => () => {
    if (chart !== null) how(chart);
  };
  return (
    <>
      <Chart
        option={drawn}
        height={height}
        label={`${title}. ${note(data)}`}
        onPick={onPick === undefined ? undefined : (picked) => onPick(picked, data)}
        onReady={setChart}
      />
      <div className="row apart tight small soft">
        <span>{note(data)}</span>
        <span className="row tight">
          <button type="button" className="quiet" onClick={save((shown) => savePng(shown, name, palette.surface))}>
            PNG
          </button>
          <button type="button" className="quiet" onClick={save((shown) => saveSvg(shown, drawn, name, palette.surface))}>
            SVG
          </button>
        </span>
      </div>
    </>
  );
}

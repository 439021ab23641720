/** Parallel coordinates. What is brushed on their axes becomes a filter, which the table of trials understands as well. */
import { useQuery } from '@tanstack/react-query';
import { useCallback, useMemo, useState } from 'react';
import { Link } from 'react-router';
import { useApi } from '../../data/api.tsx';
import { pointsQuery } from '../../data/plot-queries.ts';
import type { Experiment } from '../../data/queries.ts';
import { brushedFilter, rebrushed, type Brush } from '../../plots/brush.ts';
import type { EChartsType } from '../../plots/echarts.ts';
import { lackOfTrials, parallelOption, pointsNote } from '../../plots/options/points.ts';
import { Plot } from '../../plots/plot.tsx';

export function ParallelPlot({ experiment: { id, metric, direction } }: { readonly experiment: Experiment }) {
  const { client } = useApi();
  const query = useQuery(pointsQuery(client, id));
  const option = useMemo(() => parallelOption(metric, direction), [metric, direction]);
  const [brushes, setBrushes] = useState<readonly Brush[]>([]);
  const listen = useCallback((chart: EChartsType) => {
    chart.on('axisareaselected', (event) => setBrushes((before) => rebrushed(before, event)));
  }, []);
  const filter = query.data === undefined ? '' : brushedFilter(query.data.axes, brushes);
  return (
    <Plot
      title="Parallel coordinates"
      query={query}
      option={option}
      note={pointsNote}
      lack={lackOfTrials}
      height={420}
      onReady={listen}
      controls={
        filter === '' ? (
          <span className="small soft">Drag along an axis to filter.</span>
        ) : (
          <Link to={`../trials?filter=${encodeURIComponent(filter)}`}>Show these trials</Link>
        )
      }
    />
  );
}

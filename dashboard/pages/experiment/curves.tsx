/** Learning curves of the best trials and of some others. */
import { useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import { useNavigate } from 'react-router';
import { useApi } from '../../data/api.tsx';
import { curvesQuery } from '../../data/plot-queries.ts';
import { Toggle } from '../../parts/controls.tsx';
import { useChoice } from '../../parts/view.ts';
import { curvesNote, curvesOption } from '../../plots/options/curves.ts';
import { Plot } from '../../plots/plot.tsx';
import { useExperiment } from './page.tsx';

export function CurvesView() {
  const { id, metric } = useExperiment();
  const { client } = useApi();
  const navigate = useNavigate();
  const [scale, setScale] = useChoice('scale', ['value', 'log']);
  const option = useMemo(() => curvesOption(metric, scale), [metric, scale]);
  return (
    <Plot
      title="Learning curves"
      query={useQuery(curvesQuery(client, id))}
      option={option}
      note={curvesNote}
      lack={({ curves }) => (curves.length === 0 ? 'No trial has reported yet.' : undefined)}
      height={460}
      controls={<Toggle name="log scale" value={scale === 'log'} onChange={(isLog) => setScale(isLog ? 'log' : 'value')} />}
      onPick={({ seriesName }) => void navigate(`../trials/${/\d+/.exec(seriesName)?.[0] ?? ''}`)}
    />
  );
}

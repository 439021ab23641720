/** How the search goes, and the best that it found. */
import { useQuery } from '@tanstack/react-query';
import { useCallback } from 'react';
import { useApi } from '../../data/api.tsx';
import { historyQuery } from '../../data/plot-queries.ts';
import { historyNote, historyOption } from '../../plots/options/history.ts';
import { Plot, type PlotProps } from '../../plots/plot.tsx';
import { useExperiment } from './page.tsx';

export function Overview() {
  const { id, metric } = useExperiment();
  const { client } = useApi();
  const query = useQuery(historyQuery(client, id));
  const option: PlotProps<NonNullable<typeof query.data>>['option'] = useCallback(
    (history, palette) => historyOption(history, metric, false, palette),
    [metric],
  );
  return (
    <Plot
      title="Optimization history"
      query={query}
      option={option}
      note={historyNote}
      lack={({ trials }) => (trials === 0 ? 'No trial has started yet.' : undefined)}
      height={360}
    />
  );
}

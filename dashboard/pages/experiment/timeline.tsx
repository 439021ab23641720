/** What ran where and when. */
import { useQuery } from '@tanstack/react-query';
import { useNavigate } from 'react-router';
import { useApi } from '../../data/api.tsx';
import { timelineQuery } from '../../data/plot-queries.ts';
import { timelineHeight, timelineNote, timelineOption } from '../../plots/options/timeline.ts';
import { Plot } from '../../plots/plot.tsx';
import { useExperiment } from './page.tsx';

export function TimelineView() {
  const { id } = useExperiment();
  const { client } = useApi();
  const navigate = useNavigate();
  return (
    <Plot
      title="Timeline of slots"
      query={useQuery(timelineQuery(client, id))}
      option={timelineOption}
      note={timelineNote}
      lack={({ lanes }) => (lanes.length === 0 ? 'No trial has started yet.' : undefined)}
      height={timelineHeight}
      onPick={({ value }) => {
        if (Array.isArray(value) && typeof value[3] === 'number') void navigate(`../trials/${value[3]}`);
      }}
    />
  );
}

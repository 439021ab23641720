/** What each component is worth: the forest plot, and what may be said of it. */
import { useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import { useApi } from '../../data/api.tsx';
import { studyQuery } from '../../data/plot-queries.ts';
import { forestHeight, forestNote, forestOption } from '../../plots/options/forest.ts';
import { Plot } from '../../plots/plot.tsx';
import { useExperiment } from './page.tsx';

export function AblationView() {
  const { id, metric } = useExperiment();
  const { client } = useApi();
  const query = useQuery(studyQuery(client, id));
  const option = useMemo(() => forestOption(metric), [metric]);
  return (
    <>
      <Plot
        title="What each component is worth"
        query={query}
        option={option}
        note={forestNote}
        lack={({ components }) => (components.every(({ difference }) => difference === null) ? 'There are too few trials yet.' : undefined)}
        height={forestHeight}
      />
      {query.data === undefined ? null : (
        <section className="panel" aria-label="In words">
          <h2>In words</h2>
          {query.data.words.map((sentence) => (
            <p key={sentence}>{sentence}</p>
          ))}
        </section>
      )}
    </>
  );
}

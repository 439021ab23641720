/** Several experiments side by side: how each went, and how its values are distributed. The address says which. */
import { useQueries, type UseQueryResult } from '@tanstack/react-query';
import { useMemo } from 'react';
import { Link, useSearchParams } from 'react-router';
import { useApi } from '../data/api.tsx';
import { distributionQuery, historyQuery } from '../data/plot-queries.ts';
import { experimentQuery, type Experiment } from '../data/queries.ts';
import type { Asked } from '../parts/answer.tsx';
import { Blank } from '../parts/blank.tsx';
import { Toggle } from '../parts/controls.tsx';
import { Progress } from '../parts/progress.tsx';
import { StateWord } from '../parts/state.tsx';
import { Table } from '../parts/table.tsx';
import { useChoice } from '../parts/view.ts';
import { duration, shown } from '../parts/words.ts';
import { bestLinesOption, distributionsOption, linesNote, type Named } from '../plots/options/lines.ts';
import { Plot } from '../plots/plot.tsx';

const refreshMs = 3000;

export function ComparePage() {
  const { client } = useApi();
  const [view] = useSearchParams();
  const ids = view.getAll('id');
  const experiments = useQueries({
    queries: ids.map((id) => ({ ...experimentQuery(client, id), refetchInterval: refreshMs })),
    combine: together,
  });
  const histories = useQueries({
    queries: ids.map((id) => ({ ...historyQuery(client, id), refetchInterval: refreshMs })),
    combine: together,
  });
  const distributions = useQueries({
    queries: ids.map((id) => ({ ...distributionQuery(client, id), refetchInterval: refreshMs })),
    combine: together,
  });
  const [scale, setScale] = useChoice('scale', ['value', 'log']);
  const metric = [...new Set(experiments.data?.map((experiment) => experiment.metric))].join(' / ');
  const names = experiments.data?.map(titleOf) ?? [];
  const bestOption = useMemo(() => bestLinesOption(`best ${metric}`, scale), [metric, scale]);
  const spreadOption = useMemo(() => distributionsOption(metric, scale), [metric, scale]);
  if (ids.length === 0) {
    return (
      <Blank>
        <p>Nothing is compared yet.</p>
        <Link to="/">Tick experiments in the list</Link>
      </Blank>
    );
  }
  const control = <Toggle name="log scale" value={scale === 'log'} onChange={(isLog) => setScale(isLog ? 'log' : 'value')} />;
  return (
    <>
      <h1>Comparison</h1>
      <Plot title="Best so far" query={named(histories, names)} option={bestOption} note={linesNote} height={360} controls={control} />
      <Plot title="Empirical distribution" query={named(distributions, names)} option={spreadOption} note={linesNote} height={360} />
      {experiments.data === undefined ? null : <Side experiments={experiments.data} />}
    </>
  );
}

function titleOf({ name, id }: Experiment): string {
  return name ?? id.slice(0, 8);
}

/** One answer of several: all of them, or the first error. */
function together<Data>(answers: readonly UseQueryResult<Data>[]): Asked<Data[]> {
  const data = answers.flatMap((answer) => (answer.data === undefined ? [] : [answer.data]));
  return {
    data: data.length === answers.length ? data : undefined,
    error: answers.find(({ error }) => error !== null)?.error ?? null,
    refetch: () => Promise.all(answers.map((answer) => answer.refetch())),
  };
}

function named<Data>(asked: Asked<Data[]>, names: readonly string[]) {
  return { ...asked, data: asked.data?.map((data, at): Named<Data> => ({ name: names[at] ?? '', data })) };
}

function Side({ experiments }: { readonly experiments: readonly Experiment[] }) {
  return (
    <section className="panel" aria-label="Side by side">
      <Table>
        <thead>
          <tr>
            {['Experiment', 'State', 'Progress', 'Sampler', 'Scheduler'].map((name) => (
              <th key={name}>{name}</th>
            ))}
            <th className="number">Best</th>
            <th className="number">Ran for</th>
          </tr>
        </thead>
        <tbody>
          {experiments.map((experiment) => (
            <tr key={experiment.id}>
              <td>
                <Link to={`/experiments/${experiment.id}`}>{titleOf(experiment)}</Link>
              </td>
              <td>
                <StateWord state={experiment.state} />
              </td>
              <td>
                <Progress {...experiment} />
              </td>
              <td>{experiment.specification.sampler.type}</td>
              <td>{experiment.specification.scheduler.type}</td>
              <td className="number">{experiment.incumbent === null ? '–' : shown(experiment.incumbent.value)}</td>
              <td className="number">{duration(experiment.durationSeconds)}</td>
            </tr>
          ))}
        </tbody>
      </Table>
    </section>
  );
}

/** How the search goes, the best that it found, and what that owes to which parameter. */
import { useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import { Link, useNavigate } from 'react-router';
import { useApi } from '../../data/api.tsx';
import { historyQuery } from '../../data/plot-queries.ts';
import { resultQuery, type Experiment, type Result } from '../../data/queries.ts';
import { Answer } from '../../parts/answer.tsx';
import { Blank } from '../../parts/blank.tsx';
import { Toggle } from '../../parts/controls.tsx';
import { Facts } from '../../parts/facts.tsx';
import { ParamsTable } from '../../parts/params.tsx';
import { useChoice } from '../../parts/view.ts';
import { counted, duration, moment, shown } from '../../parts/words.ts';
import { historyNote, historyOption } from '../../plots/options/history.ts';
import { Plot } from '../../plots/plot.tsx';
import { ImportancePlot } from './importance.tsx';
import { useExperiment } from './page.tsx';

export function Overview() {
  const experiment = useExperiment();
  const { client } = useApi();
  const result = useQuery(resultQuery(client, experiment.id));
  return (
    <>
      <HistoryPlot experiment={experiment} />
      <div className="columns">
        <div className="stack">
          <section className="panel" aria-label="Best configuration">
            <h2>Best configuration</h2>
            <Best experiment={experiment} />
          </section>
          <section className="panel" aria-label="Figures">
            <h2>Figures</h2>
            <Answer query={result}>{(document) => <Figures result={document} experiment={experiment} />}</Answer>
          </section>
        </div>
        <ImportancePlot experiment={experiment} />
      </div>
    </>
  );
}

function HistoryPlot({ experiment: { id, metric } }: { readonly experiment: Experiment }) {
  const { client } = useApi();
  const navigate = useNavigate();
  const [scale, setScale] = useChoice('scale', ['value', 'log']);
  const option = useMemo(() => historyOption(metric, scale), [metric, scale]);
  return (
    <Plot
      title="Optimization history"
      query={useQuery(historyQuery(client, id))}
      option={option}
      note={historyNote}
      lack={({ trials }) => (trials === 0 ? 'No trial has started yet.' : undefined)}
      height={340}
      controls={<Toggle name="log scale" value={scale === 'log'} onChange={(isLog) => setScale(isLog ? 'log' : 'value')} />}
      onPick={({ value }) => {
        if (Array.isArray(value)) void navigate(`trials/${Number(value[0])}`);
      }}
    />
  );
}

function Best({ experiment: { id, incumbent, metric, specification } }: { readonly experiment: Experiment }) {
  if (incumbent === null) return <Blank>No trial has reported yet.</Blank>;
  return (
    <>
      <p>
        {metric} <strong className="figure">{shown(incumbent.value)}</strong> by{' '}
        <Link to={`/experiments/${id}/trials/${incumbent.number}`}>trial {incumbent.number}</Link>
        {incumbent.provisional ? ', provisional: it has not completed' : ''}
      </p>
      <ParamsTable params={incumbent.params} space={specification.space} />
    </>
  );
}

function Figures({ result, experiment }: { readonly result: Result; readonly experiment: Experiment }) {
  const { counts, resource, durationSeconds, failure } = result;
  const { specification, createdAt, pool, direction, metric } = experiment;
  return (
    <>
      {failure === null ? null : (
        <div className="notice bad">
          <span>
            {counted(failure.trials)} failed ({failure.reason}), first <Link to={`trials/${failure.trial}`}>trial {failure.trial}</Link>:{' '}
            {failure.message}
          </span>
        </div>
      )}
      <Facts
        facts={[
          ['Metric', `${metric}, ${direction}`],
          ['Sampler', specification.sampler.type],
          ['Scheduler', specification.scheduler.type],
          ['Seed', String(specification.seed)],
          ['Pool', pool],
          ['Submitted', moment(createdAt)],
          ['Ran for', duration(durationSeconds)],
          ...Object.entries(counts).map(([state, count]) => [`Trials ${state}`, counted(count)] as const),
          ['Steps trained', counted(resource.used)],
          ['Steps saved', counted(resource.saved)],
        ]}
      />
    </>
  );
}

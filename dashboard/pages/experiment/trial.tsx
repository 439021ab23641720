/** One trial: its configuration, its curve, what it printed, and what it left. */
import { useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import { Link, useParams } from 'react-router';
import { useApi } from '../../data/api.tsx';
import { runningRefreshMs, trialCurveQuery, trialQuery, type TrialDetail } from '../../data/trial-queries.ts';
import type { Experiment } from '../../data/queries.ts';
import { Answer } from '../../parts/answer.tsx';
import { Facts } from '../../parts/facts.tsx';
import { ParamsTable } from '../../parts/params.tsx';
import { StateWord } from '../../parts/state.tsx';
import { counted, duration, moment, shown } from '../../parts/words.ts';
import { trialCurveNote, trialCurveOption } from '../../plots/options/trial-curve.ts';
import { Plot } from '../../plots/plot.tsx';
import { useExperiment } from './page.tsx';
import { Attempts } from './attempts.tsx';
import { GroupTable, Left, Printed, Provenance } from './trial-parts.tsx';

export function TrialView() {
  const experiment = useExperiment();
  const { client } = useApi();
  const n = Number(useParams().n);
  return (
    <Answer query={useQuery(trialQuery(client, experiment.id, n))}>{(trial) => <Trial experiment={experiment} trial={trial} />}</Answer>
  );
}

function Trial({ experiment, trial }: { readonly experiment: Experiment; readonly trial: TrialDetail }) {
  const { id, metric, specification } = experiment;
  const { client } = useApi();
  const option = useMemo(() => trialCurveOption(metric, 'value'), [metric]);
  const { number, state, failure, group } = trial;
  const refetchInterval = state === 'running' ? runningRefreshMs : false;
  return (
    <>
      <div className="row apart">
        <div className="row">
          <h2>Trial {number}</h2>
          <StateWord state={state} />
        </div>
        <nav className="row tight" aria-label="Neighbours">
          {number > 0 ? <Link to={`/experiments/${id}/trials/${number - 1}`}>Previous</Link> : null}
          <Link to={`/experiments/${id}/trials/${number + 1}`}>Next</Link>
        </nav>
      </div>
      {failure === null ? null : (
        <div className="notice bad">
          <span>
            {failure.reason}: {failure.message}
          </span>
        </div>
      )}
      <section className="panel" aria-label="Figures">
        <Facts facts={factsOf(trial, metric)} />
      </section>
      <Plot
        title="Curve"
        query={useQuery(trialCurveQuery(client, id, number))}
        option={option}
        note={trialCurveNote}
        lack={({ items }) => (items.length === 0 ? 'This trial has reported nothing.' : undefined)}
        height={300}
      />
      <div className="columns">
        <section className="panel" aria-label="Configuration">
          <h2>Configuration</h2>
          <ParamsTable params={trial.params} space={specification.space} />
        </section>
        <Printed id={id} n={number} refetchInterval={refetchInterval} />
      </div>
      <Attempts id={id} n={number} />
      {group === null ? null : <GroupTable group={group} />}
      <div className="columns">
        <Left id={id} n={number} />
        <Provenance provenance={trial.provenance} />
      </div>
    </>
  );
}

function factsOf(trial: TrialDetail, metric: string): [string, string][] {
  const { value, origin, attempts, lastStep, reports, seed, worker, slot, startedAt, endedAt, durationSeconds } = trial;
  return [
    [metric, value === null ? '–' : shown(value)],
    ['Origin', origin],
    ['Attempts', counted(attempts)],
    ['Last step', counted(lastStep)],
    ['Reports', counted(reports)],
    ['Seed', String(seed)],
    ['Worker', worker === null ? '–' : `${worker}, slot ${slot ?? 0}`],
    ['Started', startedAt === null ? '–' : moment(startedAt)],
    ['Ended', endedAt === null ? '–' : moment(endedAt)],
    ['Lasted', durationSeconds === null ? '–' : duration(durationSeconds)],
  ];
}

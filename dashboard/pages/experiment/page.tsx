/** One experiment: what it is, where it stands, and the views on it. It is followed as long as the page is open. */
import { useQuery } from '@tanstack/react-query';
import { NavLink, Outlet, useOutletContext, useParams } from 'react-router';
import { isFinal } from '../../../core/states.ts';
import { useApi } from '../../data/api.tsx';
import { useLive } from '../../data/live.ts';
import { experimentQuery, type Experiment } from '../../data/queries.ts';
import { Answer } from '../../parts/answer.tsx';
import { Progress } from '../../parts/progress.tsx';
import { StateWord } from '../../parts/state.tsx';
import { Actions } from './actions.tsx';

const views = [
  { to: '.', name: 'Overview' },
  { to: 'curves', name: 'Curves' },
  { to: 'parameters', name: 'Parameters' },
  { to: 'trials', name: 'Trials' },
  { to: 'rungs', name: 'Rungs' },
  { to: 'timeline', name: 'Timeline' },
];
const ablation = { to: 'ablation', name: 'Ablation' };

export function ExperimentPage() {
  const { id = '' } = useParams();
  // Nothing of one experiment is kept for another.
  return <Followed key={id} id={id} />;
}

function Followed({ id }: { readonly id: string }) {
  const { client } = useApi();
  const query = useQuery(experimentQuery(client, id));
  useLive(id, query.data !== undefined && !isFinal(query.data.state));
  return (
    <Answer query={query}>
      {(experiment) => (
        <>
          <Head experiment={experiment} />
          <nav className="tabs" aria-label="Views">
            {[...views, ...(experiment.kind === 'ablate' ? [ablation] : [])].map(({ to, name }) => (
              <NavLink key={to} to={to} end={to === '.'}>
                {name}
              </NavLink>
            ))}
          </nav>
          <Outlet context={experiment} />
        </>
      )}
    </Answer>
  );
}

/** Of the page that a view stands in. */
export function useExperiment(): Experiment {
  return useOutletContext<Experiment>();
}

function Head({ experiment }: { readonly experiment: Experiment }) {
  const { id, name, trainingFunction, kind, tags, state, stopReason, waitingFor, specification } = experiment;
  return (
    <div className="stack">
      <div className="row apart">
        <div>
          <h1>{name ?? trainingFunction}</h1>
          <div className="row tight small soft">
            {kind} {trainingFunction} <span className="figure">{id}</span>
            {tags.map((tag) => (
              <span key={tag} className="tag">
                {tag}
              </span>
            ))}
          </div>
        </div>
        <Actions experiment={experiment} />
      </div>
      <div className="row">
        <StateWord state={state} />
        {stopReason === null ? null : <span className="soft">ended by {stopReason}</span>}
        <Progress {...experiment} />
      </div>
      {specification.note === undefined ? null : <p className="soft">{specification.note}</p>}
      {waitingFor === null ? null : <div className="notice">Waiting: {waitingFor}</div>}
    </div>
  );
}

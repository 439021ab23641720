/** Experiments as rows; those that are ticked can be compared. */
import { useState } from 'react';
import { Link } from 'react-router';
import type { ExperimentSummary } from '../data/queries.ts';
import { Progress } from '../parts/progress.tsx';
import { StateWord } from '../parts/state.tsx';
import { Table } from '../parts/table.tsx';
import { moment, shown } from '../parts/words.ts';

export function ExperimentTable({ experiments }: { readonly experiments: readonly ExperimentSummary[] }) {
  const [ticked, setTicked] = useState<readonly string[]>([]);
  const toggle = (id: string): void => setTicked(ticked.includes(id) ? ticked.filter((other) => other !== id) : [...ticked, id]);
  return (
    <section className="panel" aria-label="Experiments">
      <header>
        <span className="soft small">Tick two or more to compare them.</span>
        {ticked.length > 1 ? <Link to={`/compare?${ticked.map((id) => `id=${id}`).join('&')}`}>Compare {ticked.length}</Link> : null}
      </header>
      <Table>
        <thead>
          <tr>
            <th>
              <span className="skip">Compare</span>
            </th>
            <th>Experiment</th>
            <th>State</th>
            <th>Progress</th>
            <th className="number">Best</th>
            <th>Submitted</th>
          </tr>
        </thead>
        <tbody>
          {experiments.map((experiment) => (
            <Row
              key={experiment.id}
              experiment={experiment}
              isTicked={ticked.includes(experiment.id)}
              toggle={() => toggle(experiment.id)}
            />
          ))}
        </tbody>
      </Table>
    </section>
  );
}

interface RowProps {
  readonly experiment: ExperimentSummary;
  readonly isTicked: boolean;
  readonly toggle: () => void;
}

function Row({ experiment, isTicked, toggle }: RowProps) {
  const { id, name, kind, trainingFunction, tags, state, incumbent, metric, createdAt } = experiment;
  const title = name ?? trainingFunction;
  return (
    <tr>
      <td>
        <input type="checkbox" aria-label={`Compare ${title}`} checked={isTicked} onChange={toggle} />
      </td>
      <td>
        <Link to={`/experiments/${id}`}>{title}</Link>
        <div className="row tight small soft">
          {kind} {trainingFunction}
          {tags.map((tag) => (
            <span key={tag} className="tag">
              {tag}
            </span>
          ))}
        </div>
      </td>
      <td>
        <StateWord state={state} />
      </td>
      <td>
        <Progress {...experiment} />
      </td>
      <td className="number">
        {incumbent === null ? '–' : shown(incumbent.value)}
        <div className="soft">{metric}</div>
      </td>
      <td>{moment(createdAt)}</td>
    </tr>
  );
}

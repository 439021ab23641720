/** Who went on at which rung, and what that saved. */
import { useQuery } from '@tanstack/react-query';
import { useApi } from '../../data/api.tsx';
import { rungsQuery, type Rungs } from '../../data/plot-queries.ts';
import { counted, shown } from '../../parts/words.ts';
import { rungsNote, rungsOption } from '../../plots/options/rungs.ts';
import { Plot } from '../../plots/plot.tsx';
import { useExperiment } from './page.tsx';
import { Table } from '../../parts/table.tsx';

export function RungsView() {
  const { id, metric } = useExperiment();
  const { client } = useApi();
  const query = useQuery(rungsQuery(client, id));
  return (
    <>
      <Plot title="Rungs" query={query} option={rungsOption} note={rungsNote} lack={lack} height={320} />
      {query.data === undefined || query.data.rungs.length === 0 ? null : <RungTable rungs={query.data} metric={metric} />}
    </>
  );
}

function lack({ rungs, scheduler }: Rungs): string | undefined {
  return rungs.length === 0 ? `The scheduler of this experiment (${scheduler}) has no rungs.` : undefined;
}

function RungTable({ rungs: { rungs, last }, metric }: { readonly rungs: Rungs; readonly metric: string }) {
  return (
    <section className="panel" aria-label="Rungs as a table">
      <Table>
        <thead>
          <tr>
            {['Rung', 'Arrived', 'Went on', 'Stopped', 'Paused', 'Promoted', `Best ${metric}`].map((name) => (
              <th key={name} className="number">
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rungs.map(({ step, arrived, continued, stopped, paused, promoted, best }) => (
            <tr key={step}>
              {[step, arrived, continued, stopped, paused, promoted].map((count, at) => (
                <td key={at} className="number">
                  {counted(count)}
                </td>
              ))}
              <td className="number">{best === null ? '–' : shown(best)}</td>
            </tr>
          ))}
        </tbody>
      </Table>
      {last === null ? null : <p className="small soft">A trial is complete after {counted(last)} steps.</p>}
    </section>
  );
}

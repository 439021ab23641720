/** Every start of a trial: where it ran, when, and how it ended. */
import { useQuery } from '@tanstack/react-query';
import { useApi } from '../../data/api.tsx';
import { attemptsQuery } from '../../data/trial-queries.ts';
import { Answer } from '../../parts/answer.tsx';
import { Blank } from '../../parts/blank.tsx';
import { Table } from '../../parts/table.tsx';
import { duration, endings, machineOf, moment } from '../../parts/words.ts';

export function Attempts({ id, n }: { readonly id: string; readonly n: number }) {
  const { client } = useApi();
  return (
    <section className="panel" aria-label="Attempts">
      <h2>Attempts</h2>
      <Answer query={useQuery(attemptsQuery(client, id, n))}>
        {({ items }) =>
          items.length === 0 ? (
            <Blank>It has not started.</Blank>
          ) : (
            <Table>
              <thead>
                <tr>
                  <th className="number">Attempt</th>
                  <th>Began as</th>
                  <th>Machine</th>
                  <th>Worker · slot</th>
                  <th>Started</th>
                  <th className="number">Lasted</th>
                  <th>Ended</th>
                </tr>
              </thead>
              <tbody>
                {items.map(({ attempt, origin, worker, slot, startedAt, durationSeconds, end, reason }) => (
                  <tr key={`${attempt} ${startedAt}`}>
                    <td className="number">{attempt}</td>
                    <td>{origin}</td>
                    <td>{machineOf(worker)}</td>
                    <td>
                      {worker} · {slot}
                    </td>
                    <td>{moment(startedAt)}</td>
                    <td className="number">{durationSeconds === null ? '–' : duration(durationSeconds)}</td>
                    <td>
                      {end === null ? 'running' : endings[end]}
                      {reason === null ? null : <div className="small soft">{reason}</div>}
                    </td>
                  </tr>
                ))}
              </tbody>
            </Table>
          )
        }
      </Answer>
    </section>
  );
}

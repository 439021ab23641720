/** What stands below the curve of a trial: what it printed and left, its lockstep group, and where it came from. */
import { useQuery } from '@tanstack/react-query';
import { useApi } from '../../data/api.tsx';
import { artefactsQuery, trialLogQuery, type TrialDetail } from '../../data/trial-queries.ts';
import { Answer } from '../../parts/answer.tsx';
import { Blank } from '../../parts/blank.tsx';
import { Table } from '../../parts/table.tsx';
import { counted, duration, shown } from '../../parts/words.ts';

interface Which {
  readonly id: string;
  readonly n: number;
}

export function Printed({ id, n, refetchInterval }: Which & { readonly refetchInterval: number | false }) {
  const { client } = useApi();
  return (
    <section className="panel" aria-label="Log">
      <h2>Log</h2>
      <Answer query={useQuery({ ...trialLogQuery(client, id, n), refetchInterval })}>
        {(lines) =>
          lines.length === 0 ? (
            <Blank>It has printed nothing.</Blank>
          ) : (
            <pre className="log" tabIndex={0}>
              {lines.join('\n')}
            </pre>
          )
        }
      </Answer>
    </section>
  );
}

export function Left({ id, n }: Which) {
  const { client } = useApi();
  return (
    <section className="panel" aria-label="Checkpoints and models">
      <h2>Checkpoints and models</h2>
      <Answer query={useQuery(artefactsQuery(client, id, n))}>
        {({ items }) =>
          items.length === 0 ? (
            <Blank>It has left none.</Blank>
          ) : (
            <Table>
              <thead>
                <tr>
                  <th>Name</th>
                  <th className="number">Attempt</th>
                  <th className="number">Step</th>
                  <th className="number">Bytes</th>
                </tr>
              </thead>
              <tbody>
                {items.map(({ name, attempt, step, files }) => (
                  <tr key={name}>
                    <td>{name}</td>
                    <td className="number">{attempt}</td>
                    <td className="number">{counted(step)}</td>
                    <td className="number">{counted(files.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0))}</td>
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

export function GroupTable({
  group: { generation, worldSize, samplesPerSecond, ranks },
}: {
  readonly group: NonNullable<TrialDetail['group']>;
}) {
  return (
    <section className="panel" aria-label="Lockstep group">
      <h2>Lockstep group</h2>
      <p className="soft">
        Generation {generation}, {ranks.length} of {worldSize} ranks
        {samplesPerSecond === null ? '' : `, ${shown(samplesPerSecond)} samples a second`}
      </p>
      <Table>
        <thead>
          <tr>
            {['Rank', 'Worker', 'Host'].map((name) => (
              <th key={name}>{name}</th>
            ))}
            {['Samples / s', 'All-reduces', 'Sent, MB', 'In all-reduces', 'Time'].map((name) => (
              <th key={name} className="number">
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {ranks.map((rank) => (
            <tr key={rank.rank}>
              <td>{rank.rank}</td>
              <td>
                {rank.worker} · {rank.slot}
              </td>
              <td>{rank.host}</td>
              <td className="number">{rank.samplesPerSecond === null ? '–' : shown(rank.samplesPerSecond)}</td>
              <td className="number">{counted(rank.collectives)}</td>
              <td className="number">{shown(rank.bytes / 1e6)}</td>
              <td className="number">{duration(rank.allReduceSeconds)}</td>
              <td className="number">{duration(rank.seconds)}</td>
            </tr>
          ))}
        </tbody>
      </Table>
    </section>
  );
}

export function Provenance({ provenance }: Pick<TrialDetail, 'provenance'>) {
  return (
    <section className="panel" aria-label="Provenance">
      <h2>Provenance</h2>
      {provenance === null ? (
        <Blank>It has not started.</Blank>
      ) : (
        <pre className="log" tabIndex={0}>
          {JSON.stringify(provenance, null, 2)}
        </pre>
      )}
    </section>
  );
}

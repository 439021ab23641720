/** Who runs trials, and what waits for whom: pools with their queues, workers with their slots, and the training functions that they hold. */
import { useQuery } from '@tanstack/react-query';
import { Link } from 'react-router';
import { useApi } from '../data/api.tsx';
import { functionsQuery, poolsQuery, workersQuery, type Pool, type TrainingFunction, type Worker } from '../data/worker-queries.ts';
import { Answer } from '../parts/answer.tsx';
import { Blank } from '../parts/blank.tsx';
import { Table } from '../parts/table.tsx';
import { counted, moment } from '../parts/words.ts';

export function WorkersPage() {
  const { client } = useApi();
  return (
    <>
      <h1>Workers and queues</h1>
      <section className="panel" aria-label="Pools">
        <h2>Pools</h2>
        <Answer query={useQuery(poolsQuery(client))}>{(pools) => <Pools pools={pools} />}</Answer>
      </section>
      <section className="panel" aria-label="Workers">
        <h2>Workers</h2>
        <Answer query={useQuery(workersQuery(client))}>{(workers) => <Workers workers={workers} />}</Answer>
      </section>
      <section className="panel" aria-label="Training functions">
        <h2>Training functions</h2>
        <Answer query={useQuery(functionsQuery(client))}>{(functions) => <Functions functions={functions} />}</Answer>
      </section>
    </>
  );
}

function Pools({ pools }: { readonly pools: readonly Pool[] }) {
  if (pools.length === 0) return <Blank>No worker has registered yet: npx maggy worker --functions examples starts one.</Blank>;
  return (
    <Table>
      <thead>
        <tr>
          <th>Pool</th>
          <th>Runs</th>
          <th className="number">Workers</th>
          <th className="number">Busy slots</th>
          <th className="number">Free slots</th>
          <th className="number">Waiting</th>
        </tr>
      </thead>
      <tbody>
        {pools.flatMap(({ name, lockstep, waitingTickets, ...trials }) => [
          <PoolRow key={`${name} trials`} name={name} runs="whole trials" {...trials} waiting={waitingTickets} />,
          ...(lockstep.workers + lockstep.waitingGroups === 0
            ? []
            : [
                <PoolRow
                  key={`${name} ranks`}
                  name={name}
                  runs="ranks of lockstep groups"
                  {...lockstep}
                  waiting={lockstep.waitingGroups}
                />,
              ]),
        ])}
      </tbody>
    </Table>
  );
}

interface PoolRowProps extends Pick<Pool, 'name' | 'workers' | 'slots'> {
  readonly runs: string;
  readonly waiting: number;
}

function PoolRow({ name, runs, workers, slots, waiting }: PoolRowProps) {
  return (
    <tr>
      <td>{name}</td>
      <td>{runs}</td>
      {[workers, slots.busy, slots.free, waiting].map((count, at) => (
        <td key={at} className="number">
          {counted(count)}
        </td>
      ))}
    </tr>
  );
}

function Workers({ workers }: { readonly workers: readonly Worker[] }) {
  if (workers.length === 0) return <Blank>No worker is there now.</Blank>;
  return (
    <Table>
      <thead>
        <tr>
          {['Worker', 'Pool', 'Backend', 'Slots', 'Since'].map((name) => (
            <th key={name}>{name}</th>
          ))}
        </tr>
      </thead>
      <tbody>
        {workers.map((worker) => (
          <tr key={worker.id}>
            <td>
              {worker.id}
              <div className="small soft">
                {worker.host}, process {worker.pid}
                {worker.draining ? ', draining' : ''}
              </div>
              {worker.broken.map(({ file, reason }) => (
                <div key={file} className="small danger">
                  {file}: {reason}
                </div>
              ))}
            </td>
            <td>{worker.pool}</td>
            <td>
              {worker.backend.name}
              <div className="small soft">
                {worker.backend.device} {worker.backend.version}
              </div>
            </td>
            <td>
              {worker.slots.map((slot, at) => (
                <div key={at}>{slot === null ? <span className="soft">free</span> : <Busy slot={slot} />}</div>
              ))}
            </td>
            <td>{moment(worker.startedAt)}</td>
          </tr>
        ))}
      </tbody>
    </Table>
  );
}

function Busy({ slot: { experiment, trial, rank } }: { readonly slot: NonNullable<Worker['slots'][number]> }) {
  return (
    <Link to={`/experiments/${experiment}/trials/${trial}`}>
      trial {trial}
      {rank === undefined ? '' : `, rank ${rank}`}
    </Link>
  );
}

function Functions({ functions }: { readonly functions: readonly TrainingFunction[] }) {
  if (functions.length === 0) return <Blank>No worker has declared a training function yet.</Blank>;
  return (
    <Table>
      <thead>
        <tr>
          {['Name', 'Metric', 'Parameters', 'Version', 'Held by'].map((name) => (
            <th key={name}>{name}</th>
          ))}
        </tr>
      </thead>
      <tbody>
        {functions.flatMap(({ name, versions }) =>
          versions.map(({ hash, metric, direction, space, pools }) => (
            <tr key={hash}>
              <td>
                <Link to={`/submit?function=${name}`}>{name}</Link>
              </td>
              <td>
                {metric}
                {direction === undefined ? '' : `, ${direction}`}
              </td>
              <td>{Object.keys(space).join(', ')}</td>
              <td className="figure">{hash.slice(0, 8)}</td>
              <td>{pools.map(({ pool, slots, lockstepSlots }) => `${pool}: ${slots + lockstepSlots} slots`).join('; ')}</td>
            </tr>
          )),
        )}
      </tbody>
    </Table>
  );
}

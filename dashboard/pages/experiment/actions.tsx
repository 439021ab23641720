/** What can be done with an experiment, by what it is doing. */
import { useState } from 'react';
import { Link } from 'react-router';
import { useSteering, type Steering } from '../../data/actions.ts';
import type { Experiment, State } from '../../data/queries.ts';
import { Dialog } from '../../parts/dialog.tsx';
import { DeleteDialog } from './delete.tsx';
import { EnqueueDialog } from './enqueue.tsx';
import { ExtendDialog } from './extend.tsx';

/** What an experiment in a state can be told. */
const possible: Readonly<Record<State, readonly Steering[]>> = {
  queued: ['pause', 'stop'],
  running: ['pause', 'stop'],
  paused: ['resume', 'stop'],
  completed: [],
  stopped: [],
  failed: [],
};
const words: Readonly<Record<Steering, string>> = { stop: 'Stop', pause: 'Pause', resume: 'Resume' };

export function Actions({ experiment }: { readonly experiment: Experiment }) {
  const { id, state, kind } = experiment;
  const [asked, setAsked] = useState<'stop' | 'enqueue' | 'extend' | 'delete' | null>(null);
  const steering = useSteering(id);
  const steer = (action: Steering): void => (action === 'stop' ? setAsked('stop') : steering.mutate(action));
  const close = (): void => setAsked(null);
  return (
    <div className="row tight">
      {possible[state].map((action) => (
        <button key={action} type="button" disabled={steering.isPending} onClick={() => steer(action)}>
          {words[action]}
        </button>
      ))}
      {kind === 'tune' && possible[state].length > 0 ? (
        <button type="button" onClick={() => setAsked('enqueue')}>
          Enqueue…
        </button>
      ) : null}
      {kind === 'tune' ? (
        <button type="button" onClick={() => setAsked('extend')}>
          Extend…
        </button>
      ) : null}
      <Link className="button" to={`/submit?clone=${id}`}>
        Clone…
      </Link>
      <button type="button" onClick={() => setAsked('delete')}>
        Delete…
      </button>
      {steering.error === null ? null : (
        <span className="danger" role="alert">
          {steering.error.message}
        </span>
      )}
      {asked === 'enqueue' ? <EnqueueDialog experiment={experiment} onClose={close} /> : null}
      {asked === 'extend' ? <ExtendDialog experiment={experiment} onClose={close} /> : null}
      {asked === 'delete' ? <DeleteDialog experiment={experiment} onClose={close} /> : null}
      {asked === 'stop' ? (
        <Dialog title="Stop this experiment?" onClose={close}>
          <p>What runs is cancelled; all results are kept. It cannot be resumed, only extended.</p>
          <form method="dialog" className="row" onSubmit={() => steering.mutate('stop')}>
            <button type="submit" className="danger">
              Stop it
            </button>
            <button type="button" onClick={close}>
              Let it run
            </button>
          </form>
        </Dialog>
      ) : null}
    </div>
  );
}

/** A state in words, with a mark whose shape and colour are the same as in plots. */
import type { State } from '../data/queries.ts';

const shapes: Readonly<Record<State, string>> = {
  queued: 'M7 1.5a5.5 5.5 0 1 0 0 11a5.5 5.5 0 1 0 0 -11zm0 2a3.5 3.5 0 1 1 0 7a3.5 3.5 0 1 1 0 -7z',
  running: 'M2 1l11 6l-11 6z',
  paused: 'M2 1h4v12h-4zm6 0h4v12h-4z',
  completed: 'M7 1a6 6 0 1 0 0 12a6 6 0 1 0 0 -12z',
  stopped: 'M1.5 1.5h11v11h-11z',
  failed: 'M3 1l4 4l4 -4l2 2l-4 4l4 4l-2 2l-4 -4l-4 4l-2 -2l4 -4l-4 -4z',
};

function StateMark({ state }: { readonly state: State }) {
  return (
    <svg className={`mark ${state}`} viewBox="0 0 14 14" aria-hidden="true">
      <path d={shapes[state]} fill="currentColor" fillRule="evenodd" />
    </svg>
  );
}

export function StateWord({ state }: { readonly state: State }) {
  return (
    <span className="state">
      <StateMark state={state} />
      {state}
    </span>
  );
}

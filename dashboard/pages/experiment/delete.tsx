/** Deletes an experiment, once somebody has read what goes with it; then the list is shown. */
import { useNavigate } from 'react-router';
import { useDeletion } from '../../data/actions.ts';
import type { Experiment } from '../../data/queries.ts';
import { isFinal } from '../../../core/states.ts';
import { Dialog } from '../../parts/dialog.tsx';
import { several } from '../../parts/words.ts';

export function DeleteDialog({ experiment, onClose }: { readonly experiment: Experiment; readonly onClose: () => void }) {
  const { id, name, trainingFunction, counts, state } = experiment;
  const navigate = useNavigate();
  const deletion = useDeletion(id);
  const trials = Object.values(counts).reduce((sum, count) => sum + count, 0);
  return (
    <Dialog title={`Delete ${name ?? trainingFunction}?`} onClose={onClose}>
      <p>
        Gone will be <span className="figure">{id}</span> with {several(trials, 'trial')}: params, values, curves, logs, checkpoints and
        models. {isFinal(state) ? '' : 'What runs is cancelled. '}
        There is no way back.
      </p>
      {deletion.error === null ? null : (
        <p className="danger" role="alert">
          {deletion.error.message}
        </p>
      )}
      <div className="row">
        <button
          type="button"
          className="danger"
          disabled={deletion.isPending}
          onClick={() => deletion.mutate(undefined, { onSuccess: () => void navigate('/') })}
        >
          Delete it
        </button>
        <button type="button" onClick={onClose}>
          Keep it
        </button>
      </div>
    </Dialog>
  );
}

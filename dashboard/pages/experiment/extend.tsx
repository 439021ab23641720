/** Gives an experiment more trials, or more time where its time is limited. One that has ended is taken up anew. */
import { useState, type SubmitEvent } from 'react';
import { useExtension } from '../../data/actions.ts';
import type { Experiment } from '../../data/queries.ts';
import { Dialog } from '../../parts/dialog.tsx';
import { counted, duration } from '../../parts/words.ts';

export function ExtendDialog({ experiment, onClose }: { readonly experiment: Experiment; readonly onClose: () => void }) {
  const { id, stopReason, maxTrials, durationSeconds, specification } = experiment;
  const extension = useExtension(id);
  const [trials, setTrials] = useState(stopReason === 'maxDuration' ? '' : String(maxTrials));
  const [seconds, setSeconds] = useState('');
  const submit = (event: SubmitEvent): void => {
    event.preventDefault();
    const further = {
      ...(trials === '' ? {} : { maxTrials: Number(trials) }),
      ...(seconds === '' ? {} : { maxDurationSeconds: Number(seconds) }),
    };
    extension.mutate(further, { onSuccess: onClose });
  };
  return (
    <Dialog title="Extend this experiment" onClose={onClose}>
      <form className="stack" onSubmit={submit}>
        <p className="soft small">
          It may run {counted(maxTrials)} trials so far, and has run for {duration(durationSeconds)}. One that has ended goes on where it
          was.
        </p>
        <div className="columns narrow">
          <label className="field">
            <span>Further trials</span>
            <input type="number" min={1} step={1} value={trials} onChange={({ target }) => setTrials(target.value)} />
          </label>
          {specification.maxDurationSeconds === undefined ? null : (
            <label className="field">
              <span>Further seconds</span>
              <input type="number" min={1} step="any" value={seconds} onChange={({ target }) => setSeconds(target.value)} />
            </label>
          )}
        </div>
        {extension.error === null ? null : (
          <p className="danger" role="alert">
            {extension.error.message}
          </p>
        )}
        <div className="row">
          <button type="submit" className="primary" disabled={extension.isPending || (trials === '' && seconds === '')}>
            Extend
          </button>
          <button type="button" onClick={onClose}>
            Cancel
          </button>
        </div>
      </form>
    </Dialog>
  );
}

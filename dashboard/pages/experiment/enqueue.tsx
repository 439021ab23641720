/** Asks for a configuration that is to run before further suggestions. */
import { useState, type SubmitEvent } from 'react';
import type { Params } from '../../../core/space.ts';
import { useEnqueue } from '../../data/actions.ts';
import type { Experiment } from '../../data/queries.ts';
import { Dialog } from '../../parts/dialog.tsx';
import { paramOf, ParameterField } from '../../parts/parameter-field.tsx';

export function EnqueueDialog({ experiment, onClose }: { readonly experiment: Experiment; readonly onClose: () => void }) {
  const { id, specification, incumbent } = experiment;
  const enqueue = useEnqueue(id);
  const [texts, setTexts] = useState<Readonly<Record<string, string>>>(() => textsOf(incumbent?.params ?? {}));
  const submit = (event: SubmitEvent): void => {
    event.preventDefault();
    const given = Object.entries(specification.space).flatMap(([name, parameter]) => {
      const value = parameter.type === 'constant' ? undefined : paramOf(parameter, texts[name] ?? '');
      return value === undefined ? [] : [[name, value] as const];
    });
    enqueue.mutate(Object.fromEntries(given), { onSuccess: onClose });
  };
  return (
    <Dialog title="Enqueue a configuration" onClose={onClose}>
      <form className="stack" onSubmit={submit}>
        <p className="soft small">It runs before further suggestions. The fields begin at the best configuration so far.</p>
        <div className="columns narrow">
          {Object.entries(specification.space).map(([name, parameter]) => (
            <ParameterField
              key={name}
              name={name}
              parameter={parameter}
              value={texts[name] ?? ''}
              onChange={(value) => setTexts({ ...texts, [name]: value })}
            />
          ))}
        </div>
        {enqueue.error === null ? null : (
          <p className="danger" role="alert">
            {enqueue.error.message}
          </p>
        )}
        <div className="row">
          <button type="submit" className="primary" disabled={enqueue.isPending}>
            Enqueue
          </button>
          <button type="button" onClick={onClose}>
            Cancel
          </button>
        </div>
      </form>
    </Dialog>
  );
}

function textsOf(params: Params): Record<string, string> {
  return Object.fromEntries(Object.entries(params).map(([name, value]) => [name, String(value)]));
}

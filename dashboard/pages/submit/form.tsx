/** The form itself. What the API refuses is said under the form; it can be tried without being run. */
import { useMutation } from '@tanstack/react-query';
import { useState, type SubmitEvent } from 'react';
import { useNavigate } from 'react-router';
import type { SearchSpace } from '../../../core/space.ts';
import { bodyOf } from '../../../client/connection.ts';
import { useApi } from '../../data/api.tsx';
import { drawIdempotencyKey } from '../../data/idempotency.ts';
import { AUTOMATIC, halving, submissionOf, type Draft } from './draft.ts';
import { RangeField } from './range-field.tsx';

interface FormProps {
  readonly trainingFunction: string;
  readonly space: SearchSpace;
  readonly canAblate: boolean;
  readonly initial: Draft;
}

const samplers = [AUTOMATIC, 'random', 'sobol', 'grid', 'tpe', 'gp'];
const schedulers = [AUTOMATIC, 'none', 'median', 'asha', 'hyperband'];
const kinds = { tune: 'tune: search for the best', train: 'train: one configuration', ablate: 'ablate: what each part is worth' } as const;

export function SubmissionForm({ trainingFunction, space, canAblate, initial }: FormProps) {
  const { client } = useApi();
  const navigate = useNavigate();
  const [draft, setDraft] = useState(initial);
  // The same form sent twice, by a double click or after a lost answer, is one experiment.
  const [key, setKey] = useState(drawIdempotencyKey);
  const change = (part: Partial<Draft>): void => {
    setDraft({ ...draft, ...part });
    setKey(drawIdempotencyKey());
  };
  const submit = useMutation({
    mutationFn: () => client.submit(submissionOf(draft, trainingFunction, space), key),
    onSuccess: (id) => navigate(`/experiments/${id}`),
  });
  const check = useMutation({
    mutationFn: () =>
      bodyOf(
        client.http.POST('/v1/experiments', { body: submissionOf(draft, trainingFunction, space), params: { query: { dryRun: true } } }),
      ),
  });
  const send = (event: SubmitEvent): void => {
    event.preventDefault();
    submit.mutate();
  };
  const error = submit.error ?? check.error;
  return (
    <form className="stack" onSubmit={send}>
      <section className="panel" aria-label="Experiment">
        <div className="columns narrow">
          <Choice
            name="Kind"
            value={draft.kind}
            choices={Object.keys(kinds).filter((kind) => kind !== 'ablate' || canAblate)}
            words={kinds}
            onChange={(kind) => change(isKind(kind) ? { kind } : {})}
          />
          <Text name="Name" value={draft.name} onChange={(name) => change({ name })} />
          <Text name="Tags, apart by spaces" value={draft.tags} onChange={(tags) => change({ tags })} />
          <Text name="Note" value={draft.note} onChange={(note) => change({ note })} />
        </div>
      </section>
      <section className="panel" aria-label="Search">
        <div className="columns narrow">
          {draft.kind === 'tune' ? (
            <>
              <Choice name="Sampler" value={draft.sampler} choices={samplers} onChange={(sampler) => change({ sampler })} />
              <Choice name="Scheduler" value={draft.scheduler} choices={schedulers} onChange={(scheduler) => change({ scheduler })} />
              {halving.includes(draft.scheduler) ? (
                <>
                  <Whole
                    name="Steps to the first rung"
                    value={draft.minResource}
                    hint="1"
                    onChange={(minResource) => change({ minResource })}
                  />
                  <Whole
                    name="One in so many goes on"
                    value={draft.reductionFactor}
                    hint="3"
                    onChange={(reductionFactor) => change({ reductionFactor })}
                  />
                </>
              ) : null}
              <Whole name="Trials" value={draft.maxTrials} hint="default" onChange={(maxTrials) => change({ maxTrials })} />
            </>
          ) : null}
          <Whole
            name="Trials at once, at most"
            value={draft.parallelism}
            hint="its share of the slots"
            onChange={(parallelism) => change({ parallelism })}
          />
          <Whole name="Replicates of each" value={draft.replicates} hint="default" onChange={(replicates) => change({ replicates })} />
          <Whole name="Seed" value={draft.seed} hint="drawn" onChange={(seed) => change({ seed })} />
        </div>
      </section>
      <section className="panel" aria-label="Parameters">
        <h2>Parameters</h2>
        {Object.entries(space).map(([name, parameter]) => {
          const range = draft.ranges[name];
          return range === undefined ? null : (
            <RangeField
              key={name}
              name={name}
              parameter={parameter}
              range={range}
              isSearch={draft.kind === 'tune'}
              onChange={(changed) => change({ ranges: { ...draft.ranges, [name]: changed } })}
            />
          );
        })}
      </section>
      {error === null ? null : (
        <div className="notice bad" role="alert">
          {error.message}
        </div>
      )}
      {check.data === undefined || error !== null ? null : (
        <div className="notice" role="status">
          It can be submitted as it stands.
        </div>
      )}
      <div className="row">
        <button type="submit" className="primary" disabled={submit.isPending}>
          Submit
        </button>
        <button type="button" disabled={check.isPending} onClick={() => check.mutate()}>
          Check without running
        </button>
      </div>
    </form>
  );
}

function isKind(text: string): text is Draft['kind'] {
  return text in kinds;
}

interface FieldProps {
  readonly name: string;
  readonly value: string;
  readonly onChange: (value: string) => void;
}

function Text({ name, value, onChange }: FieldProps) {
  return (
    <label className="field">
      <span>{name}</span>
      <input type="text" value={value} onChange={({ target }) => onChange(target.value)} />
    </label>
  );
}

function Whole({ name, value, hint, onChange }: FieldProps & { readonly hint: string }) {
  return (
    <label className="field">
      <span>{name}</span>
      <input type="number" min="0" step="1" placeholder={hint} value={value} onChange={({ target }) => onChange(target.value)} />
    </label>
  );
}

function Choice({
  name,
  value,
  choices,
  words = {},
  onChange,
}: FieldProps & { readonly choices: readonly string[]; readonly words?: Readonly<Record<string, string>> }) {
  return (
    <label className="field">
      <span>{name}</span>
      <select value={value} onChange={({ target }) => onChange(target.value)}>
        {choices.map((choice) => (
          <option key={choice} value={choice}>
            {words[choice] ?? choice}
          </option>
        ))}
      </select>
    </label>
  );
}

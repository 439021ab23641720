/** Submits an experiment: which training function, and a form that is made of what it declares. `?clone=` begins with another experiment. */
import { useQuery } from '@tanstack/react-query';
import { useApi } from '../../data/api.tsx';
import { experimentQuery, type Experiment } from '../../data/queries.ts';
import { functionsQuery, type TrainingFunction } from '../../data/worker-queries.ts';
import { Answer } from '../../parts/answer.tsx';
import { Blank } from '../../parts/blank.tsx';
import { Select } from '../../parts/controls.tsx';
import { useView } from '../../parts/view.ts';
import { cloneOf, emptyDraft } from './draft.ts';
import { SubmissionForm } from './form.tsx';

export function SubmitPage() {
  const { client } = useApi();
  const [clone] = useView('clone');
  const functions = useQuery(functionsQuery(client));
  const cloned = useQuery({ ...experimentQuery(client, clone), enabled: clone !== '' });
  return (
    <>
      <h1>Submit an experiment</h1>
      <Answer query={functions}>
        {(known) =>
          clone === '' ? (
            <Chosen functions={known} />
          ) : (
            <Answer query={cloned}>{(experiment) => <Cloned functions={known} experiment={experiment} />}</Answer>
          )
        }
      </Answer>
    </>
  );
}

function Chosen({ functions }: { readonly functions: readonly TrainingFunction[] }) {
  const [name, setName] = useView('function', functions[0]?.name);
  const chosen = functions.find((known) => known.name === name);
  const [version] = chosen?.versions ?? [];
  if (functions.length === 0)
    return <Blank>No worker has declared a training function yet: npx maggy worker --functions examples starts one.</Blank>;
  return (
    <>
      <Select name="Training function" choices={functions.map((known) => known.name)} value={name} onChange={setName} />
      {version === undefined ? (
        <Blank>No worker has declared a training function of this name.</Blank>
      ) : (
        <SubmissionForm
          key={name}
          trainingFunction={name}
          space={version.space}
          canAblate={version.ablatable !== undefined}
          initial={emptyDraft(version.space)}
        />
      )}
    </>
  );
}

function Cloned({ functions, experiment }: { readonly functions: readonly TrainingFunction[]; readonly experiment: Experiment }) {
  const { trainingFunction, specification } = experiment;
  const [version] = functions.find(({ name }) => name === trainingFunction)?.versions ?? [];
  const space = version?.space ?? specification.space;
  return (
    <>
      <p className="soft">
        Like {experiment.name ?? experiment.id}, with {trainingFunction}.
      </p>
      <SubmissionForm
        trainingFunction={trainingFunction}
        space={space}
        canAblate={experiment.kind === 'ablate' || version?.ablatable !== undefined}
        initial={cloneOf(experiment, space)}
      />
    </>
  );
}

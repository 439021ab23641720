/**
 * `maggy ablate`: what each part of a training function is worth. With `--dry-run` the plan of the study, each model built once: worked out
 * here, or by a server where the baseline is an experiment of that server. Else the study itself, on the workers of a server, and its answer.
 */
import { existsSync } from 'node:fs';
import { withLayers } from '../../core/ablation/surveyed.ts';
import { builtInCatalogue } from '../../core/catalogue.ts';
import type { Declaration } from '../../core/declaration.ts';
import { MaggyError } from '../../core/errors.ts';
import type { Submission } from '../../core/experiment.ts';
import { specify } from '../../core/specify.ts';
import type { AnyTrainingFunction } from '../../training/contract.ts';
import { loadTraining } from '../../training/load.ts';
import { survey } from '../../training/survey.ts';
import type { AblateFlags, AnswerFormat } from '../ablate-flags.ts';
import { planText, type Size } from '../ablation-plan.ts';
import { api } from '../api.ts';
import { parseDatasetOptions, parseNamedSettings } from '../assignments.ts';
import { UsageError } from '../failure.ts';
import { whenAskedToEnd } from '../signals.ts';
import { follow, requireCompleted } from './watch.ts';

export async function ablate(file: string, flags: AblateFlags): Promise<void> {
  if (!existsSync(file)) throw new UsageError(`${file}: there is no such file`);
  const { training, declaration } = await loadTraining(file);
  const submission = submissionOf(training, flags);
  if (!flags.dryRun) return study(submission, flags.format);
  await (submission.from === undefined ? showPlanHere(training, declaration, submission) : showPlanOfServer(submission));
}

/** Only what the command line names: all else is the incumbent's, or the default of the function that the workers hold. */
function submissionOf({ name, space }: AnyTrainingFunction, { ablation, set, start, dataset, fields }: AblateFlags): Submission {
  const asked = start.length === 0 ? ablation : { ...ablation, start: parseNamedSettings(start, space, '--start') };
  return {
    kind: 'ablate',
    trainingFunction: name,
    ...fields,
    ...(set.length === 0 ? {} : { hparams: parseNamedSettings(set, space, '--set') }),
    ...(asked === undefined ? {} : { ablation: asked }),
    ...(dataset.length === 0 ? {} : { dataset: parseDatasetOptions(dataset) }),
  };
}

async function study(submission: Submission, format: AnswerFormat): Promise<void> {
  const server = api();
  const id = await server.submit(submission).catch(refused);
  process.stderr.write(`experiment ${id}\n`);
  const result = await follow(server, id, whenAskedToEnd());
  const answer = {
    table: () => server.ablation(id),
    csv: () => server.ablation(id, 'text/csv'),
    json: async () => `${JSON.stringify(await server.study(id))}\n`,
  }[format];
  process.stdout.write(await answer());
  requireCompleted(result);
}

async function showPlanHere(training: AnyTrainingFunction, declaration: Declaration, submission: Submission): Promise<void> {
  const context = { id: 'planned', declaration, pool: 'default', seed: 1, catalogue: builtInCatalogue };
  const specification = specify(submission, await withLayers(submission, context, (question) => survey(training, question)));
  const components = specification.ablation?.components ?? [];
  const { components: sizes } = await survey(training, { params: {}, dataset: specification.dataset, components: [...components] });
  process.stdout.write(planText(specification, sizes));
  const refusals = sizes.filter((size) => 'refusal' in size).length;
  if (refusals > 0) throw new UsageError(`${refusals} of the components cannot be studied`);
}

/** The incumbent is known there. Components that cannot be studied are refused. */
async function showPlanOfServer(submission: Submission): Promise<void> {
  const { specification, unchecked } = await api().plan(submission).catch(refused);
  const sizes = specification.ablation?.components.map(({ parameters = null }): Size => ({ parameters })) ?? [];
  process.stdout.write(planText(specification, sizes));
  if (unchecked !== undefined) process.stdout.write(`Not checked: ${unchecked}\n`);
}

/** What the API finds wrong with a submission was given on the command line. */
function refused(error: unknown): never {
  throw error instanceof MaggyError && error.status === 400 ? new UsageError(error.message) : error;
}

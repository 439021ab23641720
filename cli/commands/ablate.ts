/**
 * `maggy ablate`: what each part of a training function is worth. With `--dry-run` the plan of the study, worked out here, each model built
 * once; else the study itself, on the workers of a server, and its answer.
 */
import { existsSync } from 'node:fs';
import type { Ablation, PlannedComponent } from '../../core/ablation/schema.ts';
import { builtInCatalogue } from '../../core/catalogue.ts';
import { MaggyError } from '../../core/errors.ts';
import type { Submission } from '../../core/experiment.ts';
import { specify } from '../../core/specify.ts';
import type { AnyTrainingFunction } from '../../training/contract.ts';
import { loadTraining } from '../../training/load.ts';
import { parseSettings } from '../assignments.ts';
import { apiKey, apiUrl } from '../environment.ts';
import { UsageError } from '../failure.ts';
import { Api } from '../http.ts';

export interface AblateFlags {
  /** What the command line names; undefined for what the training function declares. */
  readonly ablation: Ablation | undefined;
  readonly set: readonly string[];
  readonly replicates?: number;
  readonly seed?: number;
  readonly dryRun: boolean;
}

export async function ablate(file: string, flags: AblateFlags): Promise<void> {
  if (!existsSync(file)) throw new UsageError(`${file}: there is no such file`);
  const { training, declaration } = await loadTraining(file);
  const { ablation, replicates, seed } = flags;
  const submission: Submission = {
    kind: 'ablate',
    trainingFunction: training.name,
    hparams: parseSettings(flags.set, training.space),
    ...(ablation === undefined ? {} : { ablation }),
    ...(replicates === undefined ? {} : { replicates }),
    ...(seed === undefined ? {} : { seed }),
  };
  if (!flags.dryRun) return study(submission);
  const specification = specify(submission, { id: 'planned', declaration, pool: 'default', seed: 1, catalogue: builtInCatalogue });
  await showPlan(training, specification.ablation?.components ?? [], specification.replicates);
}

async function study(submission: Submission): Promise<void> {
  const api = new Api(apiUrl(), { apiKey: apiKey() });
  const id = await api.submit(submission);
  process.stdout.write(`experiment ${id}\n`);
  await api.follow(id, {
    onNews: ({ state, counts }) =>
      void process.stderr.write(`${state}: ${counts.completed} completed, ${counts.running} running, ${counts.failed} failed\n`),
  });
  process.stdout.write(await api.ablation(id));
}

async function showPlan(training: AnyTrainingFunction, components: readonly PlannedComponent[], replicates: number): Promise<void> {
  const rows: string[][] = [];
  let refused = 0;
  let before: number | undefined;
  for (const [at, { name, params, exclusion }] of components.entries()) {
    const first = at * replicates;
    const counted = await parametersOrReason(training, params, exclusion);
    if (typeof counted === 'string') refused += 1;
    else before ??= counted;
    rows.push([`${first}-${first + replicates - 1}`, name, typeof counted === 'number' ? `${before ?? counted} -> ${counted}` : counted]);
  }
  const lines = [['trials', 'component', 'parameters'], ...rows];
  const widths = [0, 1].map((column) => Math.max(...lines.map((line) => line[column]?.length ?? 0)));
  for (const line of lines)
    process.stdout.write(
      `${line
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd()}\n`,
    );
  process.stdout.write(`${components.length * replicates} trials, ${replicates} of each with the same seeds\n`);
  if (refused > 0) throw new UsageError(`${refused} of the components cannot be studied`);
}

/** How many, or why the component cannot be studied. */
async function parametersOrReason(
  training: AnyTrainingFunction,
  params: PlannedComponent['params'],
  exclusion: PlannedComponent['exclusion'],
): Promise<number | string> {
  try {
    return await training.countParameters(params, exclusion);
  } catch (error) {
    if (error instanceof MaggyError) return error.message;
    throw error;
  }
}

/**
 * `maggy ablate`: what each part of a training function is worth. With `--dry-run` the plan of the study, worked out here, each model built
 * once; else the study itself, on the workers of a server, and its answer.
 */
import { existsSync } from 'node:fs';
import { changesBetween } from '../../core/ablation/path.ts';
import type { Ablation, PlannedComponent } from '../../core/ablation/schema.ts';
import { withLayers } from '../../core/ablation/surveyed.ts';
import { builtInCatalogue } from '../../core/catalogue.ts';
import { MaggyError } from '../../core/errors.ts';
import type { Specification, Submission } from '../../core/experiment.ts';
import { specify } from '../../core/specify.ts';
import type { AnyTrainingFunction } from '../../training/contract.ts';
import { survey } from '../../training/survey.ts';
import { loadTraining } from '../../training/load.ts';
import { parseSettings } from '../assignments.ts';
import { api } from '../api.ts';
import { UsageError } from '../failure.ts';

export interface AblateFlags {
  /** What the command line names; undefined for what the training function declares. */
  readonly ablation: Ablation | undefined;
  readonly set: readonly string[];
  /** Where a path starts, as it differs from the defaults. */
  readonly start: readonly string[];
  readonly replicates?: number;
  readonly seed?: number;
  /** Experiment whose incumbent is the baseline, or where a path leads. */
  readonly from?: string;
  readonly dryRun: boolean;
}

export async function ablate(file: string, flags: AblateFlags): Promise<void> {
  if (!existsSync(file)) throw new UsageError(`${file}: there is no such file`);
  const { training, declaration } = await loadTraining(file);
  const { ablation, replicates, seed, from } = flags;
  const asked = flags.start.length === 0 ? ablation : { ...ablation, start: parseSettings(flags.start, training.space) };
  const submission: Submission = {
    kind: 'ablate',
    trainingFunction: training.name,
    hparams: parseSettings(flags.set, training.space),
    ...(asked === undefined ? {} : { ablation: asked }),
    ...(replicates === undefined ? {} : { replicates }),
    ...(seed === undefined ? {} : { seed }),
    ...(from === undefined ? {} : { from }),
  };
  if (!flags.dryRun) return study(submission);
  if (from !== undefined)
    throw new UsageError('--from names an experiment of a server, which shows the plan: POST /v1/experiments?dryRun=true');
  const context = { id: 'planned', declaration, pool: 'default', seed: 1, catalogue: builtInCatalogue };
  const specification = specify(submission, await withLayers(submission, context, (question) => survey(training, question)));
  await showPlan(training, specification);
}

async function study(submission: Submission): Promise<void> {
  const server = api();
  const id = await server.submit(submission);
  process.stdout.write(`experiment ${id}\n`);
  await server.wait(id, {
    onNews: ({ state, counts }) =>
      void process.stderr.write(`${state}: ${counts.completed} completed, ${counts.running} running, ${counts.failed} failed\n`),
  });
  process.stdout.write(await server.ablation(id));
}

async function showPlan(training: AnyTrainingFunction, { ablation, replicates, maxTrials, space }: Specification): Promise<void> {
  const { components = [], looks = [], mode } = ablation ?? {};
  const rows: string[][] = [];
  let refused = 0;
  let before: number | undefined;
  for (const [at, { name, params, exclusion }] of components.entries()) {
    const first = at * replicates;
    // Of a path the races come before what is measured, and how many trials they take is not known.
    const numbers = mode === 'path' ? '' : `${first}-${first + replicates - 1}`;
    const counted = await parametersOrReason(training, params, exclusion);
    if (typeof counted === 'string') refused += 1;
    if (typeof counted === 'number') before ??= counted;
    const shown = typeof counted === 'number' ? `${before ?? counted} -> ${counted}` : (counted ?? 'not known: no model is declared');
    rows.push([numbers, name, shown]);
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
  const [start, target] = components;
  if (mode === 'path' && start !== undefined && target !== undefined) {
    const changes = changesBetween(space, start.params, target.params).map(({ name }) => name);
    process.stdout.write(`${changes.length} changes, raced for their order: ${changes.join('; ')}\n`);
  }
  for (const look of looks.length > 1 ? looks : [])
    process.stdout.write(`look after ${look.replicates} replicates, at the level ${Number(look.level.toPrecision(3))}\n`);
  const isBound = mode === 'path' || looks.length > 1;
  process.stdout.write(
    `${isBound ? 'at most ' : ''}${maxTrials} trials, ${replicates} of each${isBound ? ' at first' : ''} with the same seeds\n`,
  );
  if (refused > 0) throw new UsageError(`${refused} of the components cannot be studied`);
}

/** How many, or why the component cannot be studied. */
async function parametersOrReason(
  training: AnyTrainingFunction,
  params: PlannedComponent['params'],
  exclusion: PlannedComponent['exclusion'],
): Promise<number | string | null> {
  try {
    return await training.countParameters(params, exclusion);
  } catch (error) {
    if (error instanceof MaggyError) return error.message;
    throw error;
  }
}

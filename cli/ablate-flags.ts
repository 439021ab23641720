/** What the command line of `maggy ablate` says; apart from the command, so that its help loads no TensorFlow. */
import type { Ablation } from '../core/ablation/schema.ts';
import type { Submission } from '../core/experiment.ts';

export const answerFormats = ['table', 'csv', 'json'] as const;
export type AnswerFormat = (typeof answerFormats)[number];

/** Of a submission, handed on as they are given. */
export type AblateFields = Pick<Submission, 'from' | 'replicates' | 'seed' | 'scheduler' | 'lockstep' | 'parallelism' | 'pool' | 'name'>;

export interface AblateFlags {
  /** What the command line names; undefined for what the training function declares. */
  readonly ablation: Ablation | undefined;
  readonly set: readonly string[];
  /** Where a path starts, as it differs from the defaults. */
  readonly start: readonly string[];
  /** Arguments of the dataset function. */
  readonly dataset: readonly string[];
  readonly fields: AblateFields;
  readonly format: AnswerFormat;
  readonly dryRun: boolean;
}

/**
 * Experiments whose trials are asked for over HTTP: no worker holds their training function, so the submission itself says
 * what a declaration would.
 */
import type { Declaration } from './declaration.ts';
import { invalid } from './errors.ts';
import type { Specification, Submission } from './experiment.ts';
import { defaultParams } from './params.ts';
import { validateSpace } from './space-validation.ts';

/** Stands for the pool: whoever asks is in it. */
export const askersPool = 'askers';

/** Stands for the content hash of a training function that nobody has registered. */
export const askedHash = 'asked';

export function isAsked({ execution }: Pick<Specification | Submission, 'execution'>): boolean {
  return execution === 'ask';
}

/**
 * The declaration that a submission with `execution: "ask"` amounts to.
 * @throws MaggyError `invalid` for what only workers can keep, and where nothing says what is searched
 */
export function askedDeclaration({ kind, trainingFunction, space, pool, maxSilenceSeconds }: Submission): Declaration {
  const rule = 'must be absent when execution is "ask"';
  if (pool !== undefined) throw invalid('pool', `${rule}: whoever asks runs the trials`, pool);
  if (maxSilenceSeconds !== undefined) throw invalid('maxSilenceSeconds', `${rule}: only the lease counts there`, maxSilenceSeconds);
  if (kind === 'tune' && space === undefined) {
    throw invalid('space', 'is required when execution is "ask", because no worker declares the training function', undefined);
  }
  const declared = validateSpace(space ?? {});
  return { name: trainingFunction, hash: askedHash, space: declared, metric: 'value', defaults: defaultParams(declared), source: '' };
}

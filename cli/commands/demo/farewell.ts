/** What the demo leaves its reader with: the best trial, what early stopping spared, and how to go on. */
import type { Submission } from '../../../core/experiment.ts';
import { describeParams } from '../../../core/in-words.ts';
import type { ResultDocument, TrialRow } from '../../../core/results.ts';

interface Ended {
  readonly result: ResultDocument;
  readonly trials: readonly TrialRow[];
  readonly metric: string;
  readonly submission: Submission;
  /** Whether `npm start` finds these results. */
  readonly isKept: boolean;
}

const later = 'http://127.0.0.1:8080';

export function farewell({ result, trials, metric, submission, isKept }: Ended): string {
  const { counts, resource, durationSeconds } = result;
  return [
    '',
    ...best(result, trials, metric),
    `${trials.length} trials in ${durationSeconds.toFixed(0)} s: ${counts.completed} completed, ${counts.stopped} stopped early, ${counts.failed} failed; ` +
      `${resource.used} epochs trained, ${resource.saved} saved.`,
    '',
    ...(isKept
      ? resultsKept(result.id)
      : ['The results end here as well, because another stack has the data of this folder. With npm start:']),
    `  OpenAPI docs  ${later}/docs and ${later}/openapi.json`,
    '  the same again, on the stack that stays:',
    `                curl -X POST ${later}/v1/experiments -H 'content-type: application/json' -d '${JSON.stringify(submission)}'`,
  ].join('\n');
}

function best({ incumbent }: ResultDocument, trials: readonly TrialRow[], metric: string): string[] {
  if (incumbent === null) return ['No trial reported anything.'];
  const { number, value, params } = incumbent;
  const epochs = trials[number]?.lastStep ?? 0;
  return [`Best: trial ${number}, ${metric} ${value.toFixed(4)} after ${epochs} epochs`, `      ${describeParams(params)}`];
}

function resultsKept(id: string): string[] {
  const self = `${later}/v1/experiments/${id}`;
  return [
    'The demo and its servers end here; the results are kept. To read them, run npm start, and then:',
    `  result        curl ${self}/result`,
    `  best trials   curl '${self}/trials?sort=value&order=descending&limit=5'`,
  ];
}

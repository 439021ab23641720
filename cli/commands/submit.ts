/** `maggy submit`: a submission out of a file and flags, sent to an API, which checks it. */
import { readFile } from 'node:fs/promises';
import { text } from 'node:stream/consumers';
import { parse, YAMLParseError } from 'yaml';
import { MaggyError } from '../../core/errors.ts';
import type { Submission } from '../../core/experiment.ts';
import { isRecord } from '../../core/schema-words.ts';
import { api } from '../api.ts';
import { UsageError } from '../failure.ts';
import { watch } from './watch.ts';

interface SubmitOptions {
  readonly idempotencyKey?: string | undefined;
  readonly watch: boolean;
  readonly json: boolean;
}

/**
 * @param what name of a training function, or a file
 * @param fields those that flags name, which go before those of the file
 */
export async function submit(what: string | undefined, fields: Partial<Submission>, options: SubmitOptions): Promise<void> {
  const submission = { kind: 'tune', ...(await given(what)), ...fields };
  if (!isSubmission(submission)) throw new UsageError('name a training function, or a file that does: maggy submit mnist-cnn');
  const id = await api()
    .submit(submission, options.idempotencyKey)
    .catch((error: unknown) => {
      // What the API finds wrong with it was given here.
      throw error instanceof MaggyError && error.status === 400 ? new UsageError(error.message) : error;
    });
  if (!options.watch) {
    process.stdout.write(`${options.json ? JSON.stringify({ id, submission }) : id}\n`);
    return;
  }
  process.stderr.write(`experiment ${id}\n`);
  await watch(id, options);
}

async function given(what: string | undefined): Promise<Record<string, unknown>> {
  if (what === undefined) return {};
  if (what !== '-' && !/\.(json|ya?ml)$/i.test(what)) return { trainingFunction: what };
  const content = what === '-' ? await text(process.stdin) : await readSubmission(what);
  try {
    // JSON is YAML.
    const submission: unknown = parse(content);
    if (isRecord(submission)) return submission;
  } catch (error) {
    if (!(error instanceof YAMLParseError)) throw error;
    throw new UsageError(`${what}: is neither JSON nor YAML: ${error.message.split('\n')[0] ?? ''}`);
  }
  throw new UsageError(`${what}: must hold a submission, such as { "trainingFunction": "mnist-cnn", "maxTrials": 20 }`);
}

async function readSubmission(file: string): Promise<string> {
  return readFile(file, 'utf8').catch((error: unknown) => {
    const reason = error instanceof Error && 'code' in error && error.code === 'ENOENT' ? 'there is no such file' : String(error);
    throw new UsageError(`${file}: ${reason}`);
  });
}

/** All that is known here; the API checks the rest, and names what is wrong. */
function isSubmission(value: { readonly trainingFunction?: unknown }): value is Submission {
  return typeof value.trainingFunction === 'string';
}

/** What flags of several commands share: their values, checked, and their help. */
import { InvalidArgumentError, Option } from 'commander';
import { builtInCatalogue, type AlgorithmChoice } from '../../core/catalogue.ts';
import type { Submission } from '../../core/experiment.ts';
import { backendNames } from '../../training/backends/backend.ts';
import { parseDatasetOptions } from '../assignments.ts';
import { readPort } from '../environment.ts';

/** Below the help of a command that joins a deployment. */
export const surroundings = `
The environment says the rest: REDIS_URL (where absent, the Redis of a stack that runs in this folder, else redis://127.0.0.1:6379),
MAGGY_PREFIX of all keys, MAGGY_STORE for the folder of checkpoints and models, LOG_LEVEL.`;

/** Below the help of a command that asks an API. */
export const askedApi = '\nThe API that is asked: MAGGY_URL, else that of a stack that runs in this folder, else http://127.0.0.1:8080.\n';

const schedulers = builtInCatalogue.schedulers.map(({ type }) => type).join(', ');
/** Help of `--scheduler`. */
export const schedulerWords = `what ends trials early: ${schedulers}, or one of your own`;

export function collect(item: string, items: readonly string[] = []): string[] {
  return [...items, item];
}

export function positiveInteger(text: string): number {
  return integer(text, 1);
}

export function wholeNumber(text: string): number {
  return integer(text, 0);
}

function integer(text: string, least: number): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || !Number.isSafeInteger(value) || value < least)
    throw new InvalidArgumentError(`Must be an integer of at least ${least}.`);
  return value;
}

export function fraction(text: string): number {
  const value = Number(text);
  if (!/^\d*\.?\d+$/.test(text) || value <= 0 || value > 1) throw new InvalidArgumentError('Must be a number above 0 and at most 1.');
  return value;
}

export function positiveNumber(text: string): number {
  const value = Number(text);
  if (text.trim() === '' || !Number.isFinite(value) || value <= 0) throw new InvalidArgumentError('Must be a number above 0.');
  return value;
}

export function portNumber(text: string): number {
  const value = readPort(text);
  if (value === undefined) throw new InvalidArgumentError('Must be a port from 0 to 65535.');
  return value;
}

export function algorithm(text: string): AlgorithmChoice {
  const { head, options } = listed(text);
  return { type: head, ...options };
}

export function lockstep(text: string): NonNullable<Submission['lockstep']> {
  const { head, options } = listed(text);
  return { worldSize: positiveInteger(head), ...options };
}

/** `asha,maxResource=9`: a word and options, whose values are JSON or plain text. */
function listed(text: string): { readonly head: string; readonly options: Record<string, unknown> } {
  const [head = '', ...options] = text.split(',');
  if (head === '' || head.includes('=')) throw new InvalidArgumentError('Must have the form type,option=value,option=value.');
  const malformed = options.find((option) => option.indexOf('=') < 1);
  if (malformed !== undefined) throw new InvalidArgumentError(`Must have the form type,option=value: ${malformed} has no value.`);
  return { head, options: parseDatasetOptions(options) };
}

export function backendOption(): Option {
  return new Option('--backend <name>', 'what computes, where it loads').choices(backendNames);
}

export function examples(...lines: string[]): string {
  return `\nExamples:\n${lines.map((line) => `  $ ${line}`).join('\n')}\n`;
}

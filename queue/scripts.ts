/**
 * The Lua scripts by name. Each file's head states its arguments and answers; the `lib.lua` of its folder stands before every one. An
 * answer is a list whose first member is a word; the callers in this room turn words into values or errors.
 */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { Redis } from 'ioredis';
import { MaggyError } from '../core/errors.ts';

const names = [
  'submit',
  'takeover',
  'commit',
  'start',
  'report',
  'renew',
  'time-out-decision',
  'finish',
  'register-files',
  'output',
  'release',
  'record-rank',
  'publish',
  'page',
  'save-snapshot',
  'control',
  'purge',
  'archive',
  'lockstep/offer',
  'lockstep/place',
  'lockstep/withdraw',
  'lockstep/take-part',
  'lockstep/close',
  'lockstep/leave',
] as const;
export type ScriptName = (typeof names)[number];

interface Script {
  readonly source: string;
  readonly sha: string;
}

function load(): Map<ScriptName, Script> {
  const read = (name: string): string => readFileSync(new URL(`scripts/${name}.lua`, import.meta.url), 'utf8');
  const libraries = { '': read('lib'), 'lockstep/': read('lockstep/lib') };
  return new Map(
    names.map((name) => {
      const source = `${libraries[name.startsWith('lockstep/') ? 'lockstep/' : '']}\n${read(name)}`;
      return [name, { source, sha: createHash('sha1').update(source).digest('hex') }];
    }),
  );
}

const scripts = load();

/** The word of an answer and what follows it. */
export interface Answer {
  readonly word: string;
  readonly rest: readonly (string | number)[];
}

/** Runs one script on the experiment whose guard key is given, or on the lockstep groups whose base is. */
export async function runScript(redis: Redis, name: ScriptName, key: string, args: readonly (string | number)[]): Promise<Answer> {
  const script = scripts.get(name);
  if (script === undefined) throw new MaggyError('internal', `there is no script named ${name}`);
  let answer: unknown;
  try {
    answer = await redis.evalsha(script.sha, 1, key, ...args);
  } catch (error) {
    if (!(error instanceof Error && error.message.startsWith('NOSCRIPT'))) throw error;
    answer = await redis.eval(script.source, 1, key, ...args);
  }
  return parseAnswer(name, answer);
}

function parseAnswer(name: ScriptName, answer: unknown): Answer {
  if (Array.isArray(answer) && typeof answer[0] === 'string' && answer.every(isScalar)) {
    return { word: answer[0], rest: answer.slice(1) };
  }
  throw new MaggyError('internal', `script ${name} gave an answer of the wrong shape`, { value: answer });
}

function isScalar(value: unknown): value is string | number {
  return typeof value === 'string' || typeof value === 'number';
}

/** An answer that the caller has no case for. */
export function unexpected(name: ScriptName, answer: Answer): MaggyError {
  return new MaggyError('internal', `script ${name} answered ${answer.word}, which its caller does not know`, { value: answer.rest });
}

/**
 * Where the stack of `npm start` serves, written down for commands that a person gives beside it in the same folder: a further worker,
 * a replay.
 */
import { readFileSync } from 'node:fs';
import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import Type, { type Static } from 'typebox';
import { compileSchema } from '../../core/validate.ts';

const RunningStack = Type.Object({ pid: Type.Integer(), url: Type.String(), redisUrl: Type.String() });
export type RunningStack = Static<typeof RunningStack>;

const parse = compileSchema(RunningStack);

function fileIn(folder: string): string {
  return join(folder, '.maggy', 'stack.json');
}

/** Resolves with a function that takes the note away again. */
export async function noteRunningStack(folder: string, stack: RunningStack): Promise<() => Promise<void>> {
  const file = fileIn(folder);
  await mkdir(dirname(file), { recursive: true });
  // Redis's address may hold a password.
  await writeFile(`${file}.${process.pid}`, JSON.stringify(stack), { mode: 0o600 });
  await rename(`${file}.${process.pid}`, file);
  return () => rm(file, { force: true });
}

/** The stack that runs in this folder, if one does. */
export function runningStack(folder: string): RunningStack | undefined {
  try {
    const stack = parse(JSON.parse(readFileSync(fileIn(folder), 'utf8')));
    process.kill(stack.pid, 0);
    return stack;
  } catch {
    // No file, one that a crash left behind, or one cut short: nothing runs that could be used.
    return undefined;
  }
}

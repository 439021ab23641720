/**
 * A server program that this machine can run, and how to find one on the PATH.
 * Redis and Valkey answer to the same commands; whichever is found first serves.
 */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const run = promisify(execFile);

export interface ServerProgram {
  /** Name on the PATH, or absolute path. */
  readonly command: string;
  /** Folders with shared libraries that the program needs and the system does not have. */
  readonly libraryFolders: readonly string[];
}

/** The program on the PATH, or undefined where there is none that runs. */
export async function findOnPath(): Promise<ServerProgram | undefined> {
  for (const command of ['redis-server', 'valkey-server']) {
    const program = { command, libraryFolders: [] };
    if (await runs(program)) return program;
  }
  return undefined;
}

export async function runs(program: ServerProgram): Promise<boolean> {
  const [file, ...args] = commandLine(program, ['--version']);
  return run(file, args).then(
    () => true,
    () => false,
  );
}

/** What to execute: `env` adds the library folders, so that nothing here reads this process's environment. */
export function commandLine(program: ServerProgram, args: readonly string[]): [string, ...string[]] {
  if (program.libraryFolders.length === 0) return [program.command, ...args];
  return ['env', `LD_LIBRARY_PATH=${program.libraryFolders.join(':')}`, program.command, ...args];
}

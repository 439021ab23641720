/**
 * One process of a stack: this program with another command, bound to its owner by a channel, writing to a log file that keeps what
 * earlier runs wrote. It has a process group of its own, because Ctrl-C in a terminal is for the owner, who ends the others in order.
 */
import { spawn, type ChildProcess, type StdioOptions } from 'node:child_process';
import { open, rename, stat } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { MaggyError } from '../../core/errors.ts';
import { ownedVariable, parseOwnedMessage } from './ownership.ts';

const program = fileURLToPath(new URL('../maggy.mjs', import.meta.url));

export interface OwnedProcessOptions {
  /** Of the process and of its log file. */
  readonly name: string;
  /** Command and arguments of `maggy`. */
  readonly command: readonly string[];
  readonly env: NodeJS.ProcessEnv;
  readonly logFolder: string;
  /** Told what it has to say to the person at the terminal, line by line. */
  readonly onNotice?: (line: string) => void;
}

/** A log that has grown to so much is put aside at the next start, in the place of the one before it. */
const fullLogBytes = 10 * 2 ** 20;

export class OwnedProcess {
  readonly name: string;
  readonly logFile: string;
  readonly pid: number;
  readonly #child: ChildProcess;
  readonly #ended: Promise<string>;
  readonly #ready: Promise<string | undefined>;
  #reason: string | undefined;

  private constructor(name: string, logFile: string, child: ChildProcess, onNotice: (line: string) => void) {
    this.name = name;
    this.logFile = logFile;
    this.#child = child;
    this.pid = child.pid ?? Number.NaN;
    this.#ended = new Promise((resolve) => {
      child.once('exit', (code, signal) => resolve(signal ?? `exit code ${code ?? 'unknown'}`));
      child.once('error', (error) => resolve(error.message));
    });
    this.#ready = new Promise((resolve) => {
      child.on('message', (message) => {
        const told = parseOwnedMessage(message, name);
        if (told.type === 'failed') this.#reason = told.message;
        else if (told.type === 'notice') onNotice(told.line);
        else resolve(told.url);
      });
    });
  }

  static async start({ name, command, env, logFolder, onNotice = () => undefined }: OwnedProcessOptions): Promise<OwnedProcess> {
    const logFile = join(logFolder, `${name}.log`);
    await putAsideIfFull(logFile);
    const log = await open(logFile, 'a');
    try {
      const stdio: StdioOptions = ['ignore', log.fd, log.fd, 'ipc'];
      const child = spawn(process.execPath, [program, ...command], { env: { ...env, [ownedVariable]: '1' }, detached: true, stdio });
      return new OwnedProcess(name, logFile, child, onNotice);
    } finally {
      await log.close();
    }
  }

  /** Resolves when the process ends: why, in words for people. */
  async failure(): Promise<MaggyError> {
    const how = await this.#ended;
    const message = this.#reason ?? `${this.name} ended by itself (${how}); its log is ${relative(process.cwd(), this.logFile)}`;
    return new MaggyError('internal', message);
  }

  /** Resolves when the process serves, with the URL where it listens at one. */
  ready(): Promise<string | undefined> {
    return this.#ready;
  }

  /** Asks it to end, makes it end after the grace, and resolves once it is gone. */
  async stop(graceMs: number): Promise<void> {
    this.#child.kill('SIGTERM');
    const timer = setTimeout(() => this.kill(), graceMs);
    await this.#ended;
    clearTimeout(timer);
  }

  kill(): void {
    this.#child.kill('SIGKILL');
  }

  async ended(): Promise<void> {
    await this.#ended;
  }
}

async function putAsideIfFull(logFile: string): Promise<void> {
  const size = await stat(logFile).then(
    (stats) => stats.size,
    () => 0,
  );
  if (size >= fullLogBytes) await rename(logFile, `${logFile}.1`);
}

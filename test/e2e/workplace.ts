/** A folder in this checkout with training functions in it, and the `maggy` command as a person gives it there. */
import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { copyFile, cp, mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';

const checkout = fileURLToPath(new URL('../..', import.meta.url));
export const mnistFile = join(checkout, 'examples/mnist-cnn.ts');

export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export class Workplace {
  readonly folder: string;
  readonly functions: string;
  readonly #env: NodeJS.ProcessEnv;

  private constructor(folder: string, env: NodeJS.ProcessEnv) {
    this.folder = folder;
    this.functions = join(folder, 'functions');
    this.#env = env;
  }

  /** Below the checkout, so that the functions find the packages they import; removed by `remove`. */
  static async create(env: NodeJS.ProcessEnv = {}): Promise<Workplace> {
    const place = new Workplace(join(checkout, '.maggy', `test-${randomUUID()}`), env);
    await cp(fileURLToPath(new URL('functions', import.meta.url)), place.functions, { recursive: true });
    await mkdir(join(place.functions, 'data'));
    await copyFile(mnistFile, join(place.functions, 'mnist-cnn.ts'));
    await copyFile(join(checkout, 'examples/data/digits.ts'), join(place.functions, 'data/digits.ts'));
    return place;
  }

  async remove(): Promise<void> {
    await rm(this.folder, { recursive: true, force: true });
  }

  /** Starts `maggy` here; it is killed when the test ends. */
  start(...args: string[]): ChildProcessWithoutNullStreams {
    const child = spawn(process.execPath, [join(checkout, 'cli/maggy.mjs'), ...args], {
      cwd: this.folder,
      env: { ...process.env, ...this.#env },
    });
    onTestFinished(() => void child.kill('SIGKILL'));
    return child;
  }

  /** Runs `maggy` here to its end. */
  async maggy(...args: string[]): Promise<Ended> {
    return whenEnded(this.start(...args));
  }

  /** Runs a script's text here, as an ES module. */
  async script(text: string): Promise<Ended> {
    const child = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '--eval', text], { cwd: this.folder });
    onTestFinished(() => void child.kill('SIGKILL'));
    return whenEnded(child);
  }
}

/** What a process printed, once it is gone. */
export async function whenEnded(child: ChildProcessWithoutNullStreams): Promise<Ended> {
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, stdout, stderr };
}

/**
 * Redis from the package of Debian or Ubuntu, without root and without installing anything: apt downloads the package and what it
 * needs beyond what is installed, dpkg unpacks them into a folder. apt's own resolver says what is needed, because names differ between
 * releases.
 */
import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdir, readdir, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { MaggyError } from '../../core/errors.ts';
import { isProcessAlive } from './process-alive.ts';
import { runs } from './program.ts';
import type { ServerProgram } from './program.ts';

const run = promisify(execFile);

/** Bounds one call of apt on a machine without network, which would otherwise try for many minutes. */
const aptTimeoutMs = 180_000;

/**
 * The server unpacked under `folder`, downloaded where it is not there yet.
 * @throws MaggyError `unavailable`, when this machine has no apt or apt cannot get the package; the message is the reason.
 */
export async function obtainDebianPackage(folder: string, log: (line: string) => void): Promise<ServerProgram> {
  const unpacked = await unpackedProgram(folder);
  if (unpacked !== undefined) return unpacked;
  if (!(await hasApt())) throw new MaggyError('unavailable', 'this system has no apt-get and dpkg');

  await mkdir(dirname(folder), { recursive: true });
  await removeAbandoned(folder);
  const partial = `${folder}.partial-${process.pid}-${randomUUID()}`;
  await mkdir(partial);
  try {
    log('Downloading Redis with apt-get download (nothing is installed)');
    const packages = await download(partial);
    const tree = join(partial, 'tree');
    for (const file of packages) await run('dpkg', ['-x', file, tree]);
    if ((await unpackedProgram(tree)) === undefined) throw new MaggyError('unavailable', 'the downloaded redis-server does not run');
    await moveIntoPlace(tree, folder);
  } finally {
    await rm(partial, { recursive: true, force: true });
  }
  const program = await unpackedProgram(folder);
  if (program === undefined) throw new MaggyError('unavailable', `the redis-server unpacked in ${folder} does not run`);
  return program;
}

/** The program in an unpacked tree; undefined unless it is there and runs. */
async function unpackedProgram(tree: string): Promise<ServerProgram | undefined> {
  const entries = await readdir(tree, { recursive: true, withFileTypes: true }).catch(() => []);
  const libraryFolders = [...new Set(entries.filter((entry) => /\.so(\.|$)/.test(entry.name)).map((entry) => entry.parentPath))];
  const program = { command: join(tree, 'usr', 'bin', 'redis-server'), libraryFolders };
  return (await runs(program)) ? program : undefined;
}

/**
 * The first process to finish wins: a tree that stands there already and runs is left alone, because servers may be running from it.
 * Nothing is removed before a rename has found it there, so that nobody loses the tree that was moved into place a moment ago.
 */
async function moveIntoPlace(tree: string, folder: string): Promise<void> {
  await rename(tree, folder).catch(async () => {
    if ((await unpackedProgram(folder)) !== undefined) return;
    await rm(folder, { recursive: true, force: true });
    await rename(tree, folder);
  });
}

/** Removes what processes that died in the middle of a download have left. */
async function removeAbandoned(folder: string): Promise<void> {
  for (const name of await readdir(dirname(folder))) {
    const pid = name.startsWith(`${basename(folder)}.partial-`) ? /\.partial-(\d+)-/.exec(name)?.[1] : undefined;
    if (pid !== undefined && !isProcessAlive(Number(pid))) await rm(join(dirname(folder), name), { recursive: true, force: true });
  }
}

async function hasApt(): Promise<boolean> {
  return Promise.all([run('apt-get', ['--version']), run('dpkg', ['--version'])]).then(
    () => true,
    () => false,
  );
}

/**
 * Downloads into `folder`; answers with the package files. Package lists that are absent (a container image) or too old for what the
 * mirror still has are read anew, into `folder` and not into the system's place, which needs no root and changes nothing there.
 */
async function download(folder: string): Promise<string[]> {
  const packages = join(folder, 'packages');
  await mkdir(packages);
  try {
    await downloadMissing(packages, []);
  } catch {
    const ownLists = ['-o', `Dir::State::Lists=${join(folder, 'lists')}`, '-o', `Dir::Cache=${join(folder, 'cache')}`];
    await mkdir(join(folder, 'lists', 'partial'), { recursive: true });
    await mkdir(join(folder, 'cache', 'archives', 'partial'), { recursive: true });
    // A source that fails may be one that Redis does not come from; the next step tells.
    await apt(folder, [...ownLists, 'update']).catch(() => undefined);
    await downloadMissing(packages, ownLists);
  }
  return (await readdir(packages)).filter((name) => name.endsWith('.deb')).map((name) => join(packages, name));
}

async function downloadMissing(folder: string, options: readonly string[]): Promise<void> {
  // "--reinstall" lists the server even where dpkg knows it, though it is not on this process's PATH.
  const roots = ['redis-server', 'redis-tools'];
  const plan = await apt(folder, [...options, 'install', '--simulate', '--reinstall', '--no-install-recommends', ...roots]);
  const names = [...plan.matchAll(/^Inst (\S+)/gm)].flatMap((match) => match[1] ?? []);
  if (names.length === 0) throw new MaggyError('unavailable', 'apt-get knows no package redis-server');
  await apt(folder, [...options, 'download', ...names]);
}

async function apt(cwd: string, args: readonly string[]): Promise<string> {
  // As root, apt would fetch as the user _apt, who may not write to a folder of ours.
  const options = ['-q', '-o', 'APT::Sandbox::User=root'];
  try {
    const { stdout } = await run('env', ['LC_ALL=C', 'apt-get', ...options, ...args], { cwd, timeout: aptTimeoutMs, maxBuffer: 2 ** 26 });
    return stdout;
  } catch (error) {
    const stderr = error instanceof Error && 'stderr' in error ? String(error.stderr) : '';
    const reason = /^E: (.*)$/m.exec(stderr)?.[1] ?? 'it failed without saying why';
    throw new MaggyError('unavailable', `apt-get: ${reason}`, { cause: error });
  }
}

/**
 * One private server: on a Unix socket that only this user can open, ended with its owner by supervise.sh.
 * Where its program comes from, and whether anybody else uses its data folder, are others' concern.
 */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, open } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { MaggyError } from '../../core/errors.ts';
import { probe } from './probe.ts';
import { commandLine } from './program.ts';
import type { ServerProgram } from './program.ts';

const supervisor = fileURLToPath(new URL('supervise.sh', import.meta.url));

/** Bounds the replay of a long append-only file, not an ordinary start, which takes some 50 ms. */
const startTimeoutMs = 60_000;
/** How long a server may take to write out its data before it is killed. */
const stopGraceSeconds = 10;

/** `always`: every acknowledged write survives a crash; `everysec`: at most the last second is lost; `no`: nothing is kept. */
export type AppendOnly = 'always' | 'everysec' | 'no';

export interface PrivateServer {
  /** Path of the Unix socket, in the form that ioredis takes. */
  readonly url: string;
  /** Ends the server and resolves once it is gone. May be called again. */
  readonly stop: () => Promise<void>;
}

/** A fresh folder for a socket. Addresses of Unix sockets hold about 100 bytes, so it lies in the system's temporary folder. */
export async function createSocketFolder(): Promise<string> {
  const longestTemporaryFolder = 70;
  const base = Buffer.byteLength(tmpdir()) <= longestTemporaryFolder ? tmpdir() : '/tmp';
  return mkdtemp(join(base, 'maggy-redis-'));
}

export function socketIn(folder: string): string {
  return join(folder, 'redis.sock');
}

/**
 * Starts a server and waits until it serves.
 * @param dataFolder holds the append-only file and the log; it is removed with the server if `ephemeral`.
 * @throws MaggyError `unavailable` with the end of the server's log, when it does not start.
 */
export async function startPrivateServer(
  program: ServerProgram,
  options: { dataFolder: string; socketFolder: string; ephemeral: boolean; appendonly: AppendOnly },
): Promise<PrivateServer> {
  const { dataFolder, socketFolder, ephemeral } = options;
  await mkdir(dataFolder, { recursive: true });
  const url = socketIn(socketFolder);
  const command = commandLine(program, serverArguments(url, dataFolder, options.appendonly));
  const logFile = await open(join(dataFolder, 'redis.log'), 'w+');
  const child = spawn('sh', [supervisor, String(stopGraceSeconds), socketFolder, ephemeral ? dataFolder : '', ...command], {
    // A file and not a pipe: an owner that is frozen, and reads nothing, must not block the server.
    stdio: ['pipe', logFile.fd, logFile.fd],
    // A group of its own: Ctrl-C goes to the owner, which may need Redis to shut down in order.
    detached: true,
  });
  const ended = once(child, 'exit');
  const stop = async (): Promise<void> => {
    // An owner that ends right after stop still waits for the server to be gone.
    child.ref();
    child.stdin?.destroy();
    await ended;
  };
  const waiting = new AbortController();
  try {
    await Promise.race([probe(url, startTimeoutMs, waiting.signal), ended.then(() => refuseStart(dataFolder, logFile))]);
  } catch (error) {
    await stop();
    throw error;
  } finally {
    waiting.abort();
    await logFile.close();
  }
  letOwnerExit(child);
  return { url, stop };
}

function serverArguments(socket: string, dataFolder: string, appendonly: AppendOnly): string[] {
  const settings: Record<string, string> = {
    port: '0',
    unixsocket: socket,
    unixsocketperm: '700',
    dir: dataFolder,
    // Standard output.
    logfile: '',
    daemonize: 'no',
    // Snapshots would double what the append-only file holds.
    save: '',
    appendonly: appendonly === 'no' ? 'no' : 'yes',
    appendfsync: appendonly === 'no' ? 'everysec' : appendonly,
    'maxmemory-policy': 'noeviction',
  };
  return Object.entries(settings).flatMap(([name, value]) => [`--${name}`, value]);
}

/** The log is read through the open file, for the supervisor may have removed its folder by now. */
async function refuseStart(dataFolder: string, logFile: FileHandle): Promise<never> {
  const { buffer, bytesRead } = await logFile.read({ buffer: Buffer.alloc(65_536), position: 0 });
  const lines = buffer.toString('utf8', 0, bytesRead).trimEnd().split('\n');
  throw new MaggyError('unavailable', `Redis ended while it started in ${dataFolder}: ${lines.slice(-3).join(' | ')}`);
}

/** The server never keeps its owner alive: an owner that has nothing left to do ends, and the server with it. */
function letOwnerExit(child: ChildProcess): void {
  child.unref();
  if (child.stdin instanceof Socket) child.stdin.unref();
}

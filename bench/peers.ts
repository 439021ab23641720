/**
 * Other tuners put through the same work in the same run: scripts in a folder with a `run` command that prints one JSON object
 * a line. Where the folder or what it needs is missing, a benchmark prints its own figures alone.
 */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const PEER_TIMEOUT_MS = 300_000;

/** Where the peers' scripts and results lie, if anywhere. */
export function peersFolder(): string {
  return resolve(process.env.MAGGY_PEERS ?? '../shared/peers');
}

export async function runPeer(script: string, args: readonly string[]): Promise<Record<string, unknown> | null> {
  const command = join(peersFolder(), 'run');
  if (!existsSync(command)) return null;
  try {
    const { stdout } = await run(command, [script, ...args], { timeout: PEER_TIMEOUT_MS });
    return JSON.parse(stdout.trim().split('\n').at(-1) ?? '') as Record<string, unknown>;
  } catch (error) {
    console.error(`peer ${script} did not run: ${error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error)}`);
    return null;
  }
}

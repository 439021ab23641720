/**
 * Chooses what computes, at the start of a process: the first back end of the list that loads. One that does not is skipped, and why is kept,
 * because "why does this train on the CPU" is the question people then have.
 */

import { invalid, MaggyError } from '../../core/errors.ts';
import { backendNames, type Backend, type BackendName, type LoadedBackend } from './backend.ts';
import { cpu } from './cpu.ts';
import { nativeCpu, nativeGpu } from './native.ts';
import { wasm } from './wasm.ts';
import { webgpu } from './webgpu.ts';

export interface SkippedBackend {
  readonly name: BackendName;
  readonly reason: string;
}

/** What computes in this process; shown in a worker's registration and kept with every trial. */
export interface BackendInfo extends LoadedBackend {
  readonly name: BackendName;
  /** Better ones that were tried first. */
  readonly skipped: readonly SkippedBackend[];
}

export interface BackendChoice {
  /** Tried before all others. The rest follows where it does not load: compare `name` where nothing else will do. */
  readonly prefer?: BackendName;
  /** Threads that the back end may keep busy; an integer of at least 1, which is also what it gets where nothing is said. */
  readonly threads?: number;
}

/** Best first. */
const backends: readonly Backend[] = [nativeGpu, nativeCpu, webgpu, wasm, cpu];

/**
 * Loads the best back end this machine can have and makes it the one that computes. The plain CPU always loads, so there is always one.
 *
 * @throws MaggyError `invalid` for an unknown name or a number of threads that is none
 */
export async function selectBackend({ prefer, threads = 1 }: BackendChoice = {}): Promise<BackendInfo> {
  if (prefer !== undefined && !backendNames.includes(prefer)) throw invalid('backend', `must be one of ${backendNames.join(', ')}`, prefer);
  if (!Number.isInteger(threads) || threads < 1) throw invalid('threads', 'must be an integer of at least 1', threads);
  const skipped: SkippedBackend[] = [];
  for (const backend of inOrder(prefer)) {
    try {
      return { name: backend.name, ...(await backend.load({ threads, isPreferred: backend.name === prefer })), skipped };
    } catch (error) {
      skipped.push({ name: backend.name, reason: reasonOf(error) });
    }
  }
  throw new MaggyError('unavailable', `no back end loads: ${skipped.map(({ name, reason }) => `${name}: ${reason}`).join('; ')}`);
}

function inOrder(prefer: BackendName | undefined): Backend[] {
  return [...backends].sort((first, second) => Number(second.name === prefer) - Number(first.name === prefer));
}

/** The first line: loaders of native modules add their search paths below it. */
function reasonOf(error: unknown): string {
  const message = error instanceof Error ? error.message : JSON.stringify(error);
  return message.split('\n', 1)[0] ?? message;
}

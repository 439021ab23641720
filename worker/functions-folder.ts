/**
 * The functions folder as a worker holds it: what was in it when it was last loaded. It is looked at every second; once a file
 * has changed, come or gone, it is loaded anew in a process started for that, so that what runs goes on meanwhile, and no
 * warm process is given up for an edit that changes nothing it holds.
 */
import { basename } from 'node:path';
import type { Declaration } from '../core/declaration.ts';
import { stampsOf, type Stamps } from '../modules/stamps.ts';
import type { ReadyMessage } from './protocol.ts';
import type { TrialProcess } from './trial-process.ts';

export type FolderContent = Pick<ReadyMessage, 'functions' | 'broken' | 'stamps'>;

/** What is news after the folder was loaded anew. */
export interface FolderChange {
  /** New, or in another version. */
  readonly loaded: readonly Declaration[];
  /** Names of those that are no longer there or can no longer be loaded. */
  readonly gone: readonly string[];
  /** Files that cannot be loaded, and why. */
  readonly broken: FolderContent['broken'];
}

export class FunctionsFolder {
  readonly #path: string;
  readonly #start: () => TrialProcess;
  #content: FolderContent = { functions: [], broken: [], stamps: {} };
  /** What was seen at the last look. */
  #seen: Stamps = {};
  #loading: TrialProcess | undefined;
  #isLooking = false;
  #isClosed = false;

  /** @param start starts a process that loads the folder */
  constructor(path: string, start: () => TrialProcess) {
    this.#path = path;
    this.#start = start;
  }

  get functions(): readonly Declaration[] {
    return this.#content.functions;
  }

  get broken(): FolderContent['broken'] {
    return this.#content.broken;
  }

  /** What a process has found in the folder. */
  take({ functions, broken, stamps }: FolderContent): FolderChange {
    const before = this.#content;
    this.#content = { functions, broken, stamps };
    return {
      loaded: functions.filter(({ name, hash }) => !before.functions.some((held) => held.name === name && held.hash === hash)),
      gone: before.functions.map(({ name }) => name).filter((name) => !functions.some((held) => held.name === name)),
      broken: broken.filter(({ file, reason }) => !before.broken.some((known) => known.file === file && known.reason === reason)),
    };
  }

  /** Loads the folder anew if it has changed and is not being written any more; undefined where it was not loaded. */
  async look(): Promise<FolderChange | undefined> {
    // One look at a time: a second one would take half of what the first has seen for settled.
    if (this.#isLooking) return undefined;
    this.#isLooking = true;
    try {
      return await this.#lookNow();
    } finally {
      this.#isLooking = false;
    }
  }

  async #lookNow(): Promise<FolderChange | undefined> {
    const before = this.#seen;
    this.#seen = await stampsOf(Object.keys(this.#content.stamps));
    const isSettled = areEqual(this.#seen, before);
    if (!isSettled || areEqual(this.#seen, this.#content.stamps) || this.#isClosed) return undefined;
    return this.take(await this.#load(this.#seen));
  }

  close(): void {
    this.#isClosed = true;
    this.#loading?.kill();
  }

  async #load(seen: Stamps): Promise<FolderContent> {
    try {
      this.#loading = this.#start();
      return await this.#loading.loaded;
    } catch (error) {
      // A module that ends the process as it loads, say. What is held stays, until there is something else to load.
      const reason = error instanceof Error ? error.message : String(error);
      const broken = [{ file: this.#path, reason: `${basename(this.#path)}: ${reason}` }];
      return { functions: this.#content.functions, broken, stamps: seen };
    } finally {
      this.#loading?.kill();
      this.#loading = undefined;
    }
  }
}

function areEqual(a: Stamps, b: Stamps): boolean {
  const paths = Object.keys(a);
  return paths.length === Object.keys(b).length && paths.every((path) => a[path] === b[path]);
}

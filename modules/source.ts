/**
 * The identity of a user's module: a hash over its source and that of its local imports. Equal sources have equal hashes, on any
 * machine and in any folder; packages do not count.
 */
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { buildSync, type BuildFailure, type Message, type Metafile } from 'esbuild';
import { MaggyError } from '../core/errors.ts';
import { type Stamps, stampsOf } from './stamps.ts';

export interface ModuleSource {
  /** SHA-256, hexadecimal. */
  readonly hash: string;
  /** Text of the module itself. */
  readonly source: string;
  /** Of the module and its local imports, from before they were read. */
  readonly stamps: Stamps;
}

/** A module that cannot be read or parsed, or whose local import is not there. While the stamps hold, it stays so. */
export class UnreadableModule extends MaggyError {
  readonly stamps: Stamps;

  constructor(name: string, cause: unknown, stamps: Stamps) {
    super('invalid', `${name}: ${reasonOf(cause)}`, { field: 'file', value: name, rule: 'must be a module', cause });
    this.stamps = stamps;
  }
}

/** @throws {UnreadableModule} */
export async function readModuleSource(file: string): Promise<ModuleSource> {
  const folder = dirname(resolve(file));
  const entry = basename(file);
  const stamp = await stampsOf([join(folder, entry)]);
  const { walk, error, culprits } = findLocalImports(folder, entry);
  const stamps = { ...(await stampsOf([...walk.map(({ path }) => path), ...culprits].map((path) => join(folder, path)))), ...stamp };
  if (error !== undefined) throw new UnreadableModule(entry, error, stamps);
  const hash = createHash('sha256');
  // Where files lie does not count, so that a copy is the same function, and one behind symbolic links as well.
  for (const { path, imports } of walk) {
    const content = await readFile(join(folder, path));
    hash.update(`${imports.join(' ')}\n${content.byteLength}\n`).update(content);
  }
  return { hash: hash.digest('hex'), source: await readFile(join(folder, entry), 'utf8'), stamps };
}

interface WalkedModule {
  /** Relative to the folder of the module that the walk began at. */
  readonly path: string;
  /** The places in the walk of what it imports by a relative path, in the order of its source. */
  readonly imports: readonly number[];
}

/** Paths relative to the module's folder. */
interface LocalImports {
  /** The module and all that it imports, transitively, each once, in the order in which they are met. */
  readonly walk: readonly WalkedModule[];
  /** Why they could not be found, and the paths to look at for a remedy. */
  readonly error?: unknown;
  readonly culprits: readonly string[];
}

function findLocalImports(folder: string, entry: string): LocalImports {
  try {
    // Nothing is written. Types-only imports vanish, since they change nothing; synchronous, so that no esbuild process stays behind.
    const { metafile } = buildSync({
      entryPoints: [`./${entry}`],
      absWorkingDir: folder,
      bundle: true,
      packages: 'external',
      write: false,
      metafile: true,
      platform: 'node',
      format: 'esm',
      logLevel: 'silent',
      tsconfigRaw: {},
      loader: { '.node': 'empty', '.wasm': 'empty', '.txt': 'text' },
    });
    return { walk: walked(metafile), culprits: [] };
  } catch (error) {
    return { walk: [], error, culprits: messagesOf(error).flatMap(culpritsOf) };
  }
}

function walked({ inputs, outputs }: Metafile): WalkedModule[] {
  const entries = Object.values(outputs).flatMap(({ entryPoint }) => (entryPoint === undefined ? [] : [entryPoint]));
  const places = new Map(entries.map((path, place) => [path, place]));
  const placeOf = (path: string): number => {
    const place = places.get(path) ?? places.size;
    places.set(path, place);
    return place;
  };
  const walk: WalkedModule[] = [];
  // What is met while it is walked through is walked through as well.
  for (const path of places.keys()) {
    const imports = (inputs[path]?.imports ?? []).filter(({ external = false }) => !external);
    walk.push({ path, imports: imports.map((imported) => placeOf(imported.path)) });
  }
  return walk;
}

/** The file that a message is about; where its import is not there, also the folder where it should be. */
function culpritsOf({ location }: Message): string[] {
  if (location === null) return [];
  const { file, lineText, column, length } = location;
  // Columns count bytes.
  const marked = Buffer.from(lineText)
    .subarray(column, column + length)
    .toString();
  const wanted = /^["'](\.{1,2}\/.*)["']$/.exec(marked)?.[1];
  return wanted === undefined ? [file] : [file, dirname(join(dirname(file), wanted))];
}

function messagesOf(error: unknown): readonly Message[] {
  const { errors = [] }: Partial<BuildFailure> = error instanceof Error ? error : {};
  return errors;
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const [first] = messagesOf(error);
  if (first === undefined) return error.message;
  const at = first.location === null ? '' : ` (${first.location.file}:${first.location.line})`;
  return `${first.text}${at}`;
}

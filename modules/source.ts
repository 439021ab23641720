/**
 * The identity of a user's module: a hash over its source and that of its local imports. Equal sources have equal hashes, on any
 * machine and in any folder; packages do not count.
 */
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { buildSync, type BuildFailure } from 'esbuild';
import { MaggyError } from '../core/errors.ts';

export interface ModuleSource {
  /** SHA-256, hexadecimal. */
  readonly hash: string;
  /** Text of the module itself. */
  readonly source: string;
}

/** @throws {MaggyError} `invalid` where the module cannot be read or parsed, or a local import is not there. */
export async function readModuleSource(file: string): Promise<ModuleSource> {
  const folder = dirname(resolve(file));
  const entry = basename(file);
  const local = localImports(folder, entry);
  const hash = createHash('sha256');
  for (const path of local) {
    const content = await readFile(join(folder, path));
    // The module's own name does not count, so that a copy is the same function; the names of its imports stand in its source.
    hash.update(`${path === entry ? '' : path}\n${content.byteLength}\n`).update(content);
  }
  return { hash: hash.digest('hex'), source: await readFile(join(folder, entry), 'utf8') };
}

/** Paths relative to the module's folder: the module, then in order all that it imports by a relative path, transitively. */
function localImports(folder: string, entry: string): string[] {
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
    return [
      entry,
      ...Object.keys(metafile.inputs)
        .filter((path) => path !== entry)
        .sort(),
    ];
  } catch (error) {
    throw new MaggyError('invalid', `${entry}: ${reasonOf(error)}`, {
      field: 'file',
      value: entry,
      rule: 'must be a module',
      cause: error,
    });
  }
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { errors }: Partial<BuildFailure> = error;
  const first = errors?.[0];
  if (first === undefined) return error.message;
  const at = first.location === null ? '' : ` (${first.location.file}:${first.location.line})`;
  return `${first.text}${at}`;
}

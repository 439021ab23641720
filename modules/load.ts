/**
 * Imports modules that users wrote: training functions, samplers, schedulers. TypeScript runs as it is; `maggy` and its other
 * entries in them mean this running installation, wherever the file lies. What a module has to export is for the caller to check.
 */
import { readdir } from 'node:fs/promises';
import { register } from 'node:module';
import { basename, extname, join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { invalid, MaggyError } from '../core/errors.ts';
import packageJson from '../package.json' with { type: 'json' };
import { type UserModuleHookData, userModuleQuery } from './hooks.ts';
import { readModuleSource, type ModuleSource } from './source.ts';

export interface UserModule {
  /** Absolute path. */
  readonly file: string;
  readonly exports: object;
  /** Of its source and that of its local imports: SHA-256, hexadecimal. */
  readonly hash: string;
  /** Text of the module itself. */
  readonly source: string;
}

/**
 * Imports a module. Importing it again gives the same one until its content, or that of a local import, changes.
 * @param given its source, where that was read already
 * @throws {MaggyError} `invalid` with the reason, whatever went wrong in the module
 */
export async function loadModule(file: string, given?: ModuleSource): Promise<UserModule> {
  const path = resolve(file);
  if (!moduleExtensions.has(extname(path))) throw invalid('file', `must end in ${[...moduleExtensions].join(', ')}`, file);
  registerHooks();
  const { hash, source, stamps } = given ?? (await readModuleSource(path));
  const url = pathToFileURL(path);
  url.searchParams.set(userModuleQuery, hash);
  return { file: path, exports: await importModule(url.href, basename(path), Object.keys(stamps)), hash, source };
}

/**
 * The modules directly in `folder`, in the order of their names; tests, type declarations and configurations are passed over.
 * @throws {MaggyError} `invalid` where the folder cannot be read
 */
export async function moduleFiles(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch((cause: unknown) => {
    throw new MaggyError('invalid', `Folder ${folder}: must be a readable folder`, { field: 'folder', value: folder, cause });
  });
  return entries
    .filter((entry) => !entry.isDirectory() && isCandidate(entry.name))
    .map((entry) => join(folder, entry.name))
    .sort();
}

const moduleExtensions: ReadonlySet<string> = new Set(['.ts', '.mts', '.js', '.mjs']);

function isCandidate(name: string): boolean {
  return moduleExtensions.has(extname(name)) && !/\.(test|spec|d|config)\.[mc]?[jt]s$/.test(name) && !name.startsWith('.');
}

async function importModule(url: string, name: string, files: readonly string[]): Promise<object> {
  try {
    const module: unknown = await import(url);
    return typeof module === 'object' && module !== null ? module : {};
  } catch (error) {
    const reason = error instanceof Error ? `${error.message}${placeOf(error, files)}` : String(error);
    throw new MaggyError('invalid', `${name}: ${reason}`, {
      field: 'file',
      value: name,
      rule: 'must be a module that loads',
      cause: error,
    });
  }
}

/** Where in a person's own files an error comes from: the innermost line of its stack that lies in one of them. */
function placeOf({ stack = '' }: Error, files: readonly string[]): string {
  for (const frame of stack.split('\n')) {
    const [, path = '', line] = /^ +at .*?(\/[^()]*):(\d+):\d+\)?$/.exec(frame) ?? [];
    if (files.includes(path)) return ` (${basename(path)}:${line})`;
  }
  return '';
}

let registered = false;

function registerHooks(): void {
  if (registered) return;
  registered = true;
  const root = new URL('../', import.meta.url);
  const entries = Object.entries(packageJson.exports).map(([entry, file]): [string, string] => [
    packageJson.name + entry.slice(1),
    new URL(file, root).href,
  ]);
  register(new URL('./hooks.ts', import.meta.url), { data: { entries: Object.fromEntries(entries) } satisfies UserModuleHookData });
}

/**
 * Loads training modules from files, as workers, the command line and `lagom` do. TypeScript runs as it is; `import 'maggy'` in
 * them means this running installation, wherever the file lies.
 */
import { readdir } from 'node:fs/promises';
import { register } from 'node:module';
import { basename, extname, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Declaration } from '../core/declaration.ts';
import { invalid, MaggyError } from '../core/errors.ts';
import type { AnyTrainingFunction } from './contract.ts';
import { declare } from './declaration.ts';
import { isTrainingFunction } from './define.ts';
import { type ModuleSource, readModuleSource, UnreadableModule } from './source.ts';
import { type Stamps, stampsOf } from './stamps.ts';
import { type UserModuleHookData, userModuleQuery } from './user-modules.ts';

export interface LoadedTraining {
  /** Absolute path. */
  readonly file: string;
  readonly training: AnyTrainingFunction;
  readonly declaration: Declaration;
}

/** A file of a folder that holds no usable training function. */
export interface BrokenTraining {
  readonly file: string;
  readonly reason: string;
}

/**
 * Imports a module and checks that its default export is a training function. Loading it again gives the same function until its
 * content, or that of a local import, changes.
 *
 * @throws {MaggyError} `invalid` with the reason, whatever went wrong in the module.
 */
export async function loadTraining(file: string): Promise<LoadedTraining> {
  const path = resolve(file);
  if (!moduleExtensions.has(extname(path))) throw invalid('file', `must end in ${[...moduleExtensions].join(', ')}`, file);
  return loadModule(path, await readModuleSource(path));
}

async function loadModule(path: string, { hash, source, stamps }: ModuleSource): Promise<LoadedTraining> {
  registerUserModules();
  const url = pathToFileURL(path);
  url.searchParams.set(userModuleQuery, hash);
  const training = await importDefault(url.href, basename(path), Object.keys(stamps));
  return { file: path, training, declaration: declare(training, hash, source) };
}

/** What a folder holds. */
export interface LoadedFolder {
  readonly trainings: readonly LoadedTraining[];
  readonly broken: readonly BrokenTraining[];
  /** Of the folder and everything that was read for it: while they hold, loading it again gives the same. */
  readonly stamps: Stamps;
}

/**
 * Loads what lies directly in `folder`: modules with a training function as their default export. A module without a default export
 * is a helper and passed over, as are tests and type declarations; what cannot be loaded is returned with its reason, and so are the later
 * ones of several files that declare one name. Files in the order of their names.
 */
export async function loadFolder(folder: string): Promise<LoadedFolder> {
  let stamps = await stampsOf([resolve(folder)]);
  const entries = await readdir(folder, { withFileTypes: true }).catch((cause: unknown) => {
    throw new MaggyError('invalid', `Functions folder ${folder}: must be a readable folder`, { field: 'folder', value: folder, cause });
  });
  const files = entries.filter((entry) => !entry.isDirectory() && isCandidate(entry.name)).map((entry) => resolve(folder, entry.name));
  const trainings: LoadedTraining[] = [];
  const broken: BrokenTraining[] = [];
  // Of a file that several read, the first stamp: it is from before all of them.
  const keep = (read: Stamps): void => void (stamps = { ...read, ...stamps });
  for (const file of files.sort()) {
    try {
      const source = await readModuleSource(file);
      keep(source.stamps);
      const loaded = await loadModule(file, source);
      const twin = trainings.find(({ training }) => training.name === loaded.training.name);
      if (twin !== undefined) throw invalid('name', `must differ from that in ${basename(twin.file)}`, loaded.training.name);
      trainings.push(loaded);
    } catch (error) {
      if (error instanceof UnreadableModule) keep(error.stamps);
      if (!(error instanceof NoDefaultExport)) broken.push({ file, reason: error instanceof Error ? error.message : String(error) });
    }
  }
  return { trainings, broken, stamps };
}

const moduleExtensions: ReadonlySet<string> = new Set(['.ts', '.mts', '.js', '.mjs']);

function isCandidate(name: string): boolean {
  return moduleExtensions.has(extname(name)) && !/\.(test|spec|d|config)\.[mc]?[jt]s$/.test(name) && !name.startsWith('.');
}

class NoDefaultExport extends MaggyError {
  constructor(name: string) {
    super('invalid', `${name}: must export a training function as its default: export default defineTraining({ … })`, { field: 'default' });
    this.name = 'NoDefaultExport';
  }
}

async function importDefault(url: string, name: string, files: readonly string[]): Promise<AnyTrainingFunction> {
  const module = await importModule(url, name, files);
  if (!('default' in module)) throw new NoDefaultExport(name);
  const training = module.default;
  if (isTrainingFunction(training)) return training;
  throw new MaggyError('invalid', `${name}: its default export must be made by defineTraining`, {
    field: 'default',
    rule: 'must be made by defineTraining',
  });
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

function registerUserModules(): void {
  if (registered) return;
  registered = true;
  const data: UserModuleHookData = {
    entries: {
      maggy: new URL('./index.ts', import.meta.url).href,
      'maggy/testing': new URL('./testing.ts', import.meta.url).href,
    },
  };
  register(new URL('./user-modules.ts', import.meta.url), { data });
}

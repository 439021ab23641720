/** Loads training functions from files, as workers, the command line and `lagom` do. */
import { stat } from 'node:fs/promises';
import { basename, resolve } from 'node:path';
import type { Declaration } from '../core/declaration.ts';
import { invalid, MaggyError } from '../core/errors.ts';
import { loadModule, moduleFiles, type UserModule } from '../modules/load.ts';
import { readModuleSource, UnreadableModule } from '../modules/source.ts';
import { type Stamps, stampsOf } from '../modules/stamps.ts';
import type { AnyTrainingFunction } from './contract.ts';
import { declare } from './declaration.ts';
import { isTrainingFunction } from './define.ts';

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
  return loadedTraining(await loadModule(file));
}

function loadedTraining({ file, exports, hash, source }: UserModule): LoadedTraining {
  const training = defaultExport(exports, basename(file));
  return { file, training, declaration: declare(training, hash, source) };
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
async function loadFolder(folder: string): Promise<LoadedFolder> {
  let stamps = await stampsOf([resolve(folder)]);
  const trainings: LoadedTraining[] = [];
  const broken: BrokenTraining[] = [];
  // Of a file that several read, the first stamp: it is from before all of them.
  const keep = (read: Stamps): void => void (stamps = { ...read, ...stamps });
  for (const file of await moduleFiles(resolve(folder))) {
    try {
      const source = await readModuleSource(file);
      keep(source.stamps);
      const loaded = loadedTraining(await loadModule(file, source));
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

/**
 * What a worker runs: all of a folder, or the one training function of a file.
 * @throws {MaggyError} `invalid`, where the file cannot be loaded or the folder not be read
 */
export async function loadTrainings(path: string): Promise<LoadedFolder> {
  const isFile = await stat(path).then(
    (found) => found.isFile(),
    () => false,
  );
  return isFile ? { trainings: [await loadTraining(path)], broken: [], stamps: {} } : loadFolder(path);
}

class NoDefaultExport extends MaggyError {
  constructor(name: string) {
    super('invalid', `${name}: must export a training function as its default: export default defineTraining({ … })`, { field: 'default' });
    this.name = 'NoDefaultExport';
  }
}

function defaultExport(exports: object, name: string): AnyTrainingFunction {
  if (!('default' in exports)) throw new NoDefaultExport(name);
  if (isTrainingFunction(exports.default)) return exports.default;
  throw new MaggyError('invalid', `${name}: its default export must be made by defineTraining`, {
    field: 'default',
    rule: 'must be made by defineTraining',
  });
}

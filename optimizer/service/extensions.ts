/** Loads users' own samplers and schedulers: whatever their modules export that is a definition of one. */
import { stat } from 'node:fs/promises';
import { MaggyError } from '../../core/errors.ts';
import { loadModule, moduleFiles } from '../../modules/load.ts';
import { algorithmsWith, type Algorithms, type Extension } from '../algorithms.ts';

/**
 * The built-in algorithms and those of the modules; a folder stands for the modules directly in it, of which some may be helpers.
 * @param paths of files and folders, anywhere
 * @throws {MaggyError} `invalid` for a module that does not load and for a path that gives no definition, `conflict` where two share a `type`
 */
export async function loadAlgorithms(paths: readonly string[]): Promise<Algorithms> {
  const hashes = new Map<Extension, string>();
  for (const path of paths) {
    const files = (await isFolder(path)) ? await moduleFiles(path) : [path];
    const modules = await Promise.all(files.map((file) => loadModule(file)));
    // One definition may be exported under several names.
    const definitions = modules.flatMap(({ exports, hash }) => {
      const exported = Object.values<unknown>({ ...exports }).filter(isExtension);
      return exported.map((definition) => ({ definition, hash }));
    });
    if (definitions.length === 0) {
      throw new MaggyError('invalid', `extensions: ${path} exports neither a sampler nor a scheduler`, {
        field: 'extensions',
        value: path,
        rule: 'exports a SamplerDefinition or a SchedulerDefinition',
      });
    }
    for (const { definition, hash } of definitions) hashes.set(definition, hash);
  }
  return algorithmsWith([...hashes.keys()], hashes);
}

/** A path that is not there counts as a file, which is then named as the one that cannot be loaded. */
async function isFolder(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );
}

function isExtension(value: unknown): value is Extension {
  if (typeof value !== 'object' || value === null) return false;
  return 'type' in value && typeof value.type === 'string' && 'options' in value && 'create' in value && typeof value.create === 'function';
}

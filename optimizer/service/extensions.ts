/** Loads a user's own samplers and schedulers: whatever the named files export that is a definition of one. */
import { pathToFileURL } from 'node:url';
import { resolve } from 'node:path';
import { MaggyError } from '../../core/errors.ts';
import { algorithmsWith, type Algorithms, type Extension } from '../algorithms.ts';

/**
 * The built-in algorithms and those of the files.
 * @throws {MaggyError} `invalid` for a file that exports no definition, `conflict` where two share a `type`
 */
export async function loadAlgorithms(files: readonly string[]): Promise<Algorithms> {
  const found: Extension[] = [];
  for (const file of files) {
    const module = (await import(pathToFileURL(resolve(file)).href)) as Record<string, unknown>;
    const definitions = Object.values(module).filter(isExtension);
    if (definitions.length === 0) {
      throw new MaggyError('invalid', `extensions: ${file} exports neither a sampler nor a scheduler`, {
        field: 'extensions',
        value: file,
        rule: 'exports a SamplerDefinition or a SchedulerDefinition',
      });
    }
    found.push(...definitions);
  }
  return algorithmsWith(found);
}

function isExtension(value: unknown): value is Extension {
  if (typeof value !== 'object' || value === null) return false;
  return 'type' in value && typeof value.type === 'string' && 'options' in value && 'create' in value && typeof value.create === 'function';
}

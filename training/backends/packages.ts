/** Optional packages: found or not, their versions, and values read from modules that the compiler knows no types of. */

import { createRequire } from 'node:module';
import { MaggyError } from '../../core/errors.ts';

const ours = createRequire(import.meta.url);

/**
 * Where `wanted` is for a chain of packages: `resolveThrough(['a', 'b'], 'c')` is the c that the b of a finds.
 *
 * @throws MaggyError `unavailable` where the first package is not installed
 */
export function resolveThrough([first, ...rest]: readonly [string, ...string[]], wanted: string): string {
  const last = rest.reduce((manifest, name) => createRequire(manifest).resolve(`${name}/package.json`), manifestPath(first));
  return createRequire(last).resolve(wanted);
}

/** Imports a package that may be absent, as a namespace of unknown values. Errors as in `resolveThrough`, or whatever its loading throws. */
export async function importOptional(packageName: string): Promise<unknown> {
  manifestPath(packageName);
  return import(packageName);
}

export function packageVersion(packageName: string): string {
  const manifest: unknown = ours(manifestPath(packageName));
  return textProperty(manifest, 'version');
}

/** Where a package's entry is that we depend on. */
export function resolveOurs(packageName: string): string {
  return ours.resolve(packageName);
}

export function property(holder: unknown, name: string): unknown {
  return typeof holder === 'object' && holder !== null ? Reflect.get(holder, name) : undefined;
}

export function textProperty(holder: unknown, name: string): string {
  const value = property(holder, name);
  return typeof value === 'string' ? value : 'unknown';
}

function manifestPath(packageName: string): string {
  try {
    return ours.resolve(`${packageName}/package.json`);
  } catch (cause) {
    throw new MaggyError('unavailable', `${packageName} is not installed`, { cause });
  }
}

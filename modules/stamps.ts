/**
 * Whether files have changed, without reading them. A stamp is taken before a file is read; a later one that differs means that
 * what was read may be out of date. Asked for again and again rather than heard of, because mounted volumes send no events.
 */
import { readdir, stat } from 'node:fs/promises';

/** By absolute path. */
export type Stamps = Readonly<Record<string, string>>;

export async function stampsOf(paths: readonly string[]): Promise<Stamps> {
  return Object.fromEntries(await Promise.all(paths.map(async (path) => [path, await stampOf(path)] as const)));
}

async function stampOf(path: string): Promise<string> {
  const stats = await stat(path).catch(() => undefined);
  if (stats === undefined) return 'absent';
  // Of a folder only which modules it holds: a training function may write files of its own beside itself.
  if (stats.isDirectory()) return (await readdir(path).catch(() => [])).filter(isModule).sort().join('\n');
  // The time of the last change of its entry tells of a file that an older one was moved over.
  return `${stats.mtimeMs} ${stats.ctimeMs} ${stats.size}`;
}

function isModule(name: string): boolean {
  return /\.([cm]?[jt]sx?|json)$/.test(name);
}

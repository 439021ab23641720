/**
 * One owner at a time for a folder on this machine, without waiting: who comes second learns who came first.
 *
 * A lock is a chain of files `lock.1`, `lock.2`, …, of which the newest counts; it is held, released, or abandoned by a process that
 * died. Whoever finds it released or abandoned links the next number, which exactly one process can do. No taker ever removes the
 * lock it judged, so a slow judgement cannot take away a lock that somebody else got in the meantime.
 */
import { randomUUID } from 'node:crypto';
import { link, readFile, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

interface FolderLock {
  /** Lets the next one in. */
  readonly release: () => Promise<void>;
}

/**
 * Takes the lock of an existing folder, or answers with the owner that holds it.
 * @param owner what others read while the lock is held; JSON.
 * @param parse reads a lock file; null for one that was released, whose text is `null`.
 * @param isHeld whether an owner found in the lock still has it.
 */
export async function lockFolder<Owner>(
  folder: string,
  owner: Owner,
  parse: (text: string) => Owner | null,
  isHeld: (owner: Owner) => Promise<boolean>,
): Promise<{ lock: FolderLock } | { heldBy: Owner }> {
  for (;;) {
    const current = await newest(folder);
    const found = current === 0 ? null : await readOwner(join(folder, `lock.${current}`), parse);
    if (found !== null && (await isHeld(found))) return { heldBy: found };
    const mine = join(folder, `lock.${current + 1}`);
    if (!(await createWhole(mine, JSON.stringify(owner)))) continue;
    // The number may have been used and removed while this process looked away: then a newer one exists.
    if ((await newest(folder)) !== current + 1) {
      await rm(mine, { force: true });
      continue;
    }
    await removeOlder(folder, current + 1);
    return { lock: { release: () => replaceWhole(mine, 'null') } };
  }
}

async function numbers(folder: string): Promise<number[]> {
  return (await readdir(folder)).flatMap((name) => /^lock\.(\d+)$/.exec(name)?.[1] ?? []).map(Number);
}

async function newest(folder: string): Promise<number> {
  return Math.max(0, ...(await numbers(folder)));
}

async function removeOlder(folder: string, than: number): Promise<void> {
  for (const number of await numbers(folder)) if (number < than) await rm(join(folder, `lock.${number}`), { force: true });
}

/** Null where a newer owner has just removed the file: the next look at the folder finds that owner. */
async function readOwner<Owner>(path: string, parse: (text: string) => Owner | null): Promise<Owner | null> {
  try {
    return parse(await readFile(path, 'utf8'));
  } catch (error) {
    if (isCode(error, 'ENOENT')) return null;
    throw error;
  }
}

/** Creates a file that appears with its content in one step; false where it exists already. */
async function createWhole(path: string, text: string): Promise<boolean> {
  const temporary = `${path}.${randomUUID()}`;
  await writeFile(temporary, text);
  try {
    await link(temporary, path);
    return true;
  } catch (error) {
    if (isCode(error, 'EEXIST')) return false;
    throw error;
  } finally {
    await rm(temporary, { force: true });
  }
}

async function replaceWhole(path: string, text: string): Promise<void> {
  const temporary = `${path}.${randomUUID()}`;
  await writeFile(temporary, text);
  await rename(temporary, path);
}

function isCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}

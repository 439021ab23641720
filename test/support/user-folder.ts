/**
 * Folders as users have them: anywhere, without a package.json. And scripts that read them as a process of this product does, since a
 * test runner resolves modules by rules of its own.
 */
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll } from 'vitest';

export const checkout = fileURLToPath(new URL('../..', import.meta.url));

/** Call once in a test file: its folders go after its last test. The function writes a folder of these files and gives its path. */
export function useFolders(): (files?: Record<string, string>) => Promise<string> {
  const folders: string[] = [];
  afterAll(() => Promise.all(folders.map((folder) => rm(folder, { recursive: true, force: true }))));
  return async (files = {}) => {
    const folder = await realpath(await mkdtemp(join(tmpdir(), 'maggy-user-')));
    folders.push(folder);
    for (const [name, text] of Object.entries(files)) {
      await mkdir(dirname(join(folder, name)), { recursive: true });
      await writeFile(join(folder, name), text);
    }
    return folder;
  };
}

/**
 * What `body` returns, as the text of an asynchronous function, run in a process of its own.
 * @param folder takes the script
 * @param imports names by the modules of this checkout that export them
 */
export async function inProcessOfOurs(folder: string, imports: Record<string, string>, body: string): Promise<unknown> {
  const script = join(await mkdtemp(join(folder, 'script-')), 'script.mts');
  const head = Object.entries(imports).map(([module, names]) => `import { ${names} } from '${join(checkout, module)}';\n`);
  await writeFile(script, `${head.join('')}const result = await (async () => { ${body} })();\nconsole.log(JSON.stringify(result));\n`);
  const { stdout } = await promisify(execFile)(process.execPath, ['--import', import.meta.resolve('tsx'), script]);
  return JSON.parse(stdout.trim().split('\n').at(-1) ?? 'null');
}

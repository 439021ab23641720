import { cp, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readModuleSource } from '../../modules/source.ts';
import { useFolders } from '../support/user-folder.ts';

const folderOf = useFolders();

describe('the content hash', () => {
  const modules = {
    'main.ts': "import { helper } from './lib/helper.ts';\nimport { tf } from 'maggy';\nexport default [helper, tf];",
    'lib/helper.ts': "import { deep } from '../deep.ts';\nexport const helper = deep;",
    'deep.ts': 'export const deep = 1;',
  };
  const hashOf = async (folder: string, file = 'main.ts') => (await readModuleSource(join(folder, file))).hash;

  it('is the same in another folder and for a copy under another name', async () => {
    const folder = await folderOf(modules);
    const hash = await hashOf(folder);
    const elsewhere = join(await folderOf(), 'elsewhere', 'deep');
    await cp(folder, elsewhere, { recursive: true });
    expect(await hashOf(elsewhere)).toBe(hash);
    await cp(join(folder, 'main.ts'), join(folder, 'copy.ts'));
    expect(await hashOf(folder, 'copy.ts')).toBe(hash);
  });

  it.each(Object.keys(modules))('changes with %s', async (name) => {
    const folder = await folderOf(modules);
    const hash = await hashOf(folder);
    await writeFile(join(folder, name), `${Reflect.get(modules, name)} // changed`);
    expect(await hashOf(folder)).not.toBe(hash);
  });

  it('is the same behind symbolic links, as a mounted ConfigMap has them, wherever they lead', async () => {
    const folder = await folderOf(modules);
    const hash = await hashOf(folder);
    const mounted = await folderOf();
    await cp(folder, join(mounted, '..2026_01_01'), { recursive: true });
    await symlink('..2026_01_01', join(mounted, '..data'));
    for (const name of ['main.ts', 'lib', 'deep.ts']) await symlink(join('..data', name), join(mounted, name));
    expect(await hashOf(mounted)).toBe(hash);
  });

  it('changes where two imports change places', async () => {
    const main = "import { value as a } from './a.ts';\nimport { value as b } from './b.ts';\nexport default [a, b];";
    const [one, two] = ['export const value = 1;', 'export const value = 2;'];
    const hash = await hashOf(await folderOf({ 'main.ts': main, 'a.ts': one, 'b.ts': two }));
    expect(await hashOf(await folderOf({ 'main.ts': main, 'a.ts': two, 'b.ts': one }))).not.toBe(hash);
  });

  it('does not change with a file that is not imported', async () => {
    const folder = await folderOf(modules);
    const hash = await hashOf(folder);
    await writeFile(join(folder, 'other.ts'), 'export {}');
    expect(await hashOf(folder)).toBe(hash);
  });

  it('needs a module that is there', async () => {
    await expect(readModuleSource(join(await folderOf(), 'absent.ts'))).rejects.toMatchObject({
      code: 'invalid',
      message: expect.stringContaining('absent.ts'),
    });
  });
});

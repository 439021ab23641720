/** `maggy init`: a training function to begin with, and its test. They are files of this product that run as they stand, under another name. */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { UsageError } from '../failure.ts';

const templates = fileURLToPath(new URL('../templates', import.meta.url));
const templateName = 'my-function';

export async function init(folder: string, name: string): Promise<void> {
  if (!/^[A-Za-z][A-Za-z0-9-]{0,99}$/.test(name))
    throw new UsageError(`--name ${name}: must be a letter and up to 99 more letters, digits or "-"`);
  await mkdir(folder, { recursive: true });
  const file = join(folder, `${name}.ts`);
  const test = join(folder, `${name}.test.ts`);
  await writeNew(file, await template(`${templateName}.ts`, name));
  await writeNew(test, await template(`${templateName}.test.ts`, name));
  const shown = (path: string): string => relative(process.cwd(), path);
  process.stdout.write(
    `wrote ${shown(file)} and ${shown(test)}; now:\n` +
      `  node --import tsx --test ${shown(test)}\n` +
      `  npx maggy run ${shown(file)} --set epochs=3\n` +
      `  npx maggy up --functions ${shown(folder) || '.'}\n` +
      `  npx maggy submit ${name} --trials 30 --watch        # from another terminal\n`,
  );
}

async function template(file: string, name: string): Promise<string> {
  return (await readFile(join(templates, file), 'utf8')).replaceAll(templateName, name);
}

async function writeNew(file: string, text: string): Promise<void> {
  await writeFile(file, text, { flag: 'wx' }).catch((error: unknown) => {
    const isThere = error instanceof Error && 'code' in error && error.code === 'EEXIST';
    throw isThere ? new UsageError(`${file}: is there already; --name names another`) : error;
  });
}

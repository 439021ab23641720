/** The container image has every room: one that is forgotten would only be missed where the image runs. */
import { readdir, readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const checkout = new URL('../', import.meta.url);
/** Folders that only people who work on the product need. */
const notShipped = ['bench', 'docs', 'node_modules', 'scripts', 'test'];

async function named(file: string, pattern: RegExp): Promise<string[]> {
  const text = await readFile(new URL(file, checkout), 'utf8');
  return [...text.matchAll(pattern)].map(([, name = '']) => name).sort();
}

it('copies every folder that is shipped, and lets it into the build', async () => {
  const entries = await readdir(fileURLToPath(checkout), { withFileTypes: true });
  const folders = entries.filter((entry) => entry.isDirectory() && !entry.name.startsWith('.')).map(({ name }) => name);
  const shipped = folders.filter((name) => !notShipped.includes(name)).sort();
  const asTheyAre = await named('Dockerfile', /^COPY (\w+) \.\/\1$/gm);
  const built = await named('Dockerfile', /^COPY --from=\w+ \/maggy\/(dashboard)\/dist \.\/\1\/dist$/gm);
  expect([...asTheyAre, ...built].sort()).toEqual(shipped);
  expect(await named('.dockerignore', /^!(\w+)$/gm)).toEqual(shipped);
});

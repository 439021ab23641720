/**
 * `npm run generate` writes docs/reference/: the command line as commander has it, and the HTTP API as its OpenAPI document has it. With
 * `--check`, as in `npm run check`, it writes nothing and fails where either is not what the code says any more.
 */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { format, resolveConfig } from 'prettier';
import { openApiDocument } from './openapi-document.ts';
import { commandLineReference } from './reference/command-line.ts';
import { httpReference } from './reference/http.ts';

const folder = new URL('../docs/reference/', import.meta.url);

const pages: Readonly<Record<string, string>> = {
  'command-line.md': commandLineReference(),
  'http.md': httpReference(await openApiDocument()),
};

const layout = await resolveConfig(new URL('../package.json', import.meta.url).pathname);
await mkdir(folder, { recursive: true });
for (const [name, page] of Object.entries(pages)) {
  const file = new URL(name, folder);
  const text = await format(page, { ...layout, parser: 'markdown' });
  if (!process.argv.includes('--check')) await writeFile(file, text);
  else if (text !== (await readFile(file, 'utf8').catch(() => ''))) {
    process.stderr.write(`docs/reference/${name} is not what the code says: npm run generate\n`);
    process.exitCode = 1;
  }
}

/**
 * `npm run generate` writes the types of the HTTP API that `client/` is built on, from the API's own OpenAPI document; with `--check`, as in
 * `npm run check`, it writes nothing and fails where they are not those of the document any more.
 */
import { readFile, writeFile } from 'node:fs/promises';
import openapiTS, { astToString } from 'openapi-typescript';
import { openApiDocument } from './openapi-document.ts';

const file = new URL('../client/schema.ts', import.meta.url);
const header = '/** The types of the HTTP API: written by `npm run generate` from its OpenAPI document. */\n';

const types = header + astToString(await openapiTS(await openApiDocument()));
if (!process.argv.includes('--check')) {
  await writeFile(file, types);
} else if (types !== (await readFile(file, 'utf8'))) {
  process.stderr.write('client/schema.ts is not what the API says of itself: npm run generate\n');
  process.exitCode = 1;
}

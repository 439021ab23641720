/**
 * `npm run generate` writes the types of the HTTP API that `client/` is built on, from the API's own OpenAPI document; with `--check`, as in
 * `npm run check`, it writes nothing and fails where they are not those of the document any more.
 */
import { readFile, writeFile } from 'node:fs/promises';
import openapiTS, { astToString, type OpenAPI3 } from 'openapi-typescript';
import { buildApp } from '../api/app.ts';
import { AlgorithmChoice, builtInCatalogue, type Catalogue } from '../core/catalogue.ts';

const file = new URL('../client/schema.ts', import.meta.url);
const header = '/** The types of the HTTP API: written by `npm run generate` from its OpenAPI document. */\n';

/** A server may know more samplers and schedulers than are built in. */
const openCatalogue: Catalogue = {
  samplers: [...builtInCatalogue.samplers, { type: 'own', options: AlgorithmChoice }],
  schedulers: [...builtInCatalogue.schedulers, { type: 'own', options: AlgorithmChoice, decisionSteps: () => ({ at: 'never' }) }],
};

/** The document alone needs no Redis, so none is looked for where this address leads. */
async function clientTypes(): Promise<string> {
  const files = { listFiles: () => Promise.reject(new Error('unused')), openFile: () => Promise.reject(new Error('unused')) };
  const app = await buildApp({ redisUrl: 'redis://127.0.0.1:1', files, catalogue: openCatalogue });
  try {
    const document = (await app.inject('/openapi.json')).json<OpenAPI3>();
    return header + astToString(await openapiTS(document));
  } finally {
    await app.close();
  }
}

const types = await clientTypes();
if (!process.argv.includes('--check')) {
  await writeFile(file, types);
} else if (types !== (await readFile(file, 'utf8'))) {
  process.stderr.write('client/schema.ts is not what the API says of itself: npm run generate\n');
  process.exitCode = 1;
}

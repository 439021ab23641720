/** The API's own OpenAPI document, of a server that knows more samplers and schedulers than are built in. No Redis is needed, and none is asked. */
import type { OpenAPI3 } from 'openapi-typescript';
import { buildApp } from '../api/app.ts';
import { AlgorithmChoice, builtInCatalogue, type Catalogue } from '../core/catalogue.ts';

const openCatalogue: Catalogue = {
  samplers: [...builtInCatalogue.samplers, { type: 'own', options: AlgorithmChoice }],
  schedulers: [...builtInCatalogue.schedulers, { type: 'own', options: AlgorithmChoice, decisionSteps: () => ({ at: 'never' }) }],
};

export async function openApiDocument(): Promise<OpenAPI3> {
  const files = { listFiles: () => Promise.reject(new Error('unused')), openFile: () => Promise.reject(new Error('unused')) };
  const app = await buildApp({ redisUrl: 'redis://127.0.0.1:1', files, catalogue: openCatalogue });
  try {
    return (await app.inject('/openapi.json')).json<OpenAPI3>();
  } finally {
    await app.close();
  }
}

/** What a trial left in the checkpoint store. Files of a model lie side by side, as `tf.loadLayersModel` wants them. */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import Type, { type Static } from 'typebox';
import { MaggyError } from '../../core/errors.ts';
import { nearestName } from '../../core/nearest.ts';
import type { Artefact as StoredArtefact } from '../../queue/read-model.ts';
import { matches } from '../entity-tags.ts';
import { refusals } from '../errors.ts';
import { Artefact, listOf, trialLinks, TrialPath } from '../schemas.ts';
import type { Services } from '../services.ts';
import { trialOf } from '../trials.ts';

const FilePath = Type.Object({
  ...TrialPath.properties,
  name: Type.String({ description: 'Name of the artefact' }),
  file: Type.String({ description: 'Name of a file of the artefact' }),
});

export const artefactRoutes: FastifyPluginAsyncTypebox<{ services: Services }> = async (app, { services }) => {
  app.get(
    '/experiments/:id/trials/:n/artefacts',
    {
      schema: {
        tags: ['trials'],
        summary: 'The artefacts of a trial',
        params: TrialPath,
        response: { 200: listOf(Artefact), ...refusals },
      },
    },
    async ({ params: { id, n } }) => {
      const named = await artefactsOf(services, id, n);
      return { items: await Promise.all([...named].map(([name, artefact]) => described(services, id, n, name, artefact))) };
    },
  );

  app.get(
    '/experiments/:id/trials/:n/artefacts/:name/:file',
    {
      // A HEAD request would read the file to its end.
      exposeHeadRoute: false,
      schema: {
        tags: ['trials'],
        summary: 'One file of an artefact',
        description: 'The address of `model/model.json` is what `tf.loadLayersModel` takes: it finds the weights beside it.',
        params: FilePath,
        response: {
          200: {
            description: 'The file',
            content: { 'application/json': { schema: Type.Unknown() }, 'application/octet-stream': { schema: Type.Unknown() } },
          },
          304: Type.Null(),
          ...refusals,
        },
      },
    },
    async ({ params: { id, n, name, file }, headers }, reply) => {
      const named = await artefactsOf(services, id, n);
      const artefact = named.get(name);
      if (artefact === undefined) throw noArtefact(name, n, named.keys());
      // The store names content, so the same tag is the same bytes for ever. A name may hold what no header may.
      const tag = `"${artefact.id}/${encodeURIComponent(file)}"`;
      const known = headers['if-none-match'];
      if (known !== undefined && matches(known, tag)) {
        const stored = await services.files.listFiles(id, artefact.id);
        if (stored.some(({ name: kept }) => kept === file)) return reply.code(304).header('etag', tag).send(null);
      }
      const { sizeBytes, stream } = await services.files.openFile(id, artefact.id, file);
      void reply.header('etag', tag).header('cache-control', 'no-cache');
      const type = file.endsWith('.json') ? 'application/json' : 'application/octet-stream';
      return reply.code(200).type(type).header('content-length', sizeBytes).send(stream);
    },
  );
};

async function described(
  services: Services,
  id: string,
  n: number,
  name: string,
  artefact: StoredArtefact,
): Promise<Static<typeof Artefact>> {
  const folder = `${trialLinks(id, n).artefacts}/${name}`;
  const stored = await services.files.listFiles(id, artefact.id).catch((error: unknown) => {
    // A log outlives a store that was not kept, and a checkpoint may just have been replaced.
    if (error instanceof MaggyError && error.code === 'not-found') return [];
    throw error;
  });
  const files = stored.map((file) => ({ ...file, path: `${folder}/${file.name}` }));
  return { name, ...artefact, path: files.find((file) => file.name === 'model.json')?.path ?? null, files };
}

/** By name; of several with one name (a step saved again by a later attempt), the last counts. */
async function artefactsOf(services: Services, id: string, number: number): Promise<Map<string, StoredArtefact>> {
  await trialOf(services, id, number);
  const all = await services.readModel.artefacts(id, number);
  return new Map(all.map((artefact) => [artefact.kind === 'model' ? 'model' : `checkpoint-${artefact.step}`, artefact]));
}

function noArtefact(name: string, number: number, known: Iterable<string>): MaggyError {
  const nearest = nearestName(name, known);
  const hint = nearest === undefined ? '' : ` (did you mean ${nearest}?)`;
  return new MaggyError('not-found', `trial ${number} has no artefact of this name${hint}`, {
    field: 'name',
    value: name,
    rule: 'the name of an artefact',
  });
}

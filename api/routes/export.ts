/** An experiment as a file, in the format that another tool reads: written as it is read, whatever its size. */
import { pipeline, Readable } from 'node:stream';
import { constants, createGzip } from 'node:zlib';
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import Type from 'typebox';
import { formatNames, formats, tableFor, tableNames } from '../../exports/formats.ts';
import { refusals } from '../errors.ts';
import { exportedExperiment } from '../exporting.ts';
import { existing } from '../results.ts';
import { ExperimentPath } from '../schemas.ts';
import type { Services } from '../services.ts';

const ExportQuery = Type.Object(
  {
    format: Type.Enum([...formatNames], {
      description: 'tensorboard (a log directory) and mlflow (a folder of runs) come as a tar.gz archive',
    }),
    table: Type.Optional(
      Type.Enum([...tableNames], {
        description:
          'Of csv, jsonl and parquet: a row for each trial (default), or for each report, with a row for each of its metrics in csv and parquet',
      }),
    ),
  },
  { additionalProperties: false },
);

const File = Type.Unsafe<Readable>(Type.Unknown());

export const exportRoutes: FastifyPluginAsyncTypebox<{ services: Services }> = async (app, { services }) => {
  app.get(
    '/experiments/:id/export',
    {
      // A HEAD request would make the whole file, to send nothing of it.
      exposeHeadRoute: false,
      schema: {
        tags: ['experiments'],
        summary: 'The experiment as a file: CSV, JSON lines, Parquet, TensorBoard, MLflow',
        description: 'As it stands while it is read; of an experiment that runs, later trials are in it as far as they have come.',
        params: ExperimentPath,
        querystring: ExportQuery,
        response: {
          200: {
            description: 'The file',
            content: Object.fromEntries(
              Object.values(formats).map(({ contentType }) => [contentType.split(';')[0] ?? '', { schema: File }]),
            ),
          },
          ...refusals,
        },
      },
    },
    async ({ params: { id }, query: { format, table } }, reply) => {
      const chosen = tableFor(format, table);
      await existing(services, id);
      const file = formats[format];
      const experiment = exportedExperiment(services.readModel, await services.heads.get(id));
      const name = `${id}-${file.isTable ? chosen : format}.${file.extension}`;
      void reply.type(file.contentType).header('content-disposition', `attachment; filename="${name}"`);
      const written = Readable.from(file.write(experiment, chosen), { objectMode: false });
      return reply.send(file.isTable ? written : compressed(written));
    },
  );
};

function compressed(archive: Readable): Readable {
  // Small files of numbers: the best compression takes five times as long and saves a seventh.
  const gzip = createGzip({ level: constants.Z_BEST_SPEED });
  // What breaks either breaks the other; whoever sends the second hears of it.
  pipeline(archive, gzip, () => undefined);
  return gzip;
}

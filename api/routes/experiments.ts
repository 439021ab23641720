/** Submit, list and read experiments. Steering them is in `control.ts`, their results are in `result.ts`. */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import Type, { type Static } from 'typebox';
import { MaggyError } from '../../core/errors.ts';
import { SpecificationSchema, submissionSchema, Tag, type Submission } from '../../core/experiment.ts';
import { experimentDefaults, MOST_GP_TRIALS } from '../../core/specify.ts';
import { StateSchema } from '../../core/states.ts';
import { cursorsOf } from '../cursors.ts';
import { refusals } from '../errors.ts';
import { experimentId, IdempotencyHeaders } from '../identity.ts';
import { viewOf, type ExperimentView } from '../results.ts';
import { Cursor, ExperimentDetail, experimentLinks, ExperimentPath, ExperimentSummary, pageLimit, pageOf, Submitted } from '../schemas.ts';
import type { Services } from '../services.ts';
import { resolve, submit } from '../submission.ts';

const defaultPage = 50;
/** By creation and id. */
const cursors = cursorsOf(Type.Object({ createdAt: Type.Number(), id: Type.String() }, { additionalProperties: false }));

const ListQuery = Type.Object(
  { tag: Type.Optional(Tag), state: Type.Optional(StateSchema), limit: Type.Optional(pageLimit(100)), cursor: Type.Optional(Cursor) },
  { additionalProperties: false },
);

const SubmitQuery = Type.Object(
  { dryRun: Type.Optional(Type.Boolean({ description: 'Resolves the submission, says what would run, and runs nothing' })) },
  { additionalProperties: false },
);
const DryRun = Type.Object(
  {
    specification: SpecificationSchema,
    unchecked: Type.Optional(
      Type.String({ description: 'Why the models of an ablation were not built to look at them; absent where they were' }),
    ),
  },
  { additionalProperties: false, title: 'DryRun' },
);

export const experimentRoutes: FastifyPluginAsyncTypebox<{ services: Services }> = async (app, { services }) => {
  app.post(
    '/experiments',
    {
      schema: {
        tags: ['experiments'],
        summary: 'Submit an experiment',
        description:
          'What is absent comes from the declaration of the training function, else from these defaults: ' +
          `${describeDefaults()}. An Idempotency-Key makes the request safe to repeat: the first one is answered with 201, the same ` +
          'again with 200 and the same experiment, another body under the same key with 409. Parameters of the training function that ' +
          '`space` leaves out are held at their defaults.',
        headers: IdempotencyHeaders,
        querystring: SubmitQuery,
        // The options of samplers and schedulers depend on the catalogue, so the compiler cannot know them.
        body: Type.Unsafe<Submission>(submissionSchema(services.catalogue)),
        response: { 200: Type.Union([Submitted, DryRun]), 201: Submitted, ...refusals },
      },
    },
    async (request, reply) => {
      if (request.query.dryRun === true) {
        return reply.code(200).send(await resolve(services, request.body, experimentId(undefined), request.caller));
      }
      const { id, isNew } = await submit(services, {
        submission: request.body,
        key: request.headers['idempotency-key'],
        caller: request.caller,
      });
      const links = experimentLinks(id);
      if (isNew) return reply.code(201).header('location', links.self).send({ id, state: 'queued', links });
      const { result } = await viewOf(services, id);
      return reply.code(200).send({ id, state: result.state, links });
    },
  );

  app.get(
    '/experiments',
    {
      schema: {
        tags: ['experiments'],
        summary: 'List experiments, newest first',
        querystring: ListQuery,
        response: { 200: pageOf(ExperimentSummary), ...refusals },
      },
    },
    async ({ query: { tag, state, limit = defaultPage, cursor } }) => {
      const filter = { ...(tag === undefined ? {} : { tag }), ...(state === undefined ? {} : { state }) };
      const after = cursor === undefined ? {} : { after: cursors.read(cursor, [tag, state]) };
      const { ids, next } = await services.experiments.list({ ...filter, ...after, limit });
      const views = await Promise.all(ids.map((id) => viewUnlessDeleted(services, id)));
      return {
        items: views.flatMap((view) => (view === undefined ? [] : [summaryOf(view)])),
        nextCursor: next === null ? null : cursors.make(next, [tag, state]),
      };
    },
  );

  app.get(
    '/experiments/:id',
    {
      schema: {
        tags: ['experiments'],
        summary: 'One experiment: what was specified and where it stands',
        params: ExperimentPath,
        response: { 200: ExperimentDetail, ...refusals },
      },
    },
    async ({ params: { id } }) => {
      const view = await viewOf(services, id);
      const { durationSeconds, waitingFor } = view.result;
      const { specification, guard } = view;
      return { ...summaryOf(view), durationSeconds, waitingFor, pinnedHash: guard.hash, specification, links: experimentLinks(id) };
    },
  );
};

/** A list may be a moment behind a deletion. */
async function viewUnlessDeleted(services: Services, id: string): Promise<ExperimentView | undefined> {
  try {
    return await viewOf(services, id);
  } catch (error) {
    if (error instanceof MaggyError && (error.code === 'gone' || error.code === 'not-found')) return undefined;
    throw error;
  }
}

function summaryOf({ specification, createdAt, guard, result }: ExperimentView): Static<typeof ExperimentSummary> {
  const { id, name = null, tags, kind, pool, metric, direction } = specification;
  const maxTrials = specification.maxTrials + guard.furtherTrials;
  const { state, stopReason, counts, incumbent } = result;
  const trainingFunction = specification.trainingFunction.name;
  const specified = { id, name, tags, kind, trainingFunction, pool, metric, direction, maxTrials };
  return { ...specified, state, stopReason, createdAt, counts, incumbent };
}

function describeDefaults(): string {
  const { scheduler, ...numbers } = experimentDefaults;
  const words = Object.entries(numbers).map(([name, value]) => `${name} ${value}`);
  return [`sampler gp (tpe beyond ${MOST_GP_TRIALS} trials and under asha and hyperband)`, `scheduler ${scheduler.type}`, ...words].join(
    ', ',
  );
}

/** Steers an experiment. Each request is accepted (202) and takes effect by the log; asking again for what holds changes nothing. */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import Type, { type Static } from 'typebox';
import { isAsked } from '../../core/asked.ts';
import { invalid, MaggyError } from '../../core/errors.ts';
import type { ControlRequest } from '../../core/events.ts';
import { MOST_TRIALS, type Specification } from '../../core/experiment.ts';
import { completeParams } from '../../core/params.ts';
import { ParamsSchema } from '../../core/space.ts';
import type { ApiKey } from '../../queue/api-keys.ts';
import { requireRoom } from '../../queue/health.ts';
import { refusals } from '../errors.ts';
import { holdings, kindOf, liveSlots } from '../holders.ts';
import { IdempotencyHeaders, requestNonce } from '../identity.ts';
import { existing, viewOf, type ExperimentView } from '../results.ts';
import { ControlAnswer, experimentLinks, ExperimentPath } from '../schemas.ts';
import type { Services } from '../services.ts';

const closed = { additionalProperties: false };
const answers = { 202: ControlAnswer, ...refusals };
const repeatable =
  ' With an Idempotency-Key the same request counts once, however often it is sent within a day; another body under the same key is answered with 409.';

const Extension = Type.Object(
  {
    maxTrials: Type.Optional(Type.Integer({ minimum: 1, maximum: MOST_TRIALS, description: 'Further distinct trials' })),
    maxDurationSeconds: Type.Optional(Type.Number({ exclusiveMinimum: 0, description: 'Further running time' })),
  },
  { ...closed, title: 'Extension' },
);

const Enqueued = Type.Object({ params: ParamsSchema }, { ...closed, title: 'EnqueuedConfiguration' });

export const controlRoutes: FastifyPluginAsyncTypebox<{ services: Services }> = async (app, { services }) => {
  const control = async (id: string, request: ControlRequest, nonce?: string): Promise<Static<typeof ControlAnswer>> => {
    const outcome = await services.experiments.control(id, request, nonce);
    return { id, changed: outcome === 'changed', links: experimentLinks(id) };
  };
  const route = (summary: string, description: string) => ({
    tags: ['experiments'],
    summary,
    description,
    params: ExperimentPath,
    response: answers,
  });

  app.post(
    '/experiments/:id/stop',
    { schema: route('Stop', 'Cancels what runs and keeps all results.') },
    async ({ params: { id } }, reply) => {
      await existing(services, id);
      return reply.code(202).send(await control(id, { action: 'stop' }));
    },
  );

  app.post(
    '/experiments/:id/pause',
    { schema: route('Pause', 'Starts nothing new; what runs goes on to its end.') },
    async ({ params: { id } }, reply) => {
      await existing(services, id);
      return reply.code(202).send(await control(id, { action: 'pause' }));
    },
  );

  app.post(
    '/experiments/:id/resume',
    {
      schema: route(
        'Resume',
        'Where no live worker holds the pinned version of the training function any more, the version that most slots hold is pinned ' +
          'anew, and checkpoints of the old one are not resumed from.',
      ),
    },
    async ({ params: { id } }, reply) => {
      const { hash } = await existing(services, id);
      const { specification } = await services.heads.get(id);
      const successor = await successorOf(services, specification, hash);
      return reply.code(202).send(await control(id, { action: 'resume', ...(successor === undefined ? {} : { hash: successor }) }));
    },
  );

  app.post(
    '/experiments/:id/extend',
    {
      schema: {
        ...route(
          'Extend',
          'Gives an experiment more trials or more time. One that has ended is taken up anew, and an end that a budget has begun is taken ' +
            'back; what was told to stop by then stays stopped. While a requested stop is under way the answer is 409, and so it is where ' +
            `the budget that ended the experiment is not extended.${repeatable}`,
        ),
        headers: IdempotencyHeaders,
        body: Extension,
      },
    },
    async ({ params: { id }, body, headers, caller }, reply) => {
      const nonce = requestNonce(headers['idempotency-key'], 'extend');
      const view = await viewOf(services, id);
      const request = extensionOf(body, view);
      await requireRoom(services.redis);
      // Taken up anew, it is the work of whoever asked for that.
      if (caller !== null && view.guard.phase === 'ended') await services.charges.charge(caller, id, atOnce(view, caller));
      // A request that counted once keeps its answer, whatever the experiment has come to since.
      if (nonce === undefined || !(await services.experiments.isRepeated(id, nonce))) checkSpent(body, view);
      return reply.code(202).send(await control(id, request, nonce));
    },
  );

  app.post(
    '/experiments/:id/enqueue',
    {
      schema: {
        ...route(
          'Enqueue a configuration',
          `It runs before further suggestions. Absent parameters take their defaults. Where no trial is left for it the answer is 409.${repeatable}`,
        ),
        headers: IdempotencyHeaders,
        body: Enqueued,
      },
    },
    async ({ params: { id }, body, headers }, reply) => {
      await existing(services, id);
      const { space, ablation } = (await services.heads.get(id)).specification;
      if (ablation !== undefined) throw new MaggyError('conflict', `experiment ${id} is an ablation, whose trials are those of its plan`);
      const params = completeParams(space, body.params, 'params');
      return reply.code(202).send(await control(id, { action: 'enqueue', params }, requestNonce(headers['idempotency-key'], 'enqueue')));
    },
  );

  app.delete(
    '/experiments/:id',
    { schema: route('Delete', 'Stops the experiment and removes all it left. From here on it is gone (410).') },
    async ({ params: { id } }, reply) => reply.code(202).send(await control(id, { action: 'delete' })),
  );
};

/** The request of an extension that says something: members in one order, so that equal ones are equal texts. */
function extensionOf(extension: Static<typeof Extension>, { specification }: ExperimentView): ControlRequest {
  const { maxTrials, maxDurationSeconds } = extension;
  if (maxTrials === undefined && maxDurationSeconds === undefined) {
    throw invalid('maxTrials', 'is required unless maxDurationSeconds is given', undefined);
  }
  if (maxDurationSeconds !== undefined && specification.maxDurationSeconds === undefined) {
    throw invalid('maxDurationSeconds', 'must be absent, because the experiment has no limit of time', maxDurationSeconds);
  }
  return {
    action: 'extend',
    ...(maxTrials === undefined ? {} : { maxTrials }),
    ...(maxDurationSeconds === undefined ? {} : { maxDurationSeconds }),
  };
}

/** Trials that it may run at once, as its submission left it. */
function atOnce({ specification: { parallelism } }: ExperimentView, { runningTrials }: ApiKey): number {
  if (runningTrials !== undefined && parallelism === undefined) {
    throw new MaggyError('forbidden', `this key may run ${runningTrials} trials at once, and the experiment has no limit of them`);
  }
  return parallelism ?? 0;
}

function checkSpent(extension: Static<typeof Extension>, { result }: ExperimentView): void {
  const spent = result.stopReason === 'maxDuration' ? 'maxDurationSeconds' : result.stopReason === 'maxTrials' ? 'maxTrials' : undefined;
  if (spent !== undefined && extension[spent] === undefined) {
    const rule = 'is required, because the experiment has used it up and would end again at once';
    throw new MaggyError('conflict', `${spent}: ${rule}`, { field: spent, rule });
  }
}

/** The version to pin instead of one that no live slot holds; undefined while the pinned one is held, or where nobody holds any. */
async function successorOf({ registry }: Services, specification: Specification, hash: string): Promise<string | undefined> {
  if (isAsked(specification)) return undefined;
  const { pool, trainingFunction } = specification;
  const [declarations, workers] = await Promise.all([registry.declarations(), registry.workers()]);
  const { name } = trainingFunction;
  const kind = kindOf(specification);
  if (liveSlots(workers, pool, kind, { name, hash }) > 0) return undefined;
  const held = holdings(declarations, workers, kind).find(
    (holding) => holding.pool === pool && holding.declaration.name === name && holding.slots > 0,
  );
  return held?.declaration.hash;
}

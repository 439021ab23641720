/**
 * Ask and tell: trials for programs in any language, of experiments with `execution: "ask"`. What each request means for the
 * attempt is in `asking.ts`.
 */
import { randomUUID } from 'node:crypto';
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import Type, { type Static } from 'typebox';
import { isDecisionStep } from '../../core/decision-steps.ts';
import { ReadyEntry } from '../../core/events.ts';
import type { Specification } from '../../core/experiment.ts';
import { DecisionSchema } from '../../core/states.ts';
import type { Binding, Outcome } from '../../core/attempt.ts';
import { askTrial, beat, takeReport, tellOutcome } from '../asking.ts';
import { readToken, writeToken } from '../attempt-token.ts';
import { refusals } from '../errors.ts';
import { IdempotencyHeaders, requestNonce } from '../identity.ts';
import { measurements, measurementsOf } from '../measurements.ts';
import { ExperimentPath, TrialPath } from '../schemas.ts';
import type { Services } from '../services.ts';
import { answered } from '../waiting.ts';

const closed = { additionalProperties: false };
const defaultLeaseSeconds = 60;

const LeaseSeconds = Type.Integer({
  minimum: 1,
  maximum: 86_400,
  description: `Silence after which somebody else gets the trial, ${defaultLeaseSeconds} by default; each request about the trial begins it anew`,
});
const Token = Type.String({ maxLength: 500, description: 'The token that came with the trial' });

const Ask = Type.Object(
  {
    worker: Type.Optional(
      Type.String({
        pattern: '^[A-Za-z0-9._-]{1,100}$',
        'x-form': '1 to 100 letters, digits, ".", "_" or "-"',
        description: 'Who asks, for people to read',
      }),
    ),
    waitSeconds: Type.Optional(Type.Number({ minimum: 0, maximum: 60, description: 'Wait so long for a trial; 0 by default' })),
    leaseSeconds: Type.Optional(LeaseSeconds),
  },
  { ...closed, title: 'Ask' },
);

const { params, seed, resource } = ReadyEntry.properties;
const AskedTrial = Type.Object(
  {
    number: Type.Integer({ minimum: 0 }),
    attempt: Type.Integer({ minimum: 1 }),
    params,
    seed,
    resource: Type.Optional({
      ...resource,
      description: 'Under a scheduler with rungs: the step of the next one, which is to be reported',
    }),
    resumeFrom: Type.Optional(
      Type.Object(
        { step: Type.Integer({ minimum: 1 }) },
        {
          ...closed,
          description: 'Earlier attempts have reported up to this step: go on from what you kept of them, or start over from step 1',
        },
      ),
    ),
    token: Token,
    leaseSeconds: LeaseSeconds,
  },
  { ...closed, title: 'AskedTrial' },
);
const Asked = Type.Object(
  {
    trial: Type.Union([AskedTrial, Type.Null()], { description: 'null: nothing now' }),
    done: Type.Boolean({ description: 'Nothing will ever come, unless the experiment is extended' }),
  },
  { ...closed, title: 'Asked' },
);

const AskerReport = Type.Object(
  { token: Token, step: Type.Integer({ minimum: 1, maximum: 1_000_000_000 }), ...measurements },
  { ...closed, title: 'AskerReport' },
);
const Decided = Type.Object({ decision: DecisionSchema }, { ...closed, title: 'Decided' });

const Heartbeat = Type.Object({ token: Token }, { ...closed, title: 'Heartbeat' });
const Beaten = Type.Object(
  { stop: Type.Boolean({ description: 'End the trial, and tell so' }), leaseSeconds: LeaseSeconds },
  { ...closed, title: 'HeartbeatAnswer' },
);

const message = Type.Optional(Type.String({ description: 'Why, for people to read; the first 4,000 characters are kept' }));
const Tell = Type.Union(
  [
    Type.Object({ token: Token, state: Type.Literal('completed'), ...measurements }, closed),
    Type.Object({ token: Token, state: Type.Literal('failed'), message }, closed),
    Type.Object({ token: Token, state: Type.Literal('stopped') }, closed),
    Type.Object({ token: Token, state: Type.Literal('infeasible'), message }, closed),
  ],
  { title: 'Tell', discriminator: { propertyName: 'state' } },
);
const Told = Type.Object(
  {
    state: Type.Enum(['completed', 'stopped', 'paused', 'failed'], {
      description: 'How the attempt ended: where it was told before, what was told first stands',
    }),
  },
  { ...closed, title: 'Told' },
);

export const askRoutes: FastifyPluginAsyncTypebox<{ services: Services }> = async (app, { services }) => {
  const specificationOf = async (id: string): Promise<Specification> => {
    // A trial of an experiment that is being deleted may still be told how it ended.
    await services.experiments.guard(id);
    return (await services.heads.get(id)).specification;
  };

  app.post(
    '/experiments/:id/ask',
    {
      schema: {
        tags: ['ask and tell'],
        summary: 'Ask for a trial to run',
        description:
          'For experiments submitted with `execution: "ask"`. The trial is the caller\'s until it tells its outcome or says nothing for a whole ' +
          'lease; then somebody else gets it. With an Idempotency-Key the same ask again brings the same trial while it runs.',
        params: ExperimentPath,
        headers: IdempotencyHeaders,
        body: Ask,
        response: { 200: Asked, ...refusals },
      },
    },
    async ({ params: { id }, body, headers }, reply) => {
      const { worker = 'asker', waitSeconds = 0, leaseSeconds = defaultLeaseSeconds } = body;
      const nonce = requestNonce(headers['idempotency-key'], 'ask') ?? randomUUID();
      const { binding, done } = await askTrial(services, id, { nonce, worker, waitSeconds, leaseSeconds }, answered(reply));
      return { trial: binding === null ? null : await describeTrial(services, binding, leaseSeconds), done };
    },
  );

  app.post(
    '/experiments/:id/trials/:n/reports',
    {
      schema: {
        tags: ['ask and tell'],
        summary: 'Report a measurement',
        description:
          'Steps grow within an attempt; the first report of a step counts, so a report may be sent again. Where the scheduler decides, the answer ' +
          'waits for it. After `pause` the attempt is over, and a later ask may bring the trial again; after `stop`, tell.',
        params: TrialPath,
        body: AskerReport,
        response: { 200: Decided, ...refusals },
      },
    },
    async ({ params: { id, n }, body }, reply) => {
      const token = readToken(body.token, id, n);
      const { metric, decisionSteps } = await specificationOf(id);
      const { step } = body;
      const measured = measurementsOf(body, metric, `at step ${step}`);
      if (measured.kind === 'diverged') {
        await tellOutcome(services, token, measured.outcome);
        return { decision: 'stop' as const };
      }
      const { value, metrics } = measured;
      const last = await services.readModel.lastSteps(id, n);
      // Whoever goes on from where the trial paused passes no rung again; whoever starts over does, and hears what was decided there.
      const before = step > last.ofTrial ? last.ofTrial : last.ofAttempt;
      // A report that comes again is told again what was decided.
      const decides = step <= last.ofAttempt || isDecisionStep(decisionSteps, step, before);
      return { decision: await takeReport(services, token, { step, value, metrics }, decides, answered(reply)) };
    },
  );

  app.post(
    '/experiments/:id/trials/:n/heartbeat',
    {
      schema: {
        tags: ['ask and tell'],
        summary: 'Say that the trial goes on',
        description: 'Needed only where reports are further apart than the lease.',
        params: TrialPath,
        body: Heartbeat,
        response: { 200: Beaten, ...refusals },
      },
    },
    async ({ params: { id, n }, body }) => {
      const token = readToken(body.token, id, n);
      return { stop: await beat(services, token), leaseSeconds: token.leaseSeconds };
    },
  );

  app.post(
    '/experiments/:id/trials/:n/tell',
    {
      schema: {
        tags: ['ask and tell'],
        summary: 'Tell how the trial ended',
        description:
          '`failed` trials are tried again up to `maxAttempts`, `infeasible` ones are not. May be sent again: what was told first stands.',
        params: TrialPath,
        body: Tell,
        response: { 200: Told, ...refusals },
      },
    },
    async ({ params: { id, n }, body }) => {
      const token = readToken(body.token, id, n);
      const { metric } = await specificationOf(id);
      return { state: await tellOutcome(services, token, outcomeOf(body, metric)) };
    },
  );
};

async function describeTrial(services: Services, { token, entry }: Binding, leaseSeconds: number): Promise<Static<typeof AskedTrial>> {
  const { trial, attempt, params, seed, resource } = entry;
  const { lastStep } = await services.readModel.trialGuard(token.experiment, trial);
  return {
    number: trial,
    attempt,
    params,
    seed,
    ...(resource === undefined ? {} : { resource }),
    ...(lastStep === 0 ? {} : { resumeFrom: { step: lastStep } }),
    token: writeToken({ ...token, leaseSeconds }),
    leaseSeconds,
  };
}

function outcomeOf(told: Static<typeof Tell>, metric: string): Outcome {
  switch (told.state) {
    case 'completed': {
      const measured = measurementsOf(told, metric, 'at the end');
      return measured.kind === 'diverged' ? measured.outcome : { state: 'completed', value: measured.value, metrics: measured.metrics };
    }
    case 'failed':
      return { state: 'failed', reason: 'error', message: told.message ?? 'it was told so' };
    case 'infeasible':
      return { state: 'failed', reason: 'infeasible', message: told.message ?? 'it was told so' };
    case 'stopped':
      return { state: 'stopped' };
  }
}

/** The trials of an experiment, one trial, its curve and its log. */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import Type from 'typebox';
import { thinnedCurve } from '../../analysis/thinning.ts';
import { MaggyError } from '../../core/errors.ts';
import { TrialGroup, TrialRow } from '../../core/results.ts';
import { StateSchema } from '../../core/states.ts';
import type { CurvePoint as StoredPoint } from '../../queue/read-model.ts';
import { preferred } from '../accepted.ts';
import { cursorsOf } from '../cursors.ts';
import { refusals } from '../errors.ts';
import { existing } from '../results.ts';
import { Cursor, CurvePoint, ExperimentPath, pageLimit, pageOf, TrialDetail, trialLinks, TrialPath } from '../schemas.ts';
import type { Services } from '../services.ts';
import { trialOf } from '../trials.ts';

const defaultPage = 100;
/** By what the list is sorted by, and number. */
const cursors = cursorsOf(
  Type.Object(
    { key: Type.Number(), number: Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER }) },
    { additionalProperties: false },
  ),
);

const TrialsQuery = Type.Object(
  {
    state: Type.Optional(StateSchema),
    sort: Type.Optional(
      Type.Enum(['number', 'value', 'duration'], {
        description:
          'Trials that lack what is sorted by are left out; running ones have a value, their last report, only where state is `running`',
      }),
    ),
    order: Type.Optional(
      Type.Enum(['ascending', 'descending'], { description: 'Equal ones come by number, the lowest first, either way' }),
    ),
    limit: Type.Optional(pageLimit(1000)),
    cursor: Type.Optional(Cursor),
  },
  { additionalProperties: false },
);

/** Reports read at a time: a curve may have a million, and whoever else asks must not wait for that. */
const curvePage = 1000;
/** By place in the order of arrival, which no later report changes. */
const curveCursors = cursorsOf(Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER }));

const CurveQuery = Type.Object(
  {
    limit: Type.Optional(pageLimit(curvePage)),
    cursor: Type.Optional(Cursor),
    points: Type.Optional(
      Type.Integer({
        minimum: 6,
        maximum: 2000,
        description: 'The whole curve in one page, thinned to so many points for display; those at rungs all stay',
      }),
    ),
  },
  { additionalProperties: false },
);

const Log = Type.Object({ lines: Type.Array(Type.String()) }, { additionalProperties: false, title: 'TrialLog' });

export const trialRoutes: FastifyPluginAsyncTypebox<{ services: Services }> = async (app, { services }) => {
  const { readModel } = services;

  app.get(
    '/experiments/:id/trials',
    {
      schema: {
        tags: ['trials'],
        summary: 'The trials of an experiment',
        params: ExperimentPath,
        querystring: TrialsQuery,
        response: { 200: pageOf(TrialRow), ...refusals },
      },
    },
    async ({ params: { id }, query }) => {
      const { state, sort = 'number', order = 'ascending', limit = defaultPage, cursor } = query;
      await existing(services, id);
      const filter = state === undefined ? {} : { state };
      const after = cursor === undefined ? {} : { after: cursors.read(cursor, [state, sort, order]) };
      const { rows, next } = await readModel.trials(id, { ...filter, ...after, sort, order, limit });
      return { items: [...rows], nextCursor: next === null ? null : cursors.make(next, [state, sort, order]) };
    },
  );

  app.get(
    '/experiments/:id/trials/:n',
    { schema: { tags: ['trials'], summary: 'One trial', params: TrialPath, response: { 200: TrialDetail, ...refusals } } },
    async ({ params: { id, n } }) => {
      const row = await trialOf(services, id, n);
      const [{ provenance }, group] = await Promise.all([readModel.trialGuard(id, n), readModel.group(id, n)]);
      return { ...row, provenance, group, links: trialLinks(id, n) };
    },
  );

  app.get(
    '/experiments/:id/trials/:n/group',
    {
      schema: {
        tags: ['trials'],
        summary: "The lockstep group of a trial's last attempt: its ranks, where they run, how fast, and what the all-reduces take",
        params: TrialPath,
        response: { 200: TrialGroup, ...refusals },
      },
    },
    async ({ params: { id, n } }) => {
      await trialOf(services, id, n);
      const group = await readModel.group(id, n);
      if (group !== null) return group;
      const { lockstep } = (await services.heads.get(id)).specification;
      const rule = lockstep === undefined ? 'a trial of an experiment with lockstep' : 'a trial whose group has begun';
      throw new MaggyError('not-found', `trial ${n} of experiment ${id} has no lockstep group`, { field: 'n', value: n, rule });
    },
  );

  app.get(
    '/experiments/:id/trials/:n/curve',
    {
      schema: {
        tags: ['trials'],
        summary: 'Every report of a trial, in the order of arrival',
        params: TrialPath,
        querystring: CurveQuery,
        response: { 200: pageOf(CurvePoint), ...refusals },
      },
    },
    async ({ params: { id, n }, query: { limit = curvePage, cursor, points } }) => {
      await trialOf(services, id, n);
      if (points !== undefined) return { items: await shownCurve(services, id, n, points), nextCursor: null };
      const from = cursor === undefined ? 0 : curveCursors.read(cursor, []);
      const reports = await readModel.curve(id, n, from, limit + 1);
      return {
        items: reports.slice(0, limit),
        nextCursor: reports.length > limit ? curveCursors.make(from + limit, []) : null,
      };
    },
  );

  app.get(
    '/experiments/:id/trials/:n/log',
    {
      schema: {
        tags: ['trials'],
        summary: 'The last lines that a trial printed, as text or, where Accept asks for it, as JSON',
        params: TrialPath,
        response: {
          200: { content: { 'text/plain': { schema: Type.String() }, 'application/json': { schema: Log } } },
          ...refusals,
        },
      },
    },
    async (request, reply) => {
      const { id, n } = request.params;
      await trialOf(services, id, n);
      const lines = await readModel.output(id, n);
      void reply.header('vary', 'accept');
      if (preferred(request, ['text/plain', 'application/json']) === 'application/json')
        return reply.type('application/json; charset=utf-8').send({ lines });
      return reply.type('text/plain; charset=utf-8').send(lines.map((line) => `${line}\n`).join(''));
    },
  );
};

/** Read in pages, between which others are answered. */
async function shownCurve({ readModel, heads }: Services, id: string, n: number, points: number): Promise<StoredPoint[]> {
  const { decisionSteps } = (await heads.get(id)).specification;
  // Rungs are few. A rule that decides at every step marks none of them.
  const rungs = new Set(decisionSteps.at === 'steps' ? decisionSteps.steps : []);
  const curve: StoredPoint[] = [];
  for await (const page of readModel.curvePages(id, n)) curve.push(...page);
  return thinnedCurve(curve, points, ({ step }) => rungs.has(step));
}

/** The answer of an ablation study, as JSON, as a table of text or as CSV. Computed from the trials when asked for. */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import Type from 'typebox';
import { StudyDocument } from '../../analysis/ablation/answer.ts';
import { measuredOf, type Measured } from '../../analysis/ablation/runs.ts';
import { analyseAblation } from '../../analysis/ablation/study.ts';
import { studyCsv, studyTable } from '../../analysis/ablation/table.ts';
import { studyDocument, studyWords } from '../../analysis/ablation/words.ts';
import { MaggyError } from '../../core/errors.ts';
import type { ReadModel } from '../../queue/read-model.ts';
import { refusals } from '../errors.ts';
import { viewOf } from '../results.ts';
import { ExperimentPath } from '../schemas.ts';
import type { Services } from '../services.ts';

export const ablationRoutes: FastifyPluginAsyncTypebox<{ services: Services }> = async (app, { services }) => {
  app.get(
    '/experiments/:id/ablation',
    {
      schema: {
        tags: ['experiments'],
        summary: 'What each component of an ablation is worth',
        description:
          'Differences to the baseline, paired by seed, with what the trials say so far. As JSON or, where Accept asks for it, as text or CSV.',
        params: ExperimentPath,
        response: {
          200: {
            content: {
              'application/json': { schema: StudyDocument },
              'text/plain': { schema: Type.String() },
              'text/csv': { schema: Type.String() },
            },
          },
          ...refusals,
        },
      },
    },
    async ({ params: { id }, headers: { accept = '' } }, reply) => {
      const { specification } = await viewOf(services, id);
      const { ablation } = specification;
      if (ablation === undefined) {
        const rule = 'must be of kind "ablate"';
        throw new MaggyError('conflict', `experiment ${id} ${rule}`, { field: 'id', value: id, rule });
      }
      const study = analyseAblation(ablation, await measuredTrials(services.readModel, id), specification);
      void reply.header('vary', 'accept');
      if (accept.includes('text/csv')) return reply.type('text/csv; charset=utf-8').send(studyCsv(study));
      if (accept.includes('text/plain')) {
        return reply.type('text/plain; charset=utf-8').send(`${studyTable(study)}\n\n${studyWords(study).join('\n')}\n`);
      }
      return reply.send(studyDocument(study));
    },
  );
};

async function measuredTrials(readModel: ReadModel, id: string): Promise<Measured[]> {
  const measured: Measured[] = [];
  let after: Awaited<ReturnType<ReadModel['trials']>>['next'] = null;
  do {
    const page = await readModel.trials(id, { sort: 'number', order: 'ascending', limit: 1000, ...(after === null ? {} : { after }) });
    measured.push(...page.rows.map(measuredOf));
    after = page.next;
  } while (after !== null);
  return measured;
}

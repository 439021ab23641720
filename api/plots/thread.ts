/** The thread in which plots are computed, so that requests never wait for them: asks its own connection, answers JSON. */
import { workerData } from 'node:worker_threads';
import { attemptsOf } from '../../analysis/plots/attempts.ts';
import { contourOf } from '../../analysis/plots/contour.ts';
import { curveOf, curvesToDraw, type Curves } from '../../analysis/plots/curves.ts';
import { distributionOf } from '../../analysis/plots/edf.ts';
import { historyOf } from '../../analysis/plots/history.ts';
import { importanceOf } from '../../analysis/plots/importance.ts';
import { listed } from '../../analysis/plots/listing.ts';
import { pointsOf } from '../../analysis/plots/points.ts';
import { rungsOfBook } from '../../analysis/plots/rungs.ts';
import { timelineOf } from '../../analysis/plots/timeline.ts';
import { MaggyError } from '../../core/errors.ts';
import { isRecord } from '../../core/schema-words.ts';
import { connect } from '../../queue/connection.ts';
import { makeKeys } from '../../queue/keys.ts';
import { readLog } from '../../queue/log.ts';
import { ReadModel } from '../../queue/read-model.ts';
import { isRedisUnavailable } from '../../queue/unavailable.ts';
import type { PlotAnswer, PlotRequest, PlotTask } from './requests.ts';
import { studyText } from './study.ts';
import { Tables, type Kept } from './tables.ts';

export interface PlotThreadData {
  readonly redisUrl: string;
  readonly prefix: string;
}

/** Curves that are read side by side: each may have a million reports, of which few are kept. */
const CURVES_AT_ONCE = 16;

const { redisUrl, prefix } = threadData(workerData);
const keys = makeKeys(prefix);
const redis = connect(redisUrl, 'strict');
const readModel = new ReadModel(redis, keys);
const tables = new Tables(redis, keys, readModel);

export async function answerPlot(task: PlotTask): Promise<PlotAnswer> {
  try {
    return { kind: 'plot', text: new TextEncoder().encode(await textOf(task)) };
  } catch (error) {
    // Errors lose their class and name on the way to the other thread.
    if (isRedisUnavailable(error)) return { kind: 'unavailable' };
    if (!(error instanceof MaggyError)) throw error;
    const { message, code, field, rule } = error;
    return { kind: 'refused', message, code, ...(field === undefined ? {} : { field }), ...(rule === undefined ? {} : { rule }) };
  }
}

async function textOf({ experiment, position, request }: PlotTask): Promise<string> {
  const held = await tables.get(experiment, position);
  if (request.kind === 'ablation') return studyText(readModel, held.specification, request.query.form);
  return JSON.stringify({ position, ...(await plotOf(experiment, held, request)) });
}

async function plotOf(experiment: string, held: Kept, request: Exclude<PlotRequest, { kind: 'ablation' }>): Promise<object> {
  const { table, specification } = held;
  switch (request.kind) {
    case 'history':
      return historyOf(table);
    case 'points':
      return pointsOf(table, request.query.parameters?.split(','), request.query.limit);
    case 'curves': {
      const { drawn, trials } = curvesToDraw(table, request.query.top ?? 20, request.query.others ?? 60);
      const curves: Curves['curves'] = [];
      for (let at = 0; at < drawn.length; at += CURVES_AT_ONCE) {
        const some = drawn.slice(at, at + CURVES_AT_ONCE);
        const read = some.map((number) => curveOf(table, number, readModel.curvePages(experiment, number), drawn.length));
        curves.push(...(await Promise.all(read)));
      }
      return { trials, curves };
    }
    case 'contour':
      return contourOf(table, request.query.x, request.query.y);
    case 'importance':
      return importanceOf(table, request.query.method ?? 'fanova');
    case 'edf':
      return distributionOf(table);
    case 'rungs': {
      const result = await readModel.result(experiment);
      const { used = 0, saved = 0 } = result?.resource ?? {};
      return { ...rungsOfBook(await tables.segments(experiment, held), specification), resource: { used, saved } };
    }
    case 'trials': {
      const { offset = 0, limit = 100, ...query } = request.query;
      const numbers = tables.listed(held, JSON.stringify(query), () => listed(table, query));
      const items = await readModel.rows(experiment, numbers.slice(offset, offset + limit));
      return { trials: table.length, found: numbers.length, offset, items };
    }
    case 'attempts':
      return attemptsOf(await tables.segments(experiment, held), request.query.trial);
    case 'timeline': {
      const book = await tables.segments(experiment, held);
      // What runs was running when the log was last written to.
      const [last] = await readLog(redis, keys, experiment, held.position - 1, 1);
      return timelineOf(book, last?.event.at ?? 0, request.query);
    }
  }
}

function threadData(data: unknown): PlotThreadData {
  if (!isRecord(data) || typeof data.redisUrl !== 'string' || typeof data.prefix !== 'string')
    throw new MaggyError('internal', 'the thread of plots was started without its Redis');
  return { redisUrl: data.redisUrl, prefix: data.prefix };
}

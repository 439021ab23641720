/** `maggy watch`: an experiment to its end, live in a terminal and in plain lines elsewhere. Exits by how it ended. */
import type { MaggyClient } from '../../client/client.ts';
import { patiently, sleep } from '../../client/connection.ts';
import type { Specification } from '../../core/experiment.ts';
import type { ResultDocument } from '../../core/results.ts';
import { ProgressView } from '../../lagom/progress/view.ts';
import { api } from '../api.ts';
import { describeResult } from '../describe-result.ts';
import { NotCompleted } from '../failure.ts';
import { whenAskedToEnd } from '../signals.ts';
import { TrialNews } from '../trial-news.ts';

/** Where trials last milliseconds, each of them would be news. */
const MOST_OFTEN_MS = 250;

/** @param json the result document on stdout in place of its words */
export async function watch(id: string, { json }: { readonly json: boolean }): Promise<void> {
  const server = api();
  const result = await follow(server, id, whenAskedToEnd());
  process.stdout.write(`${json ? JSON.stringify(result) : describeResult(result)}\n`);
  requireCompleted(result);
}

/** @throws NotCompleted with the reason where it ended otherwise */
export function requireCompleted({ failure, state }: ResultDocument): void {
  if (state === 'completed') return;
  const why = failure === null ? '' : `; most of its failed trials: ${failure.reason}, as trial ${failure.trial}: ${failure.message}`;
  throw new NotCompleted(`the experiment has ${state === 'stopped' ? 'been stopped' : state}${why}`);
}

/** To its end, with the news on stderr. @throws Interrupted (rejection) where the signal ends it first */
export async function follow(server: MaggyClient, id: string, signal: AbortSignal): Promise<ResultDocument> {
  const specification = await server.specification(id);
  const view = new ProgressView(process.stderr, specification);
  const news = new TrialNews(server, id);
  const onNews = async (result: ResultDocument): Promise<void> => {
    const [trials, slots] = await patiently(() => Promise.all([news.next(), slotsOf(server, specification)]), signal);
    view.update(result, trials, slots);
    await sleep(MOST_OFTEN_MS, signal);
  };
  try {
    return await server.wait(id, { onNews, signal });
  } finally {
    view.close();
  }
}

/** Those that may run its trials; an experiment that is asked for has none. */
async function slotsOf(server: MaggyClient, { pool, lockstep, execution }: Specification) {
  if (execution === 'ask') return undefined;
  const found = (await server.pools()).find(({ name }) => name === pool);
  return lockstep === undefined ? found?.slots : found?.lockstep.slots;
}

/** An experiment as the room of exports reads it: trials in pages of the read model, curves a little ahead of whoever takes them. */
import type { ExportedExperiment, Report, Run } from '../exports/experiment.ts';
import type { TrialRow } from '../core/results.ts';
import type { ReadModel } from '../queue/read-model.ts';
import type { ExperimentHead } from './experiment-heads.ts';

/** Reports of one curve read at a time: most curves are shorter. */
const REPORTS = 1000;
/** Curves whose beginning is asked for before their turn, so that each does not cost a way to Redis and back. */
const AHEAD = 16;

export function exportedExperiment(readModel: ReadModel, { specification, createdAt }: ExperimentHead): ExportedExperiment {
  const { id } = specification;
  return {
    specification,
    createdAt,
    trials: () => readModel.allTrials(id),
    runs: () => runsOf(readModel, id),
  };
}

async function* runsOf(readModel: ReadModel, id: string): AsyncGenerator<Run, void, undefined> {
  const waiting: { readonly trial: TrialRow; readonly first: Promise<readonly Report[]> }[] = [];
  const next = ({ trial, first }: (typeof waiting)[number]): Run => ({ trial, reports: reportsOf(readModel, id, trial.number, first) });
  for await (const trial of readModel.allTrials(id)) {
    const first = readModel.curve(id, trial.number, 0, REPORTS);
    // Heard of where it is awaited; until then it must not count as unhandled.
    first.catch(() => undefined);
    waiting.push({ trial, first });
    if (waiting.length < AHEAD) continue;
    const [head] = waiting.splice(0, 1);
    if (head !== undefined) yield next(head);
  }
  for (const head of waiting) yield next(head);
}

async function* reportsOf(
  readModel: ReadModel,
  id: string,
  trial: number,
  first: Promise<readonly Report[]>,
): AsyncGenerator<Report, void, undefined> {
  let page = await first;
  yield* page;
  for (let from = REPORTS; page.length === REPORTS; from += REPORTS) {
    page = await readModel.curve(id, trial, from, REPORTS);
    yield* page;
  }
}

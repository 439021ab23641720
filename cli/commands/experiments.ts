/** The commands that look at an experiment of a server and steer it. One line a thing, for people and `grep`; `--json` for programs. */
import type { ExperimentQuery, TrialQuery } from '../../client/client.ts';
import { describeParams, shortNumber } from '../../core/in-words.ts';
import type { ResultDocument, TrialRow } from '../../core/results.ts';
import { MaggyError } from '../../core/errors.ts';
import { ProgressView } from '../../lagom/progress-view.ts';
import { api } from '../api.ts';

export interface Output {
  readonly json: boolean;
}

export async function list(query: ExperimentQuery, { json }: Output): Promise<void> {
  for (const experiment of await api().experiments(query)) {
    const { id, state, trainingFunction, name, counts, incumbent } = experiment;
    const best = incumbent === null ? '-' : shortNumber(incumbent.value);
    print(
      json
        ? JSON.stringify(experiment)
        : [id, state, trainingFunction, `${counts.completed} completed`, `best ${best}`, name ?? ''].join('  '),
    );
  }
}

export async function show(id: string, { json }: Output): Promise<void> {
  const result = await api().result(id);
  print(json ? JSON.stringify(result) : describeResult(result));
}

export async function trials(id: string, query: TrialQuery, { json }: Output): Promise<void> {
  for await (const trial of api().trials(id, query)) print(json ? JSON.stringify(trial) : describeTrial(trial));
}

/** @param flags the params as `--set` of other commands takes them */
export async function best(id: string, { json, flags }: Output & { readonly flags: boolean }): Promise<void> {
  const { incumbent } = await api().result(id);
  if (incumbent === null) throw new MaggyError('conflict', `experiment ${id} has no best trial yet: maggy watch ${id} waits for one`);
  const settings = Object.entries(incumbent.params).map(([name, value]) => `--set ${name}=${String(value)}`);
  if (flags) print(settings.join(' '));
  else
    print(
      json ? JSON.stringify(incumbent) : `trial ${incumbent.number}  ${shortNumber(incumbent.value)}  ${describeParams(incumbent.params)}`,
    );
}

export async function logs(id: string, trial: number): Promise<void> {
  for (const line of await api().log(id, trial)) print(line);
}

/** Until the experiment has ended: a bar in a terminal, else one line for each trial that ends. */
export async function watch(id: string): Promise<void> {
  const server = api();
  const view = new ProgressView(process.stderr, await server.specification(id));
  try {
    print(describeResult(await server.wait(id, { onNews: async (result) => view.update(result, await server.allTrials(id)) })));
  } finally {
    view.close();
  }
}

export async function steer(id: string, action: 'stop' | 'pause' | 'resume'): Promise<void> {
  await api()[action](id);
  print(`asked experiment ${id} to ${action}; maggy show ${id} says where it stands`);
}

function describeResult({ id, state, stopReason, counts, incumbent, waitingFor }: ResultDocument): string {
  const told = Object.entries(counts).filter(([, count]) => count > 0);
  return [
    `experiment  ${id}`,
    `state       ${state}${stopReason === null ? '' : ` (${stopReason})`}`,
    `trials      ${told.map(([name, count]) => `${count} ${name}`).join(', ') || 'none yet'}`,
    ...(incumbent === null
      ? []
      : [`best        ${shortNumber(incumbent.value)} (trial ${incumbent.number}: ${describeParams(incumbent.params)})`]),
    ...(waitingFor === null ? [] : [`waits for   ${waitingFor}`]),
  ].join('\n');
}

function describeTrial({ number, state, value, lastStep, params, failure }: TrialRow): string {
  const reason = failure === null ? '' : `  ${failure.reason}: ${failure.message}`;
  return `${number}  ${state}  ${value === null ? '-' : shortNumber(value)}  ${lastStep} steps  ${describeParams(params)}${reason}`;
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

/** The commands that look at an experiment of a server and steer it. One line a thing, for people and `grep`; `--json` for programs. */
import type { ExperimentQuery, TrialQuery } from '../../client/client.ts';
import { describeParams, shortNumber } from '../../core/in-words.ts';
import type { TrialRow } from '../../core/results.ts';
import { MaggyError } from '../../core/errors.ts';
import type { Params } from '../../core/space.ts';
import { api } from '../api.ts';
import { describeResult } from '../describe-result.ts';

/** The API puts no more on a page of experiments. */
const MOST_A_PAGE = 100;

export interface Output {
  readonly json: boolean;
}

/** @param limit of experiments; where there are more, stderr says so */
export async function list({ limit, ...query }: ExperimentQuery & { limit: number }, { json }: Output): Promise<void> {
  let shown = 0;
  for await (const experiment of api().experiments({ ...query, limit: Math.min(MOST_A_PAGE, limit + 1) })) {
    if (shown === limit) {
      process.stderr.write(`the newest ${limit}; there are more: --limit shows them\n`);
      return;
    }
    shown += 1;
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

/** @param asFlags the params as `--set` of other commands takes them */
export async function best(id: string, { json, asFlags }: Output & { readonly asFlags: boolean }): Promise<void> {
  const { incumbent } = await api().result(id);
  if (incumbent === null) throw new MaggyError('conflict', `experiment ${id} has no best trial yet: maggy watch ${id} waits for one`);
  const { number, value, params } = incumbent;
  if (json) print(JSON.stringify(incumbent));
  else if (asFlags) print(asSettings(params));
  else print(`trial ${number}  ${shortNumber(value)}  ${describeParams(params)}`);
}

/** For a shell, which quotes what it would take apart. */
function asSettings(params: Params): string {
  const settings = Object.entries(params).map(([name, value]) => `${name}=${String(value)}`);
  return settings.map((text) => `--set ${/^[\w.,:/+=-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`}`).join(' ');
}

export async function steer(id: string, action: 'stop' | 'pause' | 'resume'): Promise<void> {
  await api()[action](id);
  print(`asked experiment ${id} to ${action}; maggy show ${id} says where it stands`);
}

function describeTrial({ number, state, value, lastStep, params, failure }: TrialRow): string {
  const reason = failure === null ? '' : `  ${failure.reason}: ${failure.message}`;
  return `${number}  ${state}  ${value === null ? '-' : shortNumber(value)}  ${lastStep} steps  ${describeParams(params)}${reason}`;
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

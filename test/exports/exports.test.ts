/** Exports of an experiment that a real optimizer and workers ran, over HTTP and the command line, read by the tools that they are for. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { startServer, type RunningServer } from '../../api/server.ts';
import { MaggyClient } from '../../client/index.ts';
import type { TrialRow } from '../../core/results.ts';
import { maggy } from '../support/command-line.ts';
import { Deployment } from '../support/deployment.ts';
import { pythonSays, pythonWith } from '../support/python.ts';
import { useTestRedis } from '../support/redis.ts';

const { url, prefix } = useTestRedis();
let deployment: Deployment;
let server: RunningServer;
let folder = '';
let id = '';
let trials: TrialRow[] = [];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'maggy-exports-'));
  deployment = new Deployment(url, prefix);
  await deployment.optimizer();
  server = await startServer({ redisUrl: url, prefix: deployment.keys.prefix, storeFolder: '/nowhere', host: '127.0.0.1', port: 0 });
  vi.stubEnv('MAGGY_URL', server.url);
  await deployment.worker({ slots: 2, steps: 5, pauseMs: 2, failing: 0.2 });
  id = await deployment.submit({ id: 'eexport1', name: 'digits', maxTrials: 30, maxAttempts: 1 });
  await deployment.ended(id);
  trials = await new MaggyClient(server.url).allTrials(id);
});
afterAll(async () => {
  vi.unstubAllEnvs();
  await server.close();
  await deployment.close();
  await rm(folder, { recursive: true, force: true });
});

const ask = (query: string) => fetch(`${server.url}/v1/experiments/${id}/export?${query}`);

/** Where a command has put an export. */
async function exported(name: string, ...flags: string[]): Promise<string> {
  const path = join(folder, name);
  const said = await maggy('export', id, ...flags, '--output', path);
  expect(said).toEqual({ code: 0, stdout: '', stderr: `wrote ${path}\n` });
  return path;
}

const lines = (text: string): unknown[] =>
  text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as unknown);

describe('an export', () => {
  it('as JSON lines has the very trials and reports of the API', async () => {
    expect(lines(await (await ask('format=jsonl')).text())).toEqual(trials);
    const reports = lines(await (await ask('format=jsonl&table=curves')).text());
    expect(reports).toHaveLength(trials.reduce((sum, trial) => sum + trial.reports, 0));
    const [first] = await new MaggyClient(server.url).curve(id, 0);
    expect(reports[0]).toEqual({ trial: 0, ...first });
  });

  it('as CSV has a row for each trial under a header', async () => {
    const response = await ask('format=csv');
    expect(response.headers.get('content-type')).toBe('text/csv; charset=utf-8');
    expect(response.headers.get('content-disposition')).toBe('attachment; filename="eexport1-trials.csv"');
    const [header = '', ...rows] = (await response.text()).trim().split('\r\n');
    expect(rows).toHaveLength(30);
    expect(header).toMatch(/^number,state,value,params\./);
    expect(rows[7]).toMatch(/^7,(completed|failed),/);
  });

  it('goes to stdout where no file is named', async () => {
    const chunks: string[] = [];
    const end = vi.spyOn(process.stdout, 'write').mockImplementation((...args: unknown[]) => {
      chunks.push(args[0] instanceof Uint8Array ? new TextDecoder().decode(args[0]) : String(args[0]));
      args.forEach((argument) => typeof argument === 'function' && (argument as () => void)());
      return true;
    });
    const { main } = await import('../../cli/program.ts');
    const code = await main(['export', id, '--format', 'jsonl']).finally(() => end.mockRestore());
    expect(code).toBe(0);
    expect(lines(chunks.join(''))).toEqual(trials);
  });

  it('is refused for what there is not', async () => {
    expect((await ask('format=excel')).status).toBe(400);
    expect(await (await ask('format=mlflow&table=curves')).json()).toMatchObject({ code: 'invalid', field: 'table' });
    expect((await fetch(`${server.url}/v1/experiments/eunknown/export?format=csv`)).status).toBe(404);
  });
});

const pandas = pythonWith('pandas', 'pyarrow');
describe.skipIf(pandas === undefined)('in pandas (skipped where no python3 has pandas and pyarrow: scripts/python-for-tests.sh)', () => {
  const summary = `
import sys, json, pandas as pd
trials, curves = (getattr(pd, sys.argv[1])(path) for path in sys.argv[2:4])
best = trials[trials.state == 'completed'].sort_values('value').iloc[0]
print(json.dumps({
    'trials': len(trials), 'curves': len(curves), 'number': int(best.number), 'value': float(best.value),
    'params': {name[7:]: (best[name].item() if hasattr(best[name], 'item') else best[name]) for name in trials.columns if name.startswith('params.')},
    'failed': int((trials.failureReason == 'error').sum()),
    'year': int(pd.to_datetime(trials.startedAt).dt.year.min()),
    'last': float(curves[curves.trial == best.number].sort_values('step').value.iloc[-1]),
}))`;

  it.each(['csv', 'parquet'])('a round trip as %s keeps every digit, and times', { timeout: 60_000 }, async (format) => {
    const paths = [
      await exported(`trials.${format}`, '--format', format),
      await exported(`curves.${format}`, '--format', format, '--table', 'curves'),
    ];
    const completed = trials.filter(({ state }) => state === 'completed');
    const [best] = completed.sort((a, b) => (a.value ?? NaN) - (b.value ?? NaN));
    expect(await pythonSays(pandas, summary, `read_${format}`, ...paths)).toEqual({
      trials: 30,
      curves: trials.reduce((sum, trial) => sum + trial.reports, 0),
      number: best?.number,
      value: best?.value,
      params: best?.params,
      failed: 30 - completed.length,
      year: new Date(trials[0]?.startedAt ?? 0).getUTCFullYear(),
      last: best?.value,
    });
  });
});

const tensorboard = pythonWith('tensorboard');
describe.skipIf(tensorboard === undefined)('in TensorBoard (skipped where no python3 has it: scripts/python-for-tests.sh)', () => {
  it('has the curve and the hyperparameters of each trial', { timeout: 60_000 }, async () => {
    const path = await exported('tensorboard', '--format', 'tensorboard');
    const found = await pythonSays(
      tensorboard,
      `
import sys, json, os
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from tensorboard.backend.event_processing.data_provider import MultiplexerDataProvider
from tensorboard.backend.event_processing.plugin_event_multiplexer import EventMultiplexer
from tensorboard.plugins.hparams import backend_context, list_session_groups, api_pb2, metadata
from tensorboard.plugins import base_plugin
from tensorboard import context
multiplexer = EventMultiplexer().AddRunsFromDirectory(sys.argv[1]); multiplexer.Reload()
provider = MultiplexerDataProvider(multiplexer, sys.argv[1])
backend = backend_context.Context(base_plugin.TBContext(data_provider=provider))
request = context.RequestContext()
tags = backend.hparams_metadata(request, 'here')
experiment = backend.experiment_from_metadata(request, 'here', True, tags, None)
accumulator = EventAccumulator(os.path.join(sys.argv[1], sys.argv[2], 'trial-0')); accumulator.Reload()
scalars = accumulator.Tensors('value') if 'value' in accumulator.Tags()['tensors'] else accumulator.Scalars('value')
groups = list_session_groups.Handler(request, backend, 'here', api_pb2.ListSessionGroupsRequest(
    start_index=0, slice_size=1000, allowed_statuses=[0, 1, 2, 3],
    col_params=[api_pb2.ColParams(metric=m.name) for m in experiment.metric_infos])).run().session_groups
print(json.dumps({
    'steps': [s.step for s in scalars],
    'hparams': sorted(info.name for info in experiment.hparam_infos),
    'metrics': [info.name.tag for info in experiment.metric_infos],
    'groups': len(groups),
    'first': {name: value.number_value if value.HasField('number_value') else value.string_value
              for group in groups if group.name == 'trial 0' for name, value in group.hparams.items()},
    'statuses': sorted(session.status for group in groups for session in group.sessions),
    'value': [m.value for group in groups if group.name == sys.argv[3] for m in group.metric_values],
}))`,
      path,
      id,
      `trial ${trials.find(({ state }) => state === 'completed')?.number ?? 0}`,
    );
    const [first] = trials;
    const failed = trials.filter(({ state }) => state === 'failed').length;
    expect(found).toMatchObject({
      steps: Array.from({ length: first?.reports ?? 0 }, (_, step) => step + 1),
      hparams: Object.keys(first?.params ?? {}).sort(),
      metrics: ['value'],
      groups: 30,
      first: first?.params,
      statuses: [...Array<number>(30 - failed).fill(1), ...Array<number>(failed).fill(2)],
    });
  });
});

const mlflow = pythonWith('mlflow');
describe.skipIf(mlflow === undefined)('in MLflow (skipped where no python3 has it: scripts/python-for-tests.sh)', () => {
  it('is an experiment with a run for each trial', { timeout: 60_000 }, async () => {
    const path = await exported('mlflow', '--format', 'mlflow');
    const found = await pythonSays(
      mlflow,
      `
import sys, json
from mlflow.tracking import MlflowClient
client = MlflowClient('file://' + sys.argv[1] + '/mlruns')
experiments = client.search_experiments()
runs = client.search_runs([e.experiment_id for e in experiments], max_results=1000)
first = next(run for run in runs if run.data.tags['maggy.trial'] == '0')
print(json.dumps({
    'names': [e.name for e in experiments], 'runs': len(runs), 'params': first.data.params,
    'statuses': sorted(run.info.status for run in runs), 'name': first.info.run_name,
    'steps': [m.step for m in client.get_metric_history(first.info.run_id, 'value')],
    'start': first.info.start_time,
}))`,
      path,
    );
    const [first] = trials;
    expect(found).toEqual({
      names: [`digits (${id})`],
      runs: 30,
      name: 'trial 0',
      params: Object.fromEntries(Object.entries(first?.params ?? {}).map(([name, value]) => [name, String(value)])),
      statuses: trials.map(({ state }) => (state === 'completed' ? 'FINISHED' : 'FAILED')).sort(),
      steps: Array.from({ length: first?.reports ?? 0 }, (_, step) => step + 1),
      start: first?.startedAt,
    });
  });
});

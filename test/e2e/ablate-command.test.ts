/** `maggy ablate` as a person gives it, beside a stack with two workers. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { exitCodes } from '../../cli/failure.ts';
import { noteRunningStack } from '../../cli/stack/running-stack.ts';
import type { Params } from '../../core/space.ts';
import { until } from '../support/until.ts';
import { useTwoWorkers } from './two-workers.ts';
import { whenEnded, type Ended } from './workplace.ts';

const system = useTwoWorkers();
const file = 'functions/weighing.ts';
const incumbent: Params = { learningRate: 0.124, units: 6, epochs: 5 };
let forget: (() => Promise<void>) | undefined;
let tuned = '';

beforeAll(async () => {
  const { place, stack } = system();
  forget = await noteRunningStack(place.folder, { pid: process.pid, url: stack.api.url, redisUrl: '' });
  tuned = (await system().run({ kind: 'train', trainingFunction: 'weighing', hparams: incumbent, seed: 1 })).id;
}, 120_000);
afterAll(async () => forget?.());

const ablate = (...args: string[]): Promise<Ended> => system().place.maggy('ablate', file, ...args);

/** The experiment that a command has run. */
const idIn = ({ stderr }: Ended): string => /^experiment (\w+)$/m.exec(stderr)?.[1] ?? '';

describe('maggy ablate', { timeout: 240_000 }, () => {
  it('shows its plan: which trials run, what each leaves out, how large its model is', async () => {
    const { code, stdout } = await ablate('--features', 'useless, deciding', '--layers', 'hidden', '--set', 'units=4', '--dry-run');
    expect({ code, stdout: stdout.split('\n') }).toEqual({
      code: exitCodes.ok,
      stdout: [
        'trials    component         change            parameters',
        '0, 4, 8   baseline                            35',
        '1, 5, 9   feature useless   without useless   35 -> 31',
        '2, 6, 10  feature deciding  without deciding  35 -> 31',
        '3, 7, 11  layer hidden      without hidden    35 -> 15',
        '12 trials, 3 of each with the same seeds',
        '',
      ],
    });
  });

  it('shows why a component cannot be studied, and fails', async () => {
    const { code, stdout, stderr } = await ablate('--layers', 'shape,hidden', '--dry-run');
    expect(code).toBe(exitCodes.usage);
    expect(stdout).toMatch(/layer shape +without shape +layer shape cannot be left out: layer pool does not take \[8\]/);
    expect(stdout).toMatch(/layer hidden +without hidden +101 -> 29/);
    expect(stderr).toContain('1 of the components cannot be studied');
  });

  it('starts from the incumbent of another experiment, and from nothing else', async () => {
    const ended = await ablate('--from', tuned, '--features', 'useless', '--replicates', '1', '--name', 'by hand');
    expect(ended.code).toBe(exitCodes.ok);
    const trials = await system().stack.api.allTrials(idIn(ended));
    expect(trials.map(({ params }) => params)).toEqual([incumbent, incumbent]);
    expect((await system().stack.api.specification(idIn(ended))).name).toBe('by hand');
  });

  it('shows the plan of a study that starts from there', async () => {
    const { code, stdout } = await ablate('--from', tuned, '--hparams', 'all', '--set', 'epochs=7', '--dry-run');
    expect(code).toBe(exitCodes.ok);
    expect(stdout).toMatch(/hparam learningRate +learningRate 0\.124 → 0\.05 +64 -> 64/);
    expect(stdout).toMatch(/hparam units +units 6 → 8 +64 -> 101/);
    expect(stdout).toMatch(/hparam epochs +epochs 7 → 40 +64 -> 64/);
  });

  it('leads on a path from the defaults, or from a start, to that incumbent', async () => {
    const ended = await ablate('--mode', 'path', '--from', tuned, '--start', 'epochs=5', '--replicates', '2', '--format', 'json');
    expect(ended.code).toBe(exitCodes.ok);
    const { components } = JSON.parse(ended.stdout) as { components: { name: string }[] };
    expect(components.map(({ name }) => name).sort()).toEqual(['learningRate 0.05 → 0.124', 'units 8 → 6']);
  });

  it('goes on with what it cannot tell, and hands on what a submission says', async () => {
    const options = [
      '--adaptive',
      '--max-replicates',
      '4',
      '--replicates',
      '2',
      '--seed',
      '5',
      '--set',
      'epochs=3',
      '--parallelism',
      '1',
      '--margin',
      '0.5',
    ];
    const ended = await ablate('--features', 'useless', ...options, '--dataset', 'share=0.5', '--scheduler', 'median,warmupSteps=9');
    expect(ended.code).toBe(exitCodes.ok);
    expect(ended.stdout).toMatch(/^component +/);
    expect(await system().stack.api.specification(idIn(ended))).toMatchObject({
      ablation: { looks: [{ replicates: 2 }, { replicates: 3 }, { replicates: 4 }], margin: 0.5 },
      seed: 5,
      parallelism: 1,
      dataset: { share: 0.5 },
      scheduler: { type: 'median', warmupSteps: 9 },
    });
  });

  it('answers as CSV', async () => {
    const { code, stdout } = await ablate('--features', 'useless', '--replicates', '2', '--set', 'epochs=2', '--format', 'csv');
    expect(code).toBe(exitCodes.ok);
    expect(stdout.split('\r\n').map((line) => line.split(',').slice(0, 3))).toEqual([
      ['kind', 'name', 'metric'],
      ['baseline', 'baseline', 'loss'],
      ['component', 'feature useless', 'loss'],
      [''],
    ]);
  });

  it.each<[string, string[], string]>([
    ['a feature that is not there', ['--features', 'usless'], 'did you mean "useless"?'],
    ['a value that is not legal', ['--set', 'units=3'], '--set units=3: must be'],
    ['a start that is not legal', ['--mode', 'path', '--start', 'units=3'], '--start units=3: must be'],
    ['an experiment that is not there', ['--from', 'nowhere'], 'must be the id of an experiment'],
    ['a dry run with a format, which it does not have', ['--dry-run', '--format', 'csv'], 'cannot be used with'],
  ])('refuses %s as a mistake of the command line', async (_what, args, words) => {
    const { code, stderr } = await ablate(...args);
    expect({ code, stderr }).toEqual({ code: exitCodes.usage, stderr: expect.stringContaining(words) as unknown });
  });

  it('says by its exit code that the study was stopped, after what it has found', async () => {
    const running = system().place.start('ablate', file, '--features', 'useless', '--replicates', '50', '--set', 'epochs=2000');
    const ended = whenEnded(running);
    let said = '';
    running.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()));
    await until('the study has been submitted', () => /^experiment \w+$/m.test(said));
    await system().stack.api.stop(/^experiment (\w+)$/m.exec(said)?.[1] ?? '');
    const { code, stdout, stderr } = await ended;
    expect({ code, stderr }).toEqual({ code: exitCodes.notCompleted, stderr: expect.stringContaining('stopped') as unknown });
    expect(stdout).toMatch(/^component +/);
  });
});

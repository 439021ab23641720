import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { main } from '../../cli/program.ts';
import { Workplace, type Ended } from '../e2e/workplace.ts';

let place: Workplace;
const maggy = (...args: string[]): Promise<Ended> => place.maggy(...args);

beforeAll(async () => {
  place = await Workplace.create({ REDIS_URL: `/nowhere/${randomUUID()}.sock`, DEBUG: '' });
  await writeFile(
    join(place.functions, 'throws.ts'),
    `import { defineTraining } from 'maggy';
     export default defineTraining({
       name: 'throws',
       train: () => {
         throw new Error('no such column');
       },
     });`,
  );
  await writeFile(join(place.functions, 'broken.ts'), 'export default {');
});
afterAll(() => place.remove());

describe('maggy', () => {
  it('explains itself with exit code 0 and names every command', async () => {
    const help = await maggy('--help');
    expect(help).toMatchObject({ code: 0, stderr: '' });
    for (const command of [
      'init',
      'run',
      'up',
      'demo',
      'submit',
      'watch',
      'export',
      'worker',
      'optimizer',
      'api',
      'keys',
      'redis-acl',
      'replay',
      'archive',
      'restore',
      'what-if',
      'native',
    ])
      expect(help.stdout).toMatch(new RegExp(`^  ${command} `, 'm'));
    const run = await maggy('help', 'run');
    expect(run).toMatchObject({ code: 0, stderr: '' });
    expect(run.stdout).toContain('maggy run examples/mnist-cnn.ts --set dropout=0.3 --fraction 0.1');
  });

  it('ends quietly where whoever reads has had enough', async () => {
    const child = spawn(process.execPath, ['cli/maggy.mjs', '--help'], { stdio: ['ignore', 'pipe', 'pipe'] });
    const errors = child.stderr.toArray();
    // Long before the program writes its first line.
    child.stdout.destroy();
    const [code] = (await once(child, 'exit')) as [number | null];
    expect(Buffer.concat((await errors) as Buffer[]).toString()).toBe('');
    expect(code).toBe(0);
  });

  it.each([
    { args: [], says: /Usage: maggy/ },
    { args: ['runn'], says: /Did you mean run\?/ },
    { args: ['run'], says: /missing required argument 'file'/ },
    { args: ['run', 'x.ts', '--thread', '1'], says: /Did you mean --threads\?/ },
    { args: ['run', 'x.ts', 'y.ts'], says: /too many arguments/ },
    { args: ['run', 'x.ts', '--fraction', '0'], says: /above 0 and at most 1/ },
    { args: ['run', 'x.ts', '--seed', '1.5'], says: /integer of at least 1/ },
    { args: ['run', 'x.ts', '--backend', 'cuda'], says: /Allowed choices are native-gpu/ },
    { args: ['run', 'x.ts', '--fraction', '0.1', '--dataset', 'fraction=0.2'], says: /stands in --dataset as well/ },
    { args: ['run', 'absent.ts'], says: /absent\.ts: there is no such file/ },
    { args: ['up', '--functions', 'absent'], says: /absent: there is no such folder/ },
    { args: ['up', '--port', '65536'], says: /port from 0 to 65535/ },
    { args: ['worker', '--slots', 'two'], says: /integer of at least 1/ },
    { args: ['what-if', 'x1a2b3'], says: /required option '--scheduler/ },
    { args: ['what-if', 'x1a2b3', '--scheduler', 'ahsa'], says: /Allowed choices are asha, hyperband, median, none/ },
  ])('refuses $args with exit code 2 and without a stack trace', async ({ args, says }) => {
    const written: string[] = [];
    vi.spyOn(process.stderr, 'write').mockImplementation((text) => written.push(String(text)) > 0);
    const code = await main(args);
    vi.restoreAllMocks();
    expect(written.join('')).toMatch(says);
    expect(written.join('')).not.toMatch(/^ +at /m);
    expect(code).toBe(2);
  });

  it.each(['redis://:s3cret@127.0.0.1:1', 'redis://ann:s3cret@127.0.0.1:1'])('does not tell the password in %s', async (url) => {
    vi.stubEnv('REDIS_URL', url);
    const written: string[] = [];
    vi.spyOn(process.stderr, 'write').mockImplementation((text) => written.push(String(text)) > 0);
    const code = await main(['replay', 'x00000000']);
    vi.restoreAllMocks();
    vi.unstubAllEnvs();
    expect(code).toBe(4);
    expect(written.join('')).toContain(`no Redis answers at ${url.replace('s3cret', '***')}`);
  });

  it('ends with 2 where --set names no hyperparameter', async () => {
    const { code, stdout, stderr } = await maggy('run', 'functions/climb.ts', '--set', 'slop=1');
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(/^maggy run: --set slop=1: .*did you mean "slope"/);
  });

  it('ends with 1 and one sentence where what was asked for fails, and with 4 where nobody answers', async () => {
    const broken = await maggy('run', 'functions/broken.ts');
    expect(broken.code).toBe(1);
    expect(broken.stderr).toMatch(/^maggy run: broken\.ts: .*broken\.ts:1.*\n$/);
    const replay = await maggy('replay', 'x00000000');
    expect(replay).toEqual({
      code: 4,
      stdout: '',
      stderr: expect.stringMatching(/^maggy replay: no Redis answers at .*npm start\n$/) as string,
    });
  });

  it('names the line of a training function that throws, and shows the stack only where DEBUG asks', async () => {
    const { code, stderr } = await maggy('run', 'functions/throws.ts');
    expect(code).toBe(1);
    expect(stderr).toMatch(/no such column \(functions\/throws\.ts:5\)/);
    expect(stderr).not.toMatch(/^ +at /m);
  });

  it('prints the result as the only line of stdout with --json', async () => {
    const { code, stdout, stderr } = await maggy(
      'run',
      'functions/climb.ts',
      '--set',
      'slope=0.5',
      '--set',
      'steps=3',
      '--seed',
      '7',
      '--json',
    );
    expect(code).toBe(0);
    expect(stdout.trim().split('\n')).toHaveLength(1);
    expect(JSON.parse(stdout)).toMatchObject({
      value: 1.5,
      seed: 7,
      hparams: { slope: 0.5, steps: 3, stepMs: 0 },
      curve: [1, 2, 3].map((step) => ({ step, metrics: { height: step / 2 } })),
    });
    expect(stderr).toContain('height 1.5');
  });

  it('ends a run on SIGINT with 130', async () => {
    const child = place.start('run', 'functions/climb.ts', '--set', 'stepMs=60000');
    child.stdout.once('data', () => child.kill('SIGINT'));
    const [code] = await new Promise<[number | null]>((resolve) => child.once('exit', (exit) => resolve([exit])));
    expect(code).toBe(130);
  });
});

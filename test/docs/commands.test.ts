/**
 * Every command in the documents is run here against a stack, or is named here with the test that runs the same or the reason why nothing
 * does. None can be added, or go out of date, unnoticed.
 */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { Workplace, whenEnded } from '../e2e/workplace.ts';
import { complaintAbout, maggyCommandsIn } from '../support/parsed-commands.ts';
import { useTestRedis } from '../support/redis.ts';
import { checkout } from '../support/user-folder.ts';
import { blocksOf, shownCommands } from './blocks.ts';

/** What is run here, in the order of the documents. */
const run = [
  /^npx maggy init my-functions/,
  /^node --import tsx --test my-functions\/my-function\.test\.ts/,
  /^npx maggy run my-functions\//,
  /^curl -s localhost:8080\/v1\/experiments .*\n? *"kind": "tune", "trainingFunction": "parity"/,
  /^curl -s localhost:8080\/v1\/experiments .*\n.*"trainingFunction": "parity", "hparams"/,
  /^ID=\$\(npx maggy submit/,
  /^npx maggy (watch|best|trials|list|export|what-if) /,
  /^npx maggy list; npx maggy best/,
  /^npx maggy submit my-function --kind train/,
  /^curl -s .*Idempotency-Key/,
  /^curl -si? "?\$B\/v1\/experiments\/\$ID\/(result|trials)/,
  /^curl -sN \$B\/v1\/experiments\/\$ID\/events/,
  /^curl -s "\$B\/v1\/experiments\?tag/,
  /^curl -sO \$B/,
  /^curl -s "\$B\/v1\/experiments\/\$ID\/(export|plots)/,
  /^curl -s \$B\/v1\/pools; /,
  /^json='content-type/,
  /^ID=\$\(curl .*"trainingFunction":"elsewhere"/,
  /^curl -s \$B\/v1\/experiments\/\$ID\/ask/,
  /^TOKEN=/,
  /^curl -s \$T\//,
  /^maggy keys (create|list)/,
];

/** What is not, and who runs it instead or why nobody does. */
const elsewhere: readonly (readonly [RegExp, string])[] = [
  [/^npm run demo/, 'test/e2e/stack.test.ts'],
  [/^npm (test|run check|run format)/, 'would run this test in itself, or what the check script runs'],
  [/^npm run chaos/, 'test/chaos/driver.test.ts'],
  [/maggy (archive|restore|replay --file)/, 'test/cli/archive.test.ts'],
  [/^npm run bench/, 'takes minutes, and its figures need a quiet machine'],
  [/maggy up\b/, 'test/e2e/stack.test.ts'],
  [/^MAGGY_EXTENSIONS=|"epsilon-greedy"/, 'test/e2e/extension.test.ts'],
  [/<id>/, 'test/api/result.test.ts'],
  [/docker compose/, 'needs Docker'],
  [/^npx maggy submit net/, 'its function is half of a comparison; test/cli/submit.test.ts gives such flags'],
  [/^tensorboard |mlflow ui/, 'servers of others, which run until they are ended; test/exports/exports.test.ts reads the files as they do'],
  [
    /^node --import tsx --test my-functions\/parity/,
    'its test is the block above it; test/training/testing.test.ts tries the same harness',
  ],
  [/-X (POST|DELETE) /, 'test/api/control.test.ts'],
  [/maggy ablate/, 'test/e2e/ablate-command.test.ts'],
  [/"kind": "ablate"|^TUNED=|\/ablation |^B=http/, 'test/e2e/ablation-modes.test.ts'],
  [/^(python3|sh) examples\/ask-and-tell/, 'test/examples/ask-and-tell.test.ts'],
  [/^npx maggy native/, 'downloads TensorFlow; test/training/native.test.ts where it is there'],
  [/^npx maggy worker .*--gpus/, 'needs GPUs'],
  [/maggy worker/, 'test/worker/options.test.ts'],
  [/lockstep|curl -s …|\/pools +#/, 'test/e2e/lockstep.test.ts'],
  [/^maggy keys revoke/, 'test/cli/keys.test.ts'],
];

const shown = await shownCommands();
const isRun = (command: string): boolean => run.some((pattern) => pattern.test(command)) && !/<\w+>/.test(command);

describe('the commands that the documents show', () => {
  it('are run here, or named with who runs them or why nobody does', () => {
    const unnamed = shown.filter(({ command }) => !isRun(command) && !elsewhere.some(([pattern]) => pattern.test(command)));
    expect(unnamed).toEqual([]);
    for (const pattern of run)
      expect({ pattern, found: shown.some(({ command }) => pattern.test(command)) }).toEqual({ pattern, found: true });
    for (const [pattern, who] of elsewhere) {
      expect({ pattern, found: shown.some(({ command }) => pattern.test(command)) }).toEqual({ pattern, found: true });
      for (const [test] of who.matchAll(/test\/[\w/-]+\.test\.ts/g))
        expect({ test, exists: existsSync(join(checkout, test)) }).toEqual({ test, exists: true });
    }
  });

  it('are ones that maggy takes, where they are its own', async () => {
    const lines = shown.filter(({ command }) => command.includes('maggy') && !command.includes('['));
    expect(lines.length).toBeGreaterThan(30);
    for (const { file, command } of lines) {
      for (const args of maggyCommandsIn(command))
        expect({ file, command, complaint: await complaintAbout(args) }).toMatchObject({ complaint: undefined });
    }
  });
});

describe('on a stack', () => {
  const redis = useTestRedis();
  let place: Workplace;
  let url = '';
  const environment = { REDIS_URL: redis.url, MAGGY_PREFIX: redis.prefix.slice(0, -1) };

  beforeAll(async () => {
    place = await Workplace.create(environment);
    await mkdir(join(place.folder, 'my-functions'));
    const [parity = ''] = (await blocksOf('README.md', 'ts')).filter((block) => block.includes("name: 'parity'"));
    await writeFile(join(place.folder, 'my-functions/parity.ts'), parity);
    await symlink(join(checkout, 'node_modules'), join(place.folder, 'node_modules'));
  });
  afterAll(async () => {
    await rm(join(place.folder, 'node_modules'), { force: true });
    await place.remove();
  });

  /** As a reader does it, but with fewer trials, and with commands that fail where they fail. */
  function script(commands: readonly string[]): string {
    const quicker = commands.map((command) => command.replace('--trials 30', '--trials 6').replace('"maxTrials": 30', '"maxTrials": 6'));
    return [
      'set -euo pipefail',
      `maggy() { node '${join(checkout, 'cli/maggy.mjs')}' "$@"; }`,
      'npx() { shift; maggy "$@"; }',
      'curl() { command curl --fail-with-body --max-time 90 "$@"; }',
      `export B=${url} MAGGY_URL=${url}`,
      ...quicker.flatMap((command) => [
        `echo '→' ${JSON.stringify(command.split('\n')[0]?.replaceAll(/[$`"\\]/g, ' ') ?? '')}`,
        command.replaceAll('localhost:8080', url),
      ]),
    ].join('\n');
  }

  it('do what they say, one after the other', { timeout: 600_000 }, async () => {
    const stack = place.start(
      'up',
      '--port',
      '0',
      '--functions',
      'my-functions',
      '--workers',
      '1',
      '--slots',
      '2',
      '--lockstep-slots',
      '0',
    );
    const printed: string[] = [];
    createInterface(stack.stdout).on('line', (line) => printed.push(line));
    await vi.waitFor(() => expect(printed.join('\n')).toContain('Ctrl-C'), { timeout: 60_000, interval: 50 });
    url = /http:\/\/[\d.]+:\d+/.exec(printed.join('\n'))?.[0] ?? '';
    const here = shown.filter(({ command }) => isRun(command));
    // The guide's first, which make the function and the experiment that the others look at; what asks by hand makes another one.
    const order = ['docs/guide.md', 'README.md', 'docs/exports.md', 'docs/plots.md', 'docs/choosing.md', 'docs/operations.md'];
    const commands = order.flatMap((file) => here.filter((one) => one.file === file).map(({ command }) => command));
    expect(commands).toHaveLength(here.length);
    const shell = spawn('bash', ['-c', script(commands)], { cwd: place.folder, env: { ...process.env, ...environment } });
    const { code, stdout, stderr } = await whenEnded(shell);
    expect({ code, last: stdout.split('→').at(-1), stderr: code === 0 ? '' : stderr.slice(-2000) }).toMatchObject({ code: 0 });
    expect(stdout).toMatch(/# pass 4/);
    expect(stdout).toMatch(/valAccuracy (0\.\d+|1) in/);
    expect(existsSync(join(place.folder, 'trials.parquet'))).toBe(true);
    expect(existsSync(join(place.folder, 'here/mlruns'))).toBe(true);
    expect(existsSync(join(place.folder, 'weights.bin'))).toBe(true);
  });
});

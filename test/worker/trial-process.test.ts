/** Trial processes without a worker: how they end, and what their slot makes of it. */
import { pino } from 'pino';
import { afterAll, describe, expect, it } from 'vitest';
import type { PinnedFunction } from '../../core/experiment.ts';
import type { Exit } from '../../worker/exit.ts';
import { Slots, type Slot } from '../../worker/slots.ts';
import { TrialProcess, type TrialListener } from '../../worker/trial-process.ts';
import { until } from '../support/until.ts';
import { testTimes } from './bed.ts';
import { FIXTURES } from './experiment.ts';

const started: TrialProcess[] = [];

afterAll(() => {
  for (const child of started) child.kill();
});

function startProcess(environment: NodeJS.ProcessEnv = process.env): TrialProcess {
  const child = new TrialProcess({
    ...testTimes,
    functions: FIXTURES,
    backend: 'cpu',
    threads: 1,
    environment,
    log: pino({ level: 'silent' }),
  });
  started.push(child);
  return child;
}

/** As when the system has no room for another process: it says so after the call. */
function startNone(): TrialProcess {
  const { execPath } = process;
  process.execPath = '/nowhere/node';
  try {
    return startProcess();
  } finally {
    process.execPath = execPath;
  }
}

/** More than the system passes on to a process, which it says within the call. */
const tooLarge = { TOO_LARGE: 'x'.repeat(2 ** 22) };

interface OneSlot {
  readonly start: () => TrialProcess;
  /** What the folder holds; nothing where it is not said. */
  readonly held?: () => readonly PinnedFunction[];
  readonly onError?: (error: unknown) => void;
}

function oneSlot({ start, held = () => [], onError = () => undefined }: OneSlot): Slot {
  const slots = new Slots({ count: 1, start, held, onError });
  const [slot] = slots.all;
  if (slot === undefined) throw new Error('there is one');
  return slot;
}

const order = {
  deadlineMs: Number.MAX_SAFE_INTEGER,
  trainingFunction: 'completes',
  trial: 0,
  params: { x: 1 },
  seed: 1,
  experimentSeed: 1,
  datasetOptions: {},
  metric: 'value',
  direction: 'minimize',
  decisionSteps: { at: 'never' },
  resumeFrom: null,
  best: null,
  store: '/nowhere',
} as const;

function onlyExit(onExit: (exit: Exit) => void): TrialListener {
  const nothing = (): void => undefined;
  return { onReports: nothing, onCheckpoint: nothing, onOutput: nothing, onDone: nothing, onExit };
}

describe('a trial process', () => {
  it('that has died before it is given a trial says so of the trial', async () => {
    const child = startProcess();
    await child.loaded;
    if (child.pid === undefined) throw new Error('it runs');
    process.kill(child.pid, 'SIGKILL');
    await child.exited;
    const exit = await new Promise<Exit>((resolve) => child.run(order, onlyExit(resolve)));
    expect(exit).toEqual({ code: null, signal: 'SIGKILL' });
  });

  it('that could not be forked has ended, and says why', async () => {
    const child = startNone();
    await expect(child.loaded).rejects.toThrow(/could not start: spawn .* ENOENT/);
    expect(await child.exited).toMatchObject({ code: null, signal: null });
  });
});

describe('a slot', () => {
  it('whose process could not be forked gets another', async () => {
    let isFirst = true;
    const start = (): TrialProcess => {
      const child = isFirst ? startNone() : startProcess();
      isFirst = false;
      return child;
    };
    const slot = oneSlot({ start });
    await slot.loaded.catch(() => undefined);
    slot.refresh();
    await until('the slot has a process', () => slot.pid);
  });

  it('tells when the system refuses another process', async () => {
    let isFirst = true;
    const errors: unknown[] = [];
    const start = (): TrialProcess => {
      const child = startProcess(isFirst ? process.env : { ...process.env, ...tooLarge });
      isFirst = false;
      return child;
    };
    const slot = oneSlot({ start, onError: (error) => errors.push(error) });
    await slot.loaded;
    slot.refresh();
    await until('the refusal is told', () => errors.length > 0);
    expect(errors).toEqual([expect.objectContaining({ code: 'E2BIG' })]);
  });

  it('replaces a process that holds something else than the folder, but no other', async () => {
    const children: TrialProcess[] = [];
    let held: readonly PinnedFunction[] = [];
    const start = (): TrialProcess => {
      const child = startProcess();
      children.push(child);
      return child;
    };
    const slot = oneSlot({ start, held: () => held });
    const { functions } = await slot.loaded;
    held = functions;
    slot.refresh();
    expect(children[0]?.isEnding).toBe(false);
    held = functions.slice(1);
    slot.refresh();
    await until('the process was replaced', () => children.length === 2);
  });

  it('replaces a process that is kept for one training function only when that one has changed', async () => {
    const child = startProcess();
    let held: readonly PinnedFunction[] = [];
    const slot = oneSlot({ start: () => child, held: () => held });
    const { functions } = await slot.loaded;
    const [kept, ...others] = functions;
    if (kept === undefined) throw new Error('it holds some');
    slot.keepFor(kept);
    held = [kept];
    slot.refresh();
    expect(child.isEnding).toBe(false);
    held = [{ ...kept, hash: 'of another version' }, ...others];
    slot.refresh();
    expect(child.isEnding).toBe(true);
  });
});

/** When a trial process is used again, and that being used again changes nothing. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { useTestBed } from './bed.ts';

const bed = useTestBed();

describe('a worker', () => {
  it('refuses a folder without a training function, and says which files could not be loaded', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'maggy-functions-'));
    writeFileSync(join(folder, 'broken.ts'), "import './absent.ts';\nexport default 1;\n");
    await expect(bed.worker({ functions: folder, logLevel: 'silent' })).rejects.toThrow(
      /holds no training function that can be loaded\n {2}broken\.ts: /,
    );
    rmSync(folder, { recursive: true });
  });

  it('that cannot load its back end says so', async () => {
    await expect(bed.worker({ backend: 'abacus' })).rejects.toThrow(
      /A trial process could not start: backend: must be one of .*, got abacus/,
    );
  });
});

describe('a trial process', () => {
  it('is used again for the same training function, until its trials have left many tensors behind', async () => {
    await bed.worker({ slots: 1, pool: 'warm' });
    const experiment = await bed.submit('leaks', { pool: 'warm' });
    const pids: number[] = [];
    for (const [trial, tensors] of [0, 60, 5, 0].entries()) {
      await experiment.start({ trial, params: { tensors } });
      const outcome = await experiment.outcome(trial);
      // The function returns its process id.
      if (outcome.type === 'completed') pids.push(outcome.value);
    }
    const [first, second, third, fourth] = pids;
    expect(pids).toHaveLength(4);
    expect(second).toBe(first);
    expect(third).toBe(first);
    expect(fourth).not.toBe(third);
    expect((await experiment.output(1)).join()).not.toContain('tensors behind');
    expect((await experiment.output(2)).join()).toContain('left 5 tensors behind');
  });

  it('is kept for one training function: another one in the same slot gets a process of its own', async () => {
    const worker = await bed.worker({ slots: 1, pool: 'switch' });
    const [first, second] = await Promise.all(['completes', 'reports'].map((name) => bed.submit(name, { pool: 'switch' })));
    if (first === undefined || second === undefined) throw new Error('two were submitted');
    await first.start({ trial: 0, params: { x: 1 } });
    await first.outcome(0);
    const before = worker.processIds;
    await second.start({ trial: 0, params: { steps: 1, pauseMs: 0 } });
    expect(await second.outcome(0)).toMatchObject({ type: 'completed' });
    expect(worker.processIds).not.toEqual(before);
  });

  it('gives the same curve for the same seed whether it is fresh or has run trials before', async () => {
    const worker = await bed.worker({ slots: 1, pool: 'seeds' });
    const experiment = await bed.submit('trains', { pool: 'seeds', metric: 'loss' });
    const curves = [];
    for (const [trial, seed] of [5, 6, 5].entries()) {
      await experiment.start({ trial, seed });
      await experiment.outcome(trial);
      curves.push((await experiment.curve(trial)).map(([, , loss]) => loss));
    }
    const [warmPid] = worker.processIds;
    await worker.close();
    const fresh = await bed.worker({ slots: 1, pool: 'seeds' });
    await experiment.start({ trial: 3, seed: 5 });
    await experiment.outcome(3);
    expect(fresh.processIds).not.toContain(warmPid);
    const [first, other, again] = curves;
    expect(first).toHaveLength(3);
    expect(again).toEqual(first);
    expect(other).not.toEqual(first);
    expect((await experiment.curve(3)).map(([, , loss]) => loss)).toEqual(first);
  });
});

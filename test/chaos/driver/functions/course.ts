/** A short course of reports with checkpoints on its way, and everything that a training function can do wrong, at step 3 of it. */
import { setTimeout as sleep } from 'node:timers/promises';
import { defineTraining, tf } from 'maggy';

const PRINTED_LINES = 200_000;
const LEAKED_TENSORS = 500;
const ALLOCATED_NUMBERS = 10_000_000;

export default defineTraining({
  name: 'course',
  space: {
    x: { type: 'float', min: -1, max: 1 },
    y: { type: 'float', min: 1e-4, max: 1, scale: 'log' },
    mischief: {
      type: 'categorical',
      choices: ['none', 'throws', 'blocks', 'allocates', 'leaks', 'prints', 'diverges', 'disorder', 'exits'],
      default: 'none',
    },
    stepMs: { type: 'int', min: 0, max: 10_000, default: 100 },
  },
  metric: 'loss',
  direction: 'minimize',
  maxResource: 9,
  train: async ({ hparams: { x, y, mischief, stepMs }, reporter, checkpoint, log }) => {
    const saved = await checkpoint.load();
    for (let step = (saved?.step ?? 0) + 1; step <= 9; step += 1) {
      await sleep(stepMs);
      if (step === 3) await misbehave(mischief, (value) => reporter.report(value, 1), log);
      if (step % 2 === 0) await checkpoint.save({ data: { step } }, { step });
      await reporter.report(step === 3 && mischief === 'diverges' ? Number.NaN : x * x + Math.abs(Math.log10(y) + 2) + 1 / step, step);
    }
  },
});

async function misbehave(mischief: string, reportFirstStep: (value: number) => Promise<void>, log: (line: string) => void): Promise<void> {
  switch (mischief) {
    case 'throws':
      throw new Error('as it was told to');
    case 'blocks':
      for (;;);
    case 'allocates':
      for (const kept: number[][] = []; ;) kept.push(new Array<number>(ALLOCATED_NUMBERS).fill(kept.length));
    case 'leaks':
      for (let made = 0; made < LEAKED_TENSORS; made += 1) tf.zeros([10]);
      return;
    case 'prints':
      for (let line = 0; line < PRINTED_LINES; line += 1)
        log(`line ${line} of more than anybody will ever want to read in the log of one trial`);
      return;
    case 'disorder':
      return reportFirstStep(-1e9);
    case 'exits':
      process.exit(7);
  }
}

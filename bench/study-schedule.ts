/**
 * How well a study fills its slots: the wall-clock of one on two slots, from its submission to its end, beside the best schedule of the
 * training times that its own trials recorded. Trainings wait, so that a busy machine changes their lengths little.
 */
import { row, withRatio, type Row } from './report.ts';
import { startSystem } from './system.ts';

const HPARAMS = { ms1: 50, ms2: 60, ms3: 70, ms4: 80, ms5: 90, ms6: 110, ms7: 140 };
const REPLICATES = 4;
const MOST_RATIO = 1.03;

export async function studySchedule(): Promise<Row> {
  const system = await startSystem({ functions: 'bench/functions', workers: 1, slots: 2 });
  try {
    // Processes are warm when the study begins.
    await system.run({ trainingFunction: 'bench-study', kind: 'train', replicates: 4, hparams: { restMs: 100 } });
    const log = await system.run({
      trainingFunction: 'bench-study',
      kind: 'ablate',
      replicates: REPLICATES,
      hparams: HPARAMS,
      ablation: { hparams: Object.keys(HPARAMS) },
    });
    const trainings = log.flatMap((event) => {
      if (event.type !== 'completed') return [];
      const { beganAt = NaN, endedAt = NaN } = event.metrics;
      return [endedAt - beganAt];
    });
    const [first, last] = [log[0], log.at(-1)];
    if (first === undefined || last === undefined || trainings.length !== 8 * REPLICATES) throw new Error('the study did not complete');
    const wall = (last.at - first.at) / 1000;
    const best = bestOnTwoSlots(trainings) / 1000;
    const measured = row(`study of ${trainings.length} trials on 2 slots`, wall, 's');
    return withRatio(measured, 'the best schedule of its training times', wall / best, MOST_RATIO);
  } finally {
    await system.stop();
  }
}

/** The shortest schedule of all on two slots, in ms: which sums subsets can have, one bit for each ms, and of these the nearest to half. */
function bestOnTwoSlots(trainings: readonly number[]): number {
  const times = trainings.map(Math.round);
  const total = times.reduce((sum, time) => sum + time, 0);
  const sums = times.reduce((reached, time) => reached | (reached << BigInt(time)), 1n);
  let busier = Math.ceil(total / 2);
  while (((sums >> BigInt(busier)) & 1n) === 0n) busier += 1;
  return busier;
}

/** A stack as `npm start` runs it with one experiment of each kind on it: what the pages are tried on and photographed with. */
import { fileURLToPath } from 'node:url';
import { Stack } from '../../cli/stack/stack.ts';
import type { Submission } from '../../core/experiment.ts';

const functions = fileURLToPath(new URL('functions', import.meta.url));

/** A choice is open for options of samplers and schedulers that are a user's own, which TypeScript cannot know. */
const halving: Submission['scheduler'] & object = { type: 'asha', ...{ minResource: 1, reductionFactor: 3 } };

export const submissions: Readonly<Record<'asha' | 'tpe' | 'random' | 'ablation', Submission>> = {
  asha: {
    kind: 'tune',
    trainingFunction: 'landscape',
    name: 'Landscape, asha',
    tags: ['demo', 'asha'],
    note: 'Stops what falls behind at 1, 3 and 9 epochs.',
    sampler: { type: 'random' },
    scheduler: halving,
    maxTrials: 120,
    seed: 7,
  },
  tpe: {
    kind: 'tune',
    trainingFunction: 'landscape',
    name: 'Landscape, tpe',
    tags: ['demo'],
    sampler: { type: 'tpe' },
    maxTrials: 90,
    seed: 7,
  },
  random: { kind: 'tune', trainingFunction: 'landscape', name: 'Landscape, random', sampler: { type: 'random' }, maxTrials: 90, seed: 7 },
  ablation: { kind: 'ablate', trainingFunction: 'weighing', name: 'What the network needs', replicates: 6, seed: 7 },
};

export interface Showcase {
  readonly stack: Stack;
  readonly ids: Readonly<Record<keyof typeof submissions, string>>;
}

/** @param folder where its logs and models go */
export async function startShowcase(folder: string, redisUrl: string, prefix: string, port = 0): Promise<Showcase> {
  const stack = await Stack.start({
    name: 'showcase',
    folder,
    redis: { url: redisUrl },
    prefix,
    storeFolder: `${folder}/store`,
    host: '127.0.0.1',
    port,
    functions,
    workers: 2,
    slotsPerWorker: 2,
  });
  const submit = (name: keyof typeof submissions): Promise<string> => stack.api.submit(submissions[name]);
  const ids = { asha: await submit('asha'), tpe: await submit('tpe'), random: await submit('random'), ablation: await submit('ablation') };
  return { stack, ids };
}

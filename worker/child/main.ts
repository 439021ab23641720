/**
 * The trial process: started by a worker (`trial-process.ts`), it loads a backend and the training functions once and then runs
 * one trial after another. Seeds are installed before anything loads that might draw, TensorFlow.js above all; so what it
 * serves with is imported afterwards.
 */
import { installSeededRandom } from '../../training/seeding.ts';
import { Deadline } from './deadline.ts';
import { markTrialProcess } from './inside.ts';

const deadline = new Deadline();
markTrialProcess();
installSeededRandom();

const { serve } = await import('./serve.ts');
serve(deadline);

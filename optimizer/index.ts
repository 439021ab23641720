/** The optimizer for use from a script: `import { createOptimizer } from 'maggy/optimizer'`. */
export { createOptimizer, type AskedTrial, type BestTrial, type Optimizer } from './local-optimizer.ts';
export type { OptimizerOptions, Told } from './local-options.ts';
export { verifyLog, type Difference, type Verification } from './engine/verify.ts';
export { MaggyError } from '../core/errors.ts';
export type { AlgorithmChoice } from '../core/catalogue.ts';
export type { Params, SearchSpace } from '../core/space.ts';
export type { Decision, Direction } from '../core/states.ts';

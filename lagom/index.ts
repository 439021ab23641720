/** An experiment from a script: `import { lagom } from 'maggy/lagom'`. */
export { lagom, type LagomResult, type Module } from './lagom.ts';
export type { Algorithm, LagomConfig } from './config.ts';
export { MaggyError } from '../core/errors.ts';
export type { ResultDocument } from '../core/results.ts';

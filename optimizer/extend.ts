/**
 * `maggy/extend`: what a file with a sampler or a scheduler of one's own imports. Such a file exports a `SamplerDefinition` or a
 * `SchedulerDefinition` under any name and is named in `MAGGY_EXTENSIONS`.
 *
 * Both must be pure: what they propose or decide follows from their arguments, and all chance from `randomStream`.
 */
export { default as Type } from 'typebox';
export type { Static } from 'typebox';
export type { AlgorithmChoice } from '../core/catalogue.ts';
export type { CompiledParameter } from '../core/parameter.ts';
export { isActive, type CompiledSpace, type SpaceEntry } from '../core/compiled-space.ts';
export { cardinality } from '../core/cardinality.ts';
export { configurations } from '../core/configurations.ts';
export { isDecisionStep, type DecisionSteps } from '../core/decision-steps.ts';
export { decodePoint, encodeParams } from '../core/encoding.ts';
export { randomStream, type RandomStream } from '../core/random.ts';
export type { Params, ParamValue } from '../core/space.ts';
export type { Decision } from '../core/states.ts';
export { compileSchema } from '../core/validate.ts';
export { randomSampler } from './samplers/random.ts';
export type { History, Observation, Sampler, SamplerDefinition, SamplerSetup } from './samplers/sampler.ts';
export type { Scheduler, SchedulerDefinition } from './schedulers/scheduler.ts';

/**
 * What a script hands to the optimizer as a library, checked: the fields are those of a submission, under the same rules, so that the
 * library and HTTP refuse alike.
 */
import Type, { type Static } from 'typebox';
import type { AlgorithmChoice } from '../core/catalogue.ts';
import { submissionSchema, type Specification } from '../core/experiment.ts';
import type { SearchSpace } from '../core/space.ts';
import { validateSpace } from '../core/space-validation.ts';
import { checkSampler, defaultSampler } from '../core/specify.ts';
import type { Direction } from '../core/states.ts';
import { compileSchema } from '../core/validate.ts';
import { builtInAlgorithms, findAlgorithm, type Algorithms } from './algorithms.ts';

export interface OptimizerOptions {
  readonly space: SearchSpace;
  /** `minimize` by default. */
  readonly direction?: Direction;
  /** By default `{ type: 'gp' }`; beyond 1,000 trials, and under `asha` and `hyperband`, `{ type: 'tpe' }`. */
  readonly sampler?: AlgorithmChoice;
  /** `{ type: 'none' }` by default: every trial runs to its end. */
  readonly scheduler?: AlgorithmChoice;
  /** Same options, same answers told in the same order: same suggestions. 0 by default. */
  readonly seed?: number;
  /** Distinct trials, failed ones included; no limit by default. Trials that were added do not count. */
  readonly maxTrials?: number;
  /** Trials of each configuration, 1 by default. */
  readonly replicates?: number;
  /** Samplers and schedulers there are; the built-in ones by default. */
  readonly algorithms?: Algorithms;
}

const closed = { additionalProperties: false };

/** More trials than anybody runs. */
const ENDLESS = 1_000_000_000;

/**
 * The experiment that the options describe.
 * @throws {MaggyError} `invalid`, with the path of the wrong option
 */
export function specificationOf({ algorithms = builtInAlgorithms, ...options }: OptimizerOptions): Specification {
  checkerOf(algorithms)(options);
  const { direction = 'minimize', scheduler = { type: 'none' }, seed = 0, replicates = 1, maxTrials } = options;
  const { sampler = defaultSampler(maxTrials ?? Infinity, scheduler, algorithms) } = options;
  const space = validateSpace(options.space);
  checkSampler({ space, sampler }, algorithms);
  return {
    version: 1,
    id: 'local0',
    kind: 'tune',
    tags: [],
    trainingFunction: { name: 'local', hash: 'local' },
    pool: 'local',
    space,
    metric: 'value',
    direction,
    sampler,
    scheduler,
    decisionSteps: findAlgorithm(algorithms.schedulers, scheduler.type, 'scheduler').decisionSteps(scheduler),
    maxTrials: maxTrials ?? ENDLESS,
    // Whoever runs the trials tries again by itself.
    maxAttempts: 1,
    maxSilenceSeconds: 1,
    seed,
    priority: 1,
    replicates,
    dataset: {},
  };
}

type Checker = (options: unknown) => unknown;

/** By the algorithms they know: compiling a schema costs more than many an optimizer's whole life in a simulation. */
const checkers = new WeakMap<Algorithms, Checker>();

function checkerOf(algorithms: Algorithms): Checker {
  const known = checkers.get(algorithms);
  if (known !== undefined) return known;
  const { direction, sampler, scheduler, seed, maxTrials, replicates } = submissionSchema(algorithms).properties;
  // `validateSpace` knows more of a space than a schema can say.
  const schema = Type.Object({ space: Type.Unknown(), direction, sampler, scheduler, seed, maxTrials, replicates }, closed);
  const checker = compileSchema(schema);
  checkers.set(algorithms, checker);
  return checker;
}

const ToldSchema = Type.Union([
  Type.Object(
    { state: Type.Literal('completed'), value: Type.Optional(Type.Number({ description: 'The last report where it is absent' })) },
    closed,
  ),
  Type.Object({ state: Type.Literal('stopped') }, { ...closed, description: 'Ended early: after "stop", or for reasons of the caller' }),
  Type.Object({ state: Type.Enum(['failed', 'infeasible']), message: Type.Optional(Type.String()) }, closed),
]);
/** How a trial ended. Completed without a value: the last report counts, as it does for a training function that returns nothing. */
export type Told = Readonly<Static<typeof ToldSchema>>;

const parseTold: (told: unknown, field: string) => Told = compileSchema(ToldSchema);

/** Whether it says that training diverged, which is an outcome and no mistake of the caller's. */
export function isDiverged(told: Told): boolean {
  return told.state === 'completed' && typeof told.value === 'number' && !Number.isFinite(told.value);
}

/** @throws {MaggyError} `invalid` */
export function checkTold(told: Told): void {
  if (!isDiverged(told)) parseTold(told, 'told');
}

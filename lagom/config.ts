/**
 * What `lagom` is told: what a submission over HTTP says, beside the training function, and what only a script can say. One schema
 * for both, made of that of submissions, so that a misspelt field is found here as it is there.
 */
import Type from 'typebox';
import { AlgorithmChoice } from '../core/catalogue.ts';
import { invalid, MaggyError } from '../core/errors.ts';
import type { LogEvent } from '../core/events.ts';
import { submissionSchema, type Submission } from '../core/experiment.ts';
import { compileSchema } from '../core/validate.ts';
import type { Algorithms } from '../optimizer/algorithms.ts';
import { backendNames, type BackendName } from '../training/backends/backend.ts';

/** A sampler or scheduler with its options. */
export interface Algorithm {
  readonly type: string;
  readonly [option: string]: unknown;
}

/** Says how this machine runs the experiment; absent beside `server`, whose workers have been told already. */
export interface MachineConfig {
  /** Trials at once, each in a process of its own; one a core where nothing is said, and no more than the experiment can use. */
  readonly slots?: number | undefined;
  /** What computes; the best that loads where nothing is said. */
  readonly backend?: BackendName | undefined;
  /** GPUs, one for each slot in turn. */
  readonly gpus?: readonly string[] | undefined;
  /** Files, and folders of files, with samplers and schedulers beside the built-in ones. */
  readonly extensions?: readonly string[] | undefined;
  /** Told each line that a trial prints. */
  readonly onLog?: ((line: string, trial: number) => void) | undefined;
  /** Told each event of the experiment's log, from its submission on: all that happened, as `verifyLog` of `maggy/optimizer` takes it. */
  readonly onEvent?: ((event: LogEvent) => void) | undefined;
}

export interface LagomConfig extends Omit<Submission, 'trainingFunction' | 'sampler' | 'scheduler'>, MachineConfig {
  readonly sampler?: Algorithm;
  readonly scheduler?: Algorithm;
  /** Address of an API: the experiment runs there. */
  readonly server?: string | undefined;
  /** Shown to the server; that of the environment (`MAGGY_API_KEY`) where nothing is said. */
  readonly apiKey?: string | undefined;
  /** Whether stderr shows how it goes, which it does where nothing is said. */
  readonly progress?: boolean | undefined;
  /** Stops the experiment, as a request to stop does: what runs is told to end, what has been found is kept. */
  readonly signal?: AbortSignal | undefined;
}

/** What is submitted, but for the training function. */
export type Search = Omit<Submission, 'trainingFunction'>;

export interface Told {
  readonly search: Search;
  readonly machine: MachineConfig;
  readonly server: string | undefined;
  readonly apiKey: string | undefined;
  readonly progress: boolean;
  readonly signal: AbortSignal | undefined;
}

const ownProperties = {
  slots: Type.Optional(Type.Integer({ minimum: 1, maximum: 1000 })),
  backend: Type.Optional(Type.Enum([...backendNames])),
  gpus: Type.Optional(Type.Array(Type.String({ minLength: 1 }))),
  extensions: Type.Optional(Type.Array(Type.String({ minLength: 1 }))),
  onLog: Type.Optional(Type.Unknown()),
  onEvent: Type.Optional(Type.Unknown()),
  server: Type.Optional(Type.String({ minLength: 1 })),
  apiKey: Type.Optional(Type.String({ minLength: 1 })),
  progress: Type.Optional(Type.Boolean()),
  signal: Type.Optional(Type.Unknown()),
};

/**
 * Takes a configuration apart.
 * @param algorithms what the machine that runs the experiment knows; a server's are the server's to check
 * @throws MaggyError `invalid`, with the path of the wrong field
 */
export function readConfig(config: LagomConfig, algorithms: Algorithms): Told {
  const { slots, backend, gpus, extensions, onLog, onEvent, server, apiKey, progress = true, signal, ...search } = config;
  schemaFor(algorithms, server !== undefined)(config);
  const machine = { slots, backend, gpus, extensions, onLog, onEvent };
  const own = Object.entries(machine).find(([, value]) => value !== undefined);
  if (server !== undefined && own !== undefined) {
    throw invalid(own[0], 'must be absent beside server, whose workers run the trials', own[1]);
  }
  if (server === undefined) refuseWithoutServer(search);
  // Not told: it is a secret.
  if (server === undefined && apiKey !== undefined)
    throw new MaggyError('invalid', 'apiKey: must be absent without server, which is whom it is shown to', { field: 'apiKey' });
  return { search, machine, server, apiKey, progress, signal };
}

function refuseWithoutServer({ from, execution, lockstep }: Search): void {
  if (from !== undefined) {
    throw invalid('from', 'must be absent without server, which knows other experiments: pass hparams: result.incumbent.params', from);
  }
  if (lockstep !== undefined) {
    throw invalid('lockstep', 'must be absent without server, whose lockstep workers would be the ranks: name one with server', lockstep);
  }
  if (execution === 'ask') throw invalid('execution', 'must be absent without server, which is what others would ask', execution);
}

function schemaFor(algorithms: Algorithms, isRemote: boolean): (value: unknown) => unknown {
  const { trainingFunction: _, ...submitted } = submissionSchema(algorithms).properties;
  const anyAlgorithm = { sampler: Type.Optional(AlgorithmChoice), scheduler: Type.Optional(AlgorithmChoice) };
  const properties = { ...submitted, ...(isRemote ? anyAlgorithm : {}), ...ownProperties };
  return compileSchema(Type.Object(properties, { additionalProperties: false }));
}

/** `maggy up`, `npm start`: the whole system on this machine, until it is asked to end. What it knows is there again after a restart. */
import { existsSync } from 'node:fs';
import { relative } from 'node:path';
import { MaggyError } from '../../core/errors.ts';
import { keyPrefix, namedRedisUrl, projectFolder, requiresKeys, storeFolder } from '../environment.ts';
import { UsageError } from '../failure.ts';
import { aborted, whenAskedToEnd } from '../signals.ts';
import { requireFreePort } from '../stack/port.ts';
import { noteRunningStack, runningStack } from '../stack/running-stack.ts';
import { Stack } from '../stack/stack.ts';

export interface UpFlags {
  readonly host: string;
  readonly port: number;
  /** Absolute path. */
  readonly functions: string;
  readonly workers: number;
  readonly slots: number;
  readonly lockstepSlots: number;
}

/** Where a stack keeps what Redis holds, under `.maggy/redis`; the demo leaves its results there too. */
export const dataName = 'local';

export async function up(flags: UpFlags): Promise<void> {
  const { functions } = flags;
  if (!existsSync(functions)) throw new UsageError(`--functions ${functions}: there is no such folder`);
  await requireFreePort(flags.host, flags.port);
  requireNoOther();
  const asked = whenAskedToEnd();
  const log = (line: string): void => console.log(line);
  const stack = await Stack.start({
    name: 'local',
    folder: projectFolder,
    redis: { url: namedRedisUrl(), name: dataName, log },
    prefix: keyPrefix(),
    storeFolder: storeFolder(),
    host: flags.host,
    port: flags.port,
    functions,
    workers: flags.workers,
    slotsPerWorker: flags.slots,
    lockstepSlots: flags.lockstepSlots,
    tell: log,
    signal: asked,
  });
  try {
    const forget = await noteRunningStack(projectFolder, { pid: process.pid, url: stack.api.url, redisUrl: stack.redisUrl });
    log(await announcement(stack, flags, functions));
    const failure = await Promise.race([stack.failed, aborted(asked)]);
    await forget();
    if (failure !== undefined) throw failure;
    log('Ending. What runs is handed back and goes on with the next start.');
  } finally {
    await stack.stop();
  }
}

/** Only one stack at a time has the data of this folder; a Redis that was named may serve several. */
function requireNoOther(): void {
  const other = namedRedisUrl() === undefined ? runningStack(projectFolder) : undefined;
  if (other === undefined) return;
  throw new MaggyError(
    'conflict',
    `The stack of this folder runs already, at ${other.url} (process ${other.pid}): use that one, or end it first`,
  );
}

async function announcement(stack: Stack, { host, workers, slots, lockstepSlots }: UpFlags, functions: string): Promise<string> {
  const { api, logFolder } = stack;
  const held = (await stack.workers()).flatMap((worker) => worker.functions.map(({ name }) => name));
  const names = [...new Set(held)].sort();
  return [
    `API        ${api.url}/v1`,
    `Docs       ${api.url}/docs (${api.url}/openapi.json)`,
    ...(requiresKeys(host) ? ['Keys       asked for at every request: maggy keys create, and MAGGY_API_KEY'] : []),
    `Workers    ${workers}, with ${slots === 1 ? 'one slot' : `${slots} slots`} each${lockstepSlots === 0 ? '' : `; one more for lockstep groups, with ${lockstepSlots}`}`,
    `Functions  ${names.join(', ') || 'none that loads'} (${here(functions)})`,
    `Logs       ${here(logFolder)}`,
    'Ctrl-C ends it; experiments and results are kept in .maggy.',
  ].join('\n');
}

function here(path: string): string {
  return relative(projectFolder, path) || '.';
}

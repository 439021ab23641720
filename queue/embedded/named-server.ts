/**
 * A private server whose data stay where they are when it ends. Two servers that append to one file would ruin it, so the data folder
 * has a lock, and the evidence that a lock is still held is the server itself: its socket accepts connections.
 */
import { mkdir, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import Type from 'typebox';
import type { Static } from 'typebox';
import Value from 'typebox/value';
import { MaggyError } from '../../core/errors.ts';
import { lockFolder } from './folder-lock.ts';
import { createSocketFolder, socketIn, startPrivateServer } from './private-server.ts';
import type { AppendOnly, PrivateServer } from './private-server.ts';
import { isProcessAlive } from './process-alive.ts';
import type { ServerProgram } from './program.ts';

const OwnerSchema = Type.Object({
  pid: Type.Integer(),
  startedAt: Type.Integer({ description: 'milliseconds since 1970' }),
  socket: Type.String(),
});
type Owner = Static<typeof OwnerSchema>;

/** Between taking the lock and the first accepted connection; a server accepts before it replays its file. */
const listenTimeoutMs = 15_000;

/**
 * Starts the server of `dataFolder`, which is created where it is absent.
 * @throws MaggyError `conflict`, naming the process that runs it already.
 */
export async function startNamedServer(program: ServerProgram, dataFolder: string, appendonly: AppendOnly): Promise<PrivateServer> {
  await mkdir(dataFolder, { recursive: true });
  const socketFolder = await createSocketFolder();
  const owner: Owner = { pid: process.pid, startedAt: Date.now(), socket: socketIn(socketFolder) };
  const answer = await lockFolder(dataFolder, owner, parseOwner, isHeld);
  if ('heldBy' in answer) {
    await rm(socketFolder, { recursive: true });
    const { pid, startedAt } = answer.heldBy;
    throw new MaggyError(
      'conflict',
      `The Redis in ${dataFolder} belongs to process ${pid}, which started it at ${new Date(startedAt).toISOString()}: end that process first, or use another folder.`,
    );
  }
  try {
    const server = await startPrivateServer(program, { dataFolder, socketFolder, ephemeral: false, appendonly });
    return { url: server.url, stop: () => server.stop().then(() => answer.lock.release()) };
  } catch (error) {
    await answer.lock.release();
    throw error;
  }
}

/** Null when it is released. A file that says nothing readable was cut by a full disk or a crash, and is as good as released. */
function parseOwner(text: string): Owner | null {
  try {
    const content: unknown = JSON.parse(text);
    return Value.Check(OwnerSchema, content) ? content : null;
  } catch {
    return null;
  }
}

/** Waits out a server whose owner has died: it is writing the end of its file. */
async function isHeld(owner: Owner): Promise<boolean> {
  const giveUpAt = performance.now() + listenTimeoutMs;
  while (await accepts(owner.socket)) {
    if (isProcessAlive(owner.pid) || performance.now() > giveUpAt) return true;
    await sleep(50);
  }
  return isProcessAlive(owner.pid) && Date.now() - owner.startedAt < listenTimeoutMs;
}

function accepts(socketPath: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(socketPath);
    const answer = (accepted: boolean) => (): void => {
      socket.destroy();
      resolve(accepted);
    };
    socket.once('connect', answer(true)).once('error', answer(false));
  });
}

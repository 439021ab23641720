/**
 * The machine as lockstep ranks see it: a folder for Unix sockets, whose own id tells workers that see the same folder, and an address
 * at which others are reached over the network, and the ranks of one machine too where the folder's path is too long for sockets, as
 * below macOS's own temporary folder. What a killed worker leaves in the folder the next one removes.
 */
import { createHash, randomUUID } from 'node:crypto';
import { link, lstat, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { hostname, networkInterfaces, tmpdir } from 'node:os';
import { join } from 'node:path';
import { MaggyError } from '../../core/errors.ts';
import { hasRoomForSocket } from './wire/transport.ts';

export class Machine {
  /** Equal for workers that can reach one another through the file system. */
  readonly id: string;
  readonly address: string;
  readonly #folder: string;

  private constructor(id: string, address: string, folder: string) {
    this.id = id;
    this.address = address;
    this.#folder = folder;
  }

  /**
   * @param address found among the network interfaces where absent
   * @param folder of the sockets of all workers of this user
   */
  static async find(address = externalAddress(), folder = join(tmpdir(), `maggy-lockstep-${process.getuid?.() ?? 0}`)): Promise<Machine> {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    const { uid } = await lstat(folder);
    if (process.getuid !== undefined && uid !== process.getuid()) throw new MaggyError('conflict', `${folder} is somebody else's`);
    const machine = new Machine(await idIn(folder), address, folder);
    await machine.sweep();
    return machine;
  }

  /** A new folder for the socket of one rank; whoever asks for it removes it. Undefined where its path would be too long. */
  async socketFolder(): Promise<string | undefined> {
    folders += 1;
    const folder = join(this.#folder, `${host}-${process.pid}-${folders}`);
    if (!hasRoomForSocket(folder)) return undefined;
    await mkdir(folder, { mode: 0o700 });
    return folder;
  }

  /** Removes the folders of workers that are gone. */
  async sweep(): Promise<void> {
    for (const name of await readdir(this.#folder)) {
      const [itsHost, pid] = name.split('-');
      if (itsHost === host && !isAlive(Number(pid))) await rm(join(this.#folder, name), { recursive: true, force: true });
    }
  }
}

/** Made by this process so far. */
let folders = 0;

/** Where containers share the folder, a process id says nothing of another container's. */
const host = createHash('sha256').update(hostname()).digest('hex').slice(0, 8);

/** The id that the first to come has written; linked, so that nobody ever reads half of it. */
async function idIn(folder: string): Promise<string> {
  const file = join(folder, 'id');
  const draft = join(folder, randomUUID());
  await writeFile(draft, randomUUID());
  try {
    await link(draft, file);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
  } finally {
    await rm(draft, { force: true });
  }
  return readFile(file, 'utf8');
}

function externalAddress(): string {
  const all = Object.values(networkInterfaces()).flatMap((addresses) => addresses ?? []);
  return all.find(({ family, internal }) => family === 'IPv4' && !internal)?.address ?? '127.0.0.1';
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

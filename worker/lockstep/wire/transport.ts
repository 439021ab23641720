/**
 * Sockets between ranks: Unix sockets, TCP, TCP under TLS with a key derived from the group's secret. Who is at the other end is for
 * the handshake to find out.
 */
import { hkdfSync, randomBytes } from 'node:crypto';
import { chmod, mkdir } from 'node:fs/promises';
import { connect as connectPlain, createServer as createPlainServer, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import { connect as connectTls, createServer as createTlsServer } from 'node:tls';
import { invalid } from '../../../core/errors.ts';
import { MOST_RANKS } from '../../../core/lockstep.ts';
import { ExactReader } from './exact-reader.ts';
import { Link } from './link.ts';
import type { Membership, Transport } from './membership.ts';

/** What the address of a Unix socket holds at most, on the strictest system (macOS). */
const MOST_PATH_BYTES = 103;

/** The only suite with which OpenSSL 3 takes a raw key under TLS 1.3, and forward secrecy with it. */
const CIPHERS = 'TLS_AES_128_GCM_SHA256';
const PSK_IDENTITY = 'maggy-lockstep';

export interface Listener {
  readonly address: string;
  /** Takes no more connections; those there are stay. */
  close(): void;
}

export async function listen(membership: Membership, accept: (link: Link) => void): Promise<Listener> {
  const { transport } = membership;
  const server = createServer(membership, (socket) => accept(copyingLink(socket)));
  if (transport.type === 'unix') {
    const path = await socketPath(transport.folder, membership.rank);
    await listening(server, () => server.listen(path));
    return { address: `unix:${path}`, close: () => server.close() };
  }
  await listening(server, () => server.listen(0, transport.host));
  const bound = server.address();
  const port = typeof bound === 'object' && bound !== null ? bound.port : 0;
  return { address: `tcp://${transport.host.includes(':') ? `[${transport.host}]` : transport.host}:${port}`, close: () => server.close() };
}

/** A link to the rank that listens there. */
export function connect(membership: Membership, address: string): Link {
  const { transport } = membership;
  const place = placeOf(address, transport);
  if (transport.type === 'tcp' && transport.tls === true) {
    return copyingLink(
      connectTls({
        ...place,
        ...tlsSettings,
        pskCallback: () => ({ psk: tlsKey(membership), identity: PSK_IDENTITY }),
        checkServerIdentity: () => undefined,
      }),
    );
  }
  const reader = new ExactReader();
  const socket = connectPlain({
    ...place,
    onread: {
      buffer: () => (reader.room.length > 0 ? reader.room : spare),
      callback: (bytes, memory) => {
        if (memory === spare) reader.feed(spare);
        else reader.advance(bytes);
        return true;
      },
    },
  });
  if (transport.type === 'tcp') socket.setNoDelay(true);
  return new Link(socket, reader);
}

/** Node asks for memory in advance, also while none is expected. One byte that comes there is moved to its place. */
const spare = new Uint8Array(1);

/** A link over a socket that reads into memory of its own. */
function copyingLink(socket: Socket): Link {
  const reader = new ExactReader();
  socket.setNoDelay(true);
  socket.on('data', (bytes) => {
    const taken = reader.feed(bytes);
    if (taken < bytes.length) socket.unshift(bytes.subarray(taken));
  });
  return new Link(socket, reader);
}

function createServer(membership: Membership, accept: (socket: Socket) => void): Server {
  const { transport } = membership;
  if (transport.type === 'unix' || transport.tls !== true) return createPlainServer({ allowHalfOpen: false }, accept);
  const server = createTlsServer({ ...tlsSettings, pskCallback: () => tlsKey(membership) }, accept);
  // A connection that is none of ours is not worth a word.
  server.on('tlsClientError', () => undefined);
  return server;
}

const tlsSettings = { ciphers: CIPHERS, minVersion: 'TLSv1.3', maxVersion: 'TLSv1.3' } as const;

function tlsKey({ secret, group, generation }: Membership): Buffer {
  return Buffer.from(hkdfSync('sha256', Buffer.from(secret, 'hex'), '', JSON.stringify(['tls', group, generation]), 32));
}

/** Whether a rank's socket in that folder has a path that every system takes. */
export function hasRoomForSocket(folder: string): boolean {
  return Buffer.byteLength(pathIn(folder, MOST_RANKS)) <= MOST_PATH_BYTES;
}

function pathIn(folder: string, rank: number): string {
  return join(folder, `${rank}-${randomBytes(4).toString('hex')}.sock`);
}

async function socketPath(folder: string, rank: number): Promise<string> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await chmod(folder, 0o700);
  const path = pathIn(folder, rank);
  if (Buffer.byteLength(path) > MOST_PATH_BYTES) {
    throw invalid('transport.folder', `must leave room for a socket's name in ${MOST_PATH_BYTES} bytes`, folder);
  }
  return path;
}

function placeOf(address: string, transport: Transport): { path: string } | { host: string; port: number } {
  if (transport.type === 'unix' && address.startsWith('unix:')) return { path: address.slice('unix:'.length) };
  if (transport.type === 'tcp' && URL.canParse(address)) {
    const { protocol, hostname, port } = new URL(address);
    if (protocol === 'tcp:') return { host: hostname.replace(/^\[|\]$/g, ''), port: Number(port) };
  }
  throw invalid('addresses', `must be addresses of the transport ${transport.type}`, address);
}

async function listening(server: Server, start: () => void): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.once('listening', resolve);
    start();
  });
}

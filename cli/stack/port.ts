/** Ports that cannot be had, in words. */
import { createServer } from 'node:net';
import { MaggyError } from '../../core/errors.ts';

/**
 * Listens there for a moment, so that a port that is taken is known before anything else starts. Whoever listens in earnest may still
 * find it taken.
 * @throws MaggyError `conflict`, `invalid`
 */
export async function requireFreePort(host: string, port: number): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    const server = createServer();
    server.once('error', (error) => reject(explainListening(error, host, port)));
    server.listen({ host, port }, () => server.close(() => resolve()));
  });
}

/** An error of listening as a refusal; any other error as it is. */
export function explainListening(error: unknown, host: string, port: number): Error {
  if (!(error instanceof Error)) return new Error(String(error));
  const details = { field: 'PORT', value: port, cause: error };
  switch ('code' in error ? error.code : undefined) {
    case 'EADDRINUSE':
      return new MaggyError(
        'conflict',
        `Port ${port} is taken: end the program that listens there, or choose another one with PORT`,
        details,
      );
    case 'EACCES':
      return new MaggyError(
        'conflict',
        `Port ${port} is reserved for the administrator of this machine: choose one from 1024 up with PORT`,
        details,
      );
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
      return new MaggyError('invalid', `Host ${host} is no address of this machine`, { field: 'HOST', value: host, cause: error });
    default:
      return error;
  }
}

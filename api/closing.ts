/**
 * Closing in order: streams and long polls end, requests under way are answered, connections are cut, and Redis is let go last.
 * Left to itself, Node waits for connections that never sent a request, as browsers keep them, until they time out.
 */
import { finished } from 'node:stream';
import type { FastifyInstance } from 'fastify';
import type { Services } from './services.ts';

/** How long requests under way may take once the server closes. */
const graceMs = 10_000;

/** To be called before the routes are added. */
export function closeInOrder(app: FastifyInstance, services: Services): void {
  let underWay = 0;
  let allAnswered: () => void = () => undefined;
  app.addHook('onRequest', async (_request, reply) => {
    underWay += 1;
    // Also where the client goes first, of which no hook tells.
    finished(reply.raw, () => {
      underWay -= 1;
      if (underWay === 0) allAnswered();
    });
  });
  app.addHook('preClose', async () => {
    services.beginClosing();
    if (underWay > 0) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, graceMs);
        allAnswered = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
    app.server.closeAllConnections();
  });
  app.addHook('onClose', async () => services.close());
}

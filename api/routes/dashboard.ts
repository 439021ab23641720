/**
 * The web page: its files, and the page itself at every address that it shows. It is built (`npm run build:dashboard`), not written; where
 * that has not happened, the page says so. What it shows it asks of the API like any other client, so nothing here asks for a key.
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import fastifyStatic from '@fastify/static';
import type { FastifyHelmetOptions } from '@fastify/helmet';
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { preferred } from '../accepted.ts';

/** Addresses of the page beside `/`, which programs ask as well. */
const addresses = ['/experiments/*', '/compare', '/submit', '/workers'];

/** Everything from this server alone, and no code or style written into the page. Plots are saved from `data:` addresses. */
export const pagePolicy: FastifyHelmetOptions = {
  contentSecurityPolicy: {
    useDefaults: false,
    directives: {
      defaultSrc: ["'none'"],
      scriptSrc: ["'self'"],
      styleSrc: ["'self'"],
      connectSrc: ["'self'"],
      imgSrc: ["'self'", 'data:'],
      baseUri: ["'none'"],
      formAction: ["'none'"],
      frameAncestors: ["'none'"],
    },
  },
};

const notBuilt = `<!doctype html><html lang="en"><meta charset="utf-8"><title>Maggy</title>
<h1>The dashboard has not been built</h1>
<p>Run <code>npm run build:dashboard</code> where this server's files are, and load this page again.</p>
<p>The API is there: <a href="/docs">its documentation</a>.</p>
`;

export interface Dashboard {
  /** Whether a request comes from somebody who looks at pages. */
  isWanted(request: FastifyRequest): boolean;
  send(reply: FastifyReply): Promise<FastifyReply>;
}

/** @param folder of the built page; it need not be there yet */
export function dashboardIn(folder: string): Dashboard {
  return {
    isWanted: (request) => preferred(request, ['application/json', 'text/html']) === 'text/html',
    send: async (reply) => {
      const page = await readFile(join(folder, 'index.html'), 'utf8').catch(() => undefined);
      // Names of its files change with their contents; this one's does not.
      void reply.type('text/html; charset=utf-8').header('cache-control', 'no-cache');
      return reply.code(page === undefined ? 503 : 200).send(page ?? notBuilt);
    },
  };
}

export const dashboardRoutes: FastifyPluginAsyncTypebox<{ dashboard: Dashboard; folder: string }> = async (app, { dashboard, folder }) => {
  for (const address of addresses) {
    app.get(address, { schema: { hide: true }, helmet: pagePolicy }, (_request, reply) => dashboard.send(reply));
  }
  await app.register(fastifyStatic, {
    root: join(folder, 'assets'),
    prefix: '/assets/',
    decorateReply: false,
    index: false,
    preCompressed: true,
    immutable: true,
    maxAge: '1y',
    schemaHide: true,
    suppressWarning: true,
  });
};

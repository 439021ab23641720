/**
 * Who may do what under /v1, and who sees the metrics. With keys required, a request shows one as `Authorization: Bearer …`: reading needs the scope `read`,
 * POST `submit`, DELETE `admin`. Where they are not, the server is reached from its own machine only and asks nobody; but a browser there
 * shows web pages of others, so what such a page could send is refused: a foreign Host (a name that was pointed here), a foreign Origin.
 */
import rateLimit from '@fastify/rate-limit';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { MaggyError } from '../core/errors.ts';
import { isLoopback } from '../core/loopback.ts';
import { scopes, type ApiKey, type ApiKeys, type Scope } from '../queue/api-keys.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** The key that the request came with; null where none is required. */
    caller: ApiKey | null;
  }
}

/** Requests a minute from one address that may come without a valid key. */
const failuresPerMinute = 60;

const scopeOf: Readonly<Record<string, Scope>> = { GET: 'read', HEAD: 'read', POST: 'submit' };

/** For an instance, before its routes: from here on they ask who calls. */
export async function controlAccess(app: FastifyInstance, apiKeys: ApiKeys, requireKeys: boolean): Promise<void> {
  app.decorateRequest('caller', null);
  if (!requireKeys) {
    app.addHook('onRequest', async (request) => refuseForeign(request));
    return;
  }
  await app.register(rateLimit, { global: false, timeWindow: '1 minute' });
  const failures = app.createRateLimit({ max: failuresPerMinute, keyGenerator: ({ ip }) => ip });
  const requests = app.createRateLimit({
    max: ({ caller }) => caller?.requestsPerMinute ?? 0,
    keyGenerator: ({ caller }) => caller?.id ?? '',
  });
  app.addHook('onRequest', async (request, reply) => {
    request.caller = await callerOf(request, apiKeys);
    const limit = await (request.caller === null ? failures : requests)(request);
    if (!limit.isAllowed && limit.isExceeded) {
      void reply.header('retry-after', limit.ttlInSeconds);
      throw new MaggyError(
        'too-many',
        `more than ${limit.max} requests ${request.caller === null ? 'without a valid key ' : ''}in a minute`,
      );
    }
    if (request.caller === null) {
      void reply.header('www-authenticate', 'Bearer');
      throw new MaggyError('unauthorized', 'a valid API key must come as "Authorization: Bearer <key>"; maggy keys create makes one');
    }
    requireScope(request.caller, request.method);
  });
}

async function callerOf({ headers: { authorization = '' } }: FastifyRequest, apiKeys: ApiKeys): Promise<ApiKey | null> {
  const [, text] = /^Bearer (\S+)$/i.exec(authorization) ?? [];
  return text === undefined ? null : apiKeys.authenticate(text);
}

function requireScope({ scope }: ApiKey, method: string): void {
  const needed = scopeOf[method] ?? 'admin';
  if (scopes.indexOf(scope) >= scopes.indexOf(needed)) return;
  throw new MaggyError('forbidden', `this needs a key with scope "${needed}", and this one has "${scope}"`);
}

function refuseForeign({ host, headers: { origin } }: FastifyRequest): void {
  if (!isLoopback(hostnameOf(`http://${host}`))) {
    throw new MaggyError('forbidden', 'without API keys this server answers only to names of its own machine, such as localhost');
  }
  if (origin !== undefined && !isLoopback(hostnameOf(origin))) {
    throw new MaggyError('forbidden', 'without API keys this server answers no web pages of other machines');
  }
}

function hostnameOf(url: string): string {
  return URL.canParse(url) ? new URL(url).hostname : '';
}

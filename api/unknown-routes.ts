/** Answers requests that no route takes, naming the route that was probably meant. */
import type { FastifyInstance, RouteOptions } from 'fastify';
import { MaggyError } from '../core/errors.ts';
import { nearestName } from '../core/nearest.ts';

interface KnownRoute {
  readonly method: string;
  readonly path: string;
}

/** To be called before the routes are added. */
export function refuseUnknownRoutes(app: FastifyInstance): void {
  const routes: KnownRoute[] = [];
  app.addHook('onRoute', ({ method, url, schema }: RouteOptions) => {
    if (schema?.hide === true) return;
    for (const name of [method].flat()) if (name !== 'HEAD') routes.push({ method: name, path: url });
  });
  app.setNotFoundHandler((request) => {
    const [path = ''] = request.url.split('?');
    const shown = path.length > 100 ? `${path.slice(0, 99)}…` : path;
    throw new MaggyError('not-found', `there is no ${request.method} ${shown}${suggestion(request.method, path, routes)}`);
  });
}

function suggestion(method: string, path: string, routes: readonly KnownRoute[]): string {
  const candidates = routes.map((route) => ({ ...route, path: filledIn(route.path, path) }));
  const methods = candidates.filter((route) => route.path === path).map((route) => route.method);
  if (methods.length > 0) return `; this path takes ${[...new Set(methods)].join(', ')}`;
  const sameMethod = candidates.filter((route) => route.method === method).map((route) => route.path);
  const nearest = nearestName(path, sameMethod);
  return nearest === undefined ? '; /docs lists all routes' : ` (did you mean ${nearest}?)`;
}

/** The route's path with the request's own segments in place of its parameters. */
function filledIn(route: string, path: string): string {
  const segments = path.split('/');
  return route
    .split('/')
    .map((segment, at) => (segment.startsWith(':') ? (segments[at] ?? segment) : segment))
    .join('/');
}

/**
 * The HTTP application: routes, validation, errors and documentation, the same in tests as in production. It never listens, reads
 * no environment and handles no signals; that is `server.ts`.
 */
import { randomUUID } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import Fastify, { type FastifyBaseLogger, type FastifyInstance } from 'fastify';
import accepts from '@fastify/accepts';
import helmet from '@fastify/helmet';
import { apiMetrics, type ApiMetrics } from '../metrics/metrics.ts';
import { controlAccess } from './access.ts';
import { answerErrors, refuseMalformedRequest, sendError } from './errors.ts';
import { acceptJsonOnly } from './json-body.ts';
import { documentRoutes } from './openapi.ts';
import { ablationRoutes } from './routes/ablation.ts';
import { askRoutes } from './routes/ask.ts';
import { artefactRoutes } from './routes/artefacts.ts';
import { controlRoutes } from './routes/control.ts';
import { dashboardIn, dashboardRoutes } from './routes/dashboard.ts';
import { eventRoutes } from './routes/events.ts';
import { experimentRoutes } from './routes/experiments.ts';
import { exportRoutes } from './routes/export.ts';
import { healthRoutes } from './routes/health.ts';
import { metricsRoutes } from './routes/metrics.ts';
import { indexRoutes } from './routes/index.ts';
import { plotRoutes } from './routes/plots.ts';
import { resultRoutes } from './routes/result.ts';
import { trialRoutes } from './routes/trials.ts';
import { workerRoutes } from './routes/workers.ts';
import { closeInOrder } from './closing.ts';
import { openServices, type ServiceOptions } from './services.ts';
import { traceRequests } from './tracing.ts';
import { refuseUnknownRoutes } from './unknown-routes.ts';
import { validateRequests, writeAnswers } from './validation.ts';

export interface AppOptions extends Omit<ServiceOptions, 'log'> {
  readonly logger?: FastifyBaseLogger;
  /** Version of the product, for the documentation. */
  readonly version?: string;
  /** An answer that does not match its schema is an error. For tests; users are served what there is. */
  readonly strictAnswers?: boolean;
  /** Whether requests under /v1 and for metrics must show an API key; only for a server that nobody but its own machine reaches may they not. */
  readonly requireKeys?: boolean;
  /** Addresses and subnets of proxies whose word on a client's address counts; nobody's where absent. */
  readonly trustProxy?: readonly string[];
  readonly metrics?: ApiMetrics;
  /** Folder of the built dashboard. */
  readonly dashboardFolder?: string;
}

const versionedRoutes = [
  experimentRoutes,
  resultRoutes,
  ablationRoutes,
  controlRoutes,
  askRoutes,
  trialRoutes,
  artefactRoutes,
  eventRoutes,
  plotRoutes,
  exportRoutes,
  workerRoutes,
];

const builtDashboard = fileURLToPath(new URL('../dashboard/dist', import.meta.url));
const bodyLimitBytes = 2 ** 20;
/** How long a client may take to send a request. Answers may take longer: some wait for news. */
const requestTimeoutMs = 30_000;
/** A connection on which nothing moves is cut; long polls answer after a minute at the latest, streams beat more often. */
const idleTimeoutMs = 120_000;

export async function buildApp(given: AppOptions): Promise<FastifyInstance> {
  const { logger, version = '0', strictAnswers = false, requireKeys = true, trustProxy = [], metrics = apiMetrics() } = given;
  const { dashboardFolder: folder = builtDashboard, ...options } = given;
  const app = Fastify({
    ...(logger === undefined ? {} : { loggerInstance: logger }),
    bodyLimit: bodyLimitBytes,
    requestTimeout: requestTimeoutMs,
    connectionTimeout: idleTimeoutMs,
    trustProxy: trustProxy.length === 0 ? false : [...trustProxy],
    genReqId: () => randomUUID(),
    frameworkErrors: sendError,
    clientErrorHandler: refuseMalformedRequest,
  });
  const services = openServices({ ...options, log: app.log });
  closeInOrder(app, services);

  acceptJsonOnly(app);
  validateRequests(app);
  writeAnswers(app, strictAnswers);
  answerErrors(app);
  app.addHook('onResponse', async ({ method, routeOptions: { url: route = 'none' } }, { statusCode, elapsedTime }) => {
    metrics.requests.observe({ method, route, status: statusCode }, elapsedTime / 1000);
  });
  refuseUnknownRoutes(app);
  await app.register(accepts);
  // Whether the way here is encrypted is for the proxy before it to say. The pages of the documentation have a policy of their own.
  await app.register(helmet, {
    strictTransportSecurity: false,
    contentSecurityPolicy: { directives: { defaultSrc: ["'none'"] }, useDefaults: false },
  });
  await documentRoutes(app, version);

  const dashboard = dashboardIn(folder);
  await app.register(indexRoutes, { version, dashboard });
  await app.register(dashboardRoutes, { dashboard, folder });
  await app.register(healthRoutes, { services });
  await app.register(async (guarded) => {
    await controlAccess(guarded, services.apiKeys, requireKeys);
    await guarded.register(metricsRoutes, { services, metrics });
    await guarded.register(
      async (v1) => {
        traceRequests(v1);
        for (const routes of versionedRoutes) await v1.register(routes, { services });
      },
      { prefix: '/v1' },
    );
  });
  await app.ready();
  return app;
}

/** A port at which Prometheus finds the metrics of a process that serves nothing else. It asks nobody who they are: it shows numbers only. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { Registry } from 'prom-client';
import { MaggyError } from '../core/errors.ts';
import { addProcessMetrics } from './metrics.ts';

/** Where metrics are served. */
export interface MetricsAddress {
  readonly host: string;
  /** 0 for any free one. */
  readonly port: number;
}

export interface MetricsServer {
  /** Of the metrics themselves. */
  readonly url: string;
  close(): void;
}

/** @throws {MaggyError} `unavailable` where the port cannot be listened at */
export async function serveMetrics(registry: Registry, { host, port }: MetricsAddress): Promise<MetricsServer> {
  addProcessMetrics(registry);
  const server = createServer(({ method, url }, response) => {
    if (method !== 'GET' || url !== '/metrics') {
      response.writeHead(404).end();
      return;
    }
    registry.metrics().then(
      (text) => response.writeHead(200, { 'content-type': registry.contentType }).end(text),
      () => response.writeHead(500).end(),
    );
  });
  try {
    server.listen(port, host);
    await once(server, 'listening');
  } catch (error) {
    throw new MaggyError('unavailable', `metrics cannot be served at ${host}:${String(port)}: ${String(error)}`, {
      field: 'metrics-port',
      value: port,
      cause: error,
    });
  }
  const address = server.address();
  const actual = typeof address === 'object' && address !== null ? address.port : port;
  return {
    url: `http://${host.includes(':') ? `[${host}]` : host}:${String(actual)}/metrics`,
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}

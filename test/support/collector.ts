/** A collector of OpenTelemetry that listens at a port of this machine and takes spans as JSON over HTTP. */
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import Type, { type Static } from 'typebox';
import { compileSchema } from '../../core/validate.ts';

const Attribute = Type.Object({
  key: Type.String(),
  value: Type.Object({ stringValue: Type.Optional(Type.String()), intValue: Type.Optional(Type.Integer()) }),
});
const Attributes = Type.Array(Attribute);
const RawSpan = Type.Object({
  traceId: Type.String(),
  spanId: Type.String(),
  parentSpanId: Type.Optional(Type.String()),
  name: Type.String(),
  attributes: Attributes,
});
const parseRequest = compileSchema(
  Type.Object({
    resourceSpans: Type.Array(
      Type.Object({
        resource: Type.Object({ attributes: Attributes }),
        scopeSpans: Type.Array(Type.Object({ spans: Type.Array(RawSpan) })),
      }),
    ),
  }),
);

export interface CollectedSpan extends Omit<Static<typeof RawSpan>, 'attributes'> {
  readonly service: string;
  readonly attributes: Readonly<Record<string, string | number | undefined>>;
}

export class Collector {
  readonly spans: CollectedSpan[] = [];
  readonly #server: Server;

  private constructor() {
    this.#server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        if (request.url === '/v1/traces') this.#take(Buffer.concat(chunks).toString());
        response.setHeader('content-type', 'application/json').end('{}');
      });
    });
  }

  static async start(): Promise<Collector> {
    const collector = new Collector();
    collector.#server.listen(0, '127.0.0.1');
    await once(collector.#server, 'listening');
    return collector;
  }

  /** For `OTEL_EXPORTER_OTLP_ENDPOINT`. */
  get url(): string {
    const address = this.#server.address();
    if (address === null || typeof address === 'string') throw new Error('the collector does not listen');
    return `http://127.0.0.1:${address.port}`;
  }

  close(): void {
    this.#server.close();
    this.#server.closeAllConnections();
  }

  #take(body: string): void {
    for (const { resource, scopeSpans } of parseRequest(JSON.parse(body)).resourceSpans) {
      const service = String(recordOf(resource.attributes)['service.name']);
      const spans = scopeSpans.flatMap((scope) => scope.spans);
      this.spans.push(...spans.map((span) => ({ ...span, service, attributes: recordOf(span.attributes) })));
    }
  }
}

function recordOf(attributes: Static<typeof Attributes>): CollectedSpan['attributes'] {
  return Object.fromEntries(attributes.map(({ key, value }) => [key, value.stringValue ?? value.intValue]));
}

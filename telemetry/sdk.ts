/** The SDK of OpenTelemetry for one process, set up from the standard variables. Loaded only where traces are wanted. */
import { diag, DiagLogLevel, SpanKind } from '@opentelemetry/api';
import { OTLPTraceExporter as JsonExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { OTLPTraceExporter as ProtobufExporter } from '@opentelemetry/exporter-trace-otlp-proto';
import {
  defaultResource,
  detectResources,
  envDetector,
  hostDetector,
  processDetector,
  resourceFromAttributes,
} from '@opentelemetry/resources';
import { BatchSpanProcessor, NodeTracerProvider, type ReadableSpan, type SpanExporter } from '@opentelemetry/sdk-trace-node';
import { invalid } from '../core/errors.ts';
import type { Environment, TracedProcess, Tracing } from './process.ts';

/** A process that ends waits no longer than this for a collector that does not answer. */
const LAST_WORDS_MS = 2000;

export function openSdk(of: TracedProcess, environment: Environment, onTrouble: (message: string) => void): Tracing {
  diag.setLogger(troubleOnly(onTrouble), { logLevel: DiagLogLevel.WARN });
  const provider = new NodeTracerProvider({
    resource: defaultResource()
      .merge(resourceFromAttributes({ 'service.name': `maggy-${of}` }))
      .merge(detectResources({ detectors: [hostDetector, processDetector, envDetector] })),
    spanProcessors: [new WithoutHousekeeping(exporterFor(environment))],
  });
  provider.register();
  return {
    async stop() {
      const waited = new Promise((resolve) => setTimeout(resolve, LAST_WORDS_MS).unref());
      await Promise.race([provider.shutdown().catch((error: unknown) => onTrouble(String(error))), waited]);
    },
  };
}

function exporterFor(environment: Environment): SpanExporter {
  const given = [environment.OTEL_EXPORTER_OTLP_TRACES_PROTOCOL, environment.OTEL_EXPORTER_OTLP_PROTOCOL];
  // A variable that is empty is one that is not set.
  const protocol = given.find((name) => name !== undefined && name !== '') ?? 'http/protobuf';
  if (protocol === 'http/protobuf') return new ProtobufExporter();
  if (protocol === 'http/json') return new JsonExporter();
  throw invalid('OTEL_EXPORTER_OTLP_PROTOCOL', 'must be http/protobuf or http/json', protocol);
}

/**
 * Leaves out what belongs to no work: BullMQ looks for stalled jobs and for the next one all the time, and each look would be a trace of one
 * span.
 */
class WithoutHousekeeping extends BatchSpanProcessor {
  override onEnd(span: ReadableSpan): void {
    if (span.parentSpanContext !== undefined || span.kind !== SpanKind.INTERNAL) super.onEnd(span);
  }
}

/** One word when delivery fails for the first time; the SDK repeats it with every batch. */
function troubleOnly(onTrouble: (message: string) => void) {
  let hasSaid = false;
  const say = (message: string): void => {
    if (hasSaid) return;
    hasSaid = true;
    onTrouble(message);
  };
  const nothing = (): void => undefined;
  return { error: say, warn: say, info: nothing, debug: nothing, verbose: nothing };
}

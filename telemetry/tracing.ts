/**
 * Traces: a submission, its experiment, its trials' tickets and attempts hang together, over all processes. Off unless the standard
 * variables of OpenTelemetry say where spans go; then, and only then, the SDK is loaded (`sdk.ts`). What is called here does nothing
 * until that has happened.
 */
import {
  propagation,
  ROOT_CONTEXT,
  SpanKind,
  SpanStatusCode,
  context,
  trace,
  type Attributes,
  type Context,
  type Span,
} from '@opentelemetry/api';
import type { Environment, TracedProcess, Tracing } from './process.ts';

export type { Span, TracedProcess };

const TRACER = 'maggy';

let isOn = false;

/** Whether spans go anywhere. */
export function isTracing(): boolean {
  return isOn;
}

/**
 * Begins to trace this process where the environment asks for it.
 * @param onTrouble told when spans cannot be delivered
 * @throws MaggyError `invalid` for a protocol that is not spoken here
 */
export async function startTracing(of: TracedProcess, environment: Environment, onTrouble: (message: string) => void): Promise<Tracing> {
  if (!isAskedFor(environment)) return { stop: () => Promise.resolve() };
  const { openSdk } = await import('./sdk.ts');
  const tracing = openSdk(of, environment, onTrouble);
  isOn = true;
  return tracing;
}

/** By the rules of OpenTelemetry's specification, but that without an address nothing is sent. */
function isAskedFor(environment: Environment): boolean {
  const { OTEL_SDK_DISABLED, OTEL_TRACES_EXPORTER, OTEL_EXPORTER_OTLP_ENDPOINT, OTEL_EXPORTER_OTLP_TRACES_ENDPOINT } = environment;
  if (OTEL_SDK_DISABLED?.toLowerCase() === 'true' || OTEL_TRACES_EXPORTER === 'none') return false;
  return [OTEL_EXPORTER_OTLP_ENDPOINT, OTEL_EXPORTER_OTLP_TRACES_ENDPOINT].some((address) => address !== undefined && address !== '');
}

/** What spans say of the work they stand for. */
export interface Work {
  readonly experiment?: string;
  readonly trial?: number;
  readonly attempt?: number;
}

export function attributesOf({ experiment, trial, attempt }: Work): Attributes {
  return {
    ...(experiment === undefined ? {} : { 'maggy.experiment': experiment }),
    ...(trial === undefined ? {} : { 'maggy.trial': trial }),
    ...(attempt === undefined ? {} : { 'maggy.attempt': attempt }),
  };
}

/** Says of the span that is under way, where there is one, what it is about. */
export function annotate(work: Work): void {
  trace.getActiveSpan()?.setAttributes(attributesOf(work));
}

/** A span for a piece of work, part of what is under way. Whoever begins it ends it. */
export function startSpan(name: string, work: Work): Span {
  return trace.getTracer(TRACER).startSpan(name, { attributes: attributesOf(work) });
}

export function fail(span: Span, message: string): void {
  span.setStatus({ code: SpanStatusCode.ERROR, message });
}

/** A request that came over HTTP: part of its sender's trace where the headers name one. */
export function startRequest(
  name: string,
  headers: Readonly<Record<string, unknown>>,
  attributes: Attributes,
): { span: Span; context: Context } {
  const sender = propagation.extract(ROOT_CONTEXT, headers);
  const span = trace.getTracer(TRACER).startSpan(name, { kind: SpanKind.SERVER, attributes }, sender);
  return { span, context: trace.setSpan(sender, span) };
}

/** Runs something as part of what `within` stands for. */
export function runWithin(within: Context, run: () => void): void {
  context.with(within, run);
}

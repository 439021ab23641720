/** Server-sent events: a stream that is opened again behind its last event when it breaks, and what the events of an experiment hold. */
import { EventSourceParserStream, type EventSourceMessage } from 'eventsource-parser/stream';
import { MaggyError } from '../core/errors.ts';
import type { LogEvent } from '../core/events.ts';
import type { ResultDocument } from '../core/results.ts';
import { isRecord } from '../core/schema-words.ts';
import { patiently, RETRY_MS, sleep } from './connection.ts';

interface Opened {
  readonly data?: ReadableStream<Uint8Array<ArrayBuffer>> | null | undefined;
  readonly response: Response;
}

/**
 * Events, until the server says that nothing can follow.
 * @param open asks for what comes after an event, by its id
 * @param after where to begin
 */
export async function* followed(
  open: (after: string) => Promise<Opened>,
  after: string,
  signal?: AbortSignal,
): AsyncGenerator<EventSourceMessage, void, undefined> {
  let last = after;
  for (;;) {
    const { data, response } = await patiently(() => open(last), signal);
    if (response.status === 204 || data == null) return;
    const reader = data.pipeThrough(new TextDecoderStream()).pipeThrough(new EventSourceParserStream()).getReader();
    try {
      // Not `for await`: not every browser iterates over streams.
      for (let read = await reader.read(); !read.done; read = await reader.read()) {
        last = read.value.id ?? last;
        yield read.value;
      }
    } catch {
      // The connection broke, or the caller's signal ends it.
      signal?.throwIfAborted();
    } finally {
      await reader.cancel().catch(() => undefined);
    }
    // Also after a stream that ended: the experiment may have, which the next answer says.
    await sleep(RETRY_MS, signal);
  }
}

/** @throws {MaggyError} `corrupt` */
export function parseLogEvent({ data }: EventSourceMessage): LogEvent {
  const event = parsed(data);
  if (!isLogEvent(event)) throw new MaggyError('corrupt', `an event without a type or number: ${data.slice(0, 200)}`);
  return event;
}

/** @throws {MaggyError} `corrupt` */
export function parseResult({ data }: EventSourceMessage): ResultDocument {
  const result = parsed(data);
  if (!isResult(result)) throw new MaggyError('corrupt', `a result without a state or position: ${data.slice(0, 200)}`);
  return result;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** The server checked the rest when it read its log. */
function isLogEvent(value: unknown): value is LogEvent {
  return isRecord(value) && typeof value.type === 'string' && typeof value.seq === 'number';
}

function isResult(value: unknown): value is ResultDocument {
  return isRecord(value) && typeof value.state === 'string' && typeof value.position === 'number';
}

/** The entries of an experiment's log out of a stream of server-sent events. */
import { EventSourceParserStream } from 'eventsource-parser/stream';
import { MaggyError } from '../core/errors.ts';
import type { LogEvent } from '../core/events.ts';
import { isRecord } from '../core/schema-words.ts';

/** Ends with the stream; what breaks it off is thrown. */
export async function* logEvents(body: ReadableStream<Uint8Array<ArrayBuffer>>): AsyncGenerator<LogEvent, void, undefined> {
  const reader = body.pipeThrough(new TextDecoderStream()).pipeThrough(new EventSourceParserStream()).getReader();
  try {
    // Not `for await`: not every browser iterates over streams.
    for (let read = await reader.read(); !read.done; read = await reader.read()) yield parseEvent(read.value.data);
  } finally {
    await reader.cancel().catch(() => undefined);
  }
}

function parseEvent(text: string): LogEvent {
  const event = parsed(text);
  if (!isLogEvent(event)) throw new MaggyError('corrupt', `an event without a type or number: ${text.slice(0, 200)}`);
  return event;
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

/** Reads server-sent events from a real connection. */
export interface ServerEvent {
  readonly id: string;
  readonly event: string;
  readonly data: string;
}

export class EventReader {
  readonly #body: AsyncGenerator<Uint8Array, undefined>;
  readonly #controller: AbortController;
  readonly status: number;
  readonly #waiting: ServerEvent[] = [];
  #text = '';

  private constructor(response: Response, controller: AbortController) {
    this.status = response.status;
    this.#controller = controller;
    this.#body = chunksOf(response);
  }

  static async open(url: string, headers: Record<string, string> = {}): Promise<EventReader> {
    const controller = new AbortController();
    return new EventReader(await fetch(url, { headers, signal: controller.signal }), controller);
  }

  /** The next event; undefined when the server has closed the stream. */
  async next(): Promise<ServerEvent | undefined> {
    for (;;) {
      const event = this.#waiting.shift();
      if (event !== undefined) return event;
      const chunk = await this.#body.next();
      if (chunk.value === undefined) return undefined;
      this.#text += new TextDecoder().decode(chunk.value);
      const blocks = this.#text.split('\n\n');
      this.#text = blocks.pop() ?? '';
      this.#waiting.push(...blocks.flatMap(parse));
    }
  }

  async rest(): Promise<ServerEvent[]> {
    const events: ServerEvent[] = [];
    for (let event = await this.next(); event !== undefined; event = await this.next()) events.push(event);
    return events;
  }

  leave(): void {
    this.#controller.abort();
  }
}

async function* chunksOf({ body }: Response): AsyncGenerator<Uint8Array, undefined> {
  if (body === null) return;
  for await (const chunk of body) if (chunk instanceof Uint8Array) yield chunk;
}

/** Comments and the reconnection time are no events. */
function parse(block: string): ServerEvent[] {
  const field = (name: string): string => new RegExp(`^${name}: (.*)$`, 'm').exec(block)?.[1] ?? '';
  return field('event') === '' ? [] : [{ id: field('id'), event: field('event'), data: field('data') }];
}

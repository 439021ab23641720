/** Reads Redis's append-only file as what a restart takes it for: writes that are there as a whole or not at all, one by one. */
import { open as openFile } from 'node:fs/promises';

/** What one script, transaction or single command has written. */
export interface Write {
  /** Where it ends in the file. */
  readonly end: number;
  /** Of the log's entries that it appends. */
  readonly events: readonly string[];
}

/** The whole writes of a file from an offset on, at which one begins; the last bytes may be those of one that is under way. */
export async function readWrites(path: string, offset: number): Promise<Write[]> {
  const file = await openFile(path);
  try {
    const { size } = await file.stat();
    const bytes = Buffer.alloc(size - offset);
    await file.read(bytes, 0, bytes.length, offset);
    return writesOf(bytes).map((write) => ({ ...write, end: offset + write.end }));
  } finally {
    await file.close();
  }
}

function writesOf(bytes: Buffer): Write[] {
  const writes: Write[] = [];
  let events: string[] = [];
  let isOpen = false;
  for (const { end, words } of commandsOf(bytes)) {
    const [name = '', key = '', , , event = ''] = words;
    const command = name.toLowerCase();
    if (command === 'multi') isOpen = true;
    if (command === 'exec') isOpen = false;
    if (command === 'xadd' && key.endsWith('}:log')) events.push(event);
    if (isOpen || command === 'select') continue;
    writes.push({ end, events });
    events = [];
  }
  return writes;
}

function* commandsOf(bytes: Buffer): Generator<{ readonly end: number; readonly words: readonly string[] }> {
  let at = 0;
  const line = (): string | null => {
    const end = bytes.indexOf('\r\n', at);
    if (end < 0) return null;
    const text = bytes.toString('utf8', at + 1, end);
    at = end + 2;
    return text;
  };
  for (;;) {
    const count = line();
    if (count === null) return;
    const words: string[] = [];
    for (let i = 0; i < Number(count); i++) {
      const length = line();
      if (length === null || at + Number(length) + 2 > bytes.length) return;
      words.push(bytes.toString('utf8', at, at + Number(length)));
      at += Number(length) + 2;
    }
    yield { end: at, words };
  }
}

/** Files as one tar archive, packed some at a time, when somebody takes them. */
import { packTar } from 'modern-tar';
import { batches } from './batches.ts';

export interface ExportedFile {
  /** With slashes, below the archive's own folder; one that ends with a slash is a folder. */
  readonly name: string;
  readonly bytes: Uint8Array;
  /** ms since 1970 */
  readonly changedAt: number;
}

const FILES = 32;

/** Two blocks of zeros: the end of every archive. */
const END = 1024;

export async function* tarOf(files: AsyncIterable<ExportedFile>): AsyncGenerator<Uint8Array, void, undefined> {
  for await (const batch of batches(files, FILES)) {
    // Archives without their ends, one behind the other, are one archive.
    yield (await packTar(batch.map(entryOf))).subarray(0, -END);
  }
  yield new Uint8Array(END);
}

function entryOf({ name, bytes, changedAt }: ExportedFile) {
  const type: 'directory' | 'file' = name.endsWith('/') ? 'directory' : 'file';
  return { header: { name, type, size: bytes.length, mtime: new Date(changedAt) }, body: bytes };
}

/** Files as one tar archive, each packed as it comes. */
import { createTarPacker } from 'modern-tar';

export interface ExportedFile {
  /** With slashes, below the archive's own folder. */
  readonly name: string;
  readonly bytes: Uint8Array;
  /** ms since 1970 */
  readonly changedAt: number;
}

export async function* tarOf(files: AsyncIterable<ExportedFile>): AsyncGenerator<Uint8Array, void, undefined> {
  const { readable, controller } = createTarPacker();
  // Where this fails, the archive fails with it; where the archive is not read to its end, so does this.
  void pack(files, controller).catch((error: unknown) => controller.error(error));
  for await (const chunk of readable) yield chunk;
}

async function pack(files: AsyncIterable<ExportedFile>, controller: ReturnType<typeof createTarPacker>['controller']): Promise<void> {
  for await (const { name, bytes, changedAt } of files) {
    const entry = controller.add({ name, size: bytes.length, mtime: new Date(changedAt) }).getWriter();
    await entry.write(bytes);
    await entry.close();
  }
  controller.finalize();
}

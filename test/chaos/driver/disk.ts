/** The disk of the checkpoint store: a small file system in memory that can be filled up. Mounting one takes an administrator. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const SIZE_MIB = 64;

export class Disk {
  readonly folder: string;
  /** Whether it is a file system of its own, which may be filled. */
  readonly isMounted: boolean;

  constructor(folder: string) {
    mkdirSync(folder, { recursive: true });
    this.folder = folder;
    this.isMounted = spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${SIZE_MIB}m`, 'chaos', folder]).status === 0;
  }

  fill(): void {
    // A write into a full disk ends it; what fits of the last piece stays.
    for (const bytes of [2 ** 20, 2 ** 12]) {
      const piece = Buffer.alloc(bytes);
      try {
        for (;;) writeFileSync(this.#filler, piece, { flag: 'a' });
      } catch (error) {
        if (!(error instanceof Error && 'code' in error && error.code === 'ENOSPC')) throw error;
      }
    }
  }

  free(): void {
    rmSync(this.#filler, { force: true });
  }

  remove(): void {
    if (this.isMounted) spawnSync('umount', ['--lazy', this.folder]);
  }

  get #filler(): string {
    return join(this.folder, 'filler');
  }
}

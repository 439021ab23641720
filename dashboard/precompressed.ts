/** Writes each text of the build a second and a third time, compressed, so that the API only has to pick one. */
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { brotliCompress, constants, gzip } from 'node:zlib';
import type { Plugin } from 'vite';

const compressors = {
  br: (text: Buffer) => promisify(brotliCompress)(text, { params: { [constants.BROTLI_PARAM_QUALITY]: 9 } }),
  gz: (text: Buffer) => promisify(gzip)(text),
};

export function precompressed(): Plugin {
  return {
    name: 'precompressed',
    apply: 'build',
    async writeBundle({ dir = '' }) {
      const files = await readdir(join(dir, 'assets'));
      await Promise.all(files.filter((name) => /\.(js|css|svg)$/.test(name)).map((name) => compress(join(dir, 'assets', name))));
    },
  };
}

async function compress(path: string): Promise<void> {
  const text = await readFile(path);
  await Promise.all(Object.entries(compressors).map(async ([ending, packed]) => writeFile(`${path}.${ending}`, await packed(text))));
}

/**
 * `npm run generate` compiles worker/lockstep/wire/sum.wat to the sum.wasm beside it. With `--check`, as in `npm run check`, it writes
 * nothing and fails where the two are not the same any more.
 */
import { readFile, writeFile } from 'node:fs/promises';
import wabt from 'wabt';

const source = new URL('../worker/lockstep/wire/sum.wat', import.meta.url);
const compiled = new URL('../worker/lockstep/wire/sum.wasm', import.meta.url);

const toolkit = await wabt();
const module = toolkit.parseWat('sum.wat', await readFile(source), { simd: true, threads: true });
const { buffer } = module.toBinary({});
module.destroy();
if (!process.argv.includes('--check')) await writeFile(compiled, buffer);
else if (Buffer.compare(buffer, await readFile(compiled)) !== 0) {
  process.stderr.write('worker/lockstep/wire/sum.wasm is not sum.wat compiled: npm run generate\n');
  process.exitCode = 1;
}

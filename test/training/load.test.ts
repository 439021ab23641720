import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DeclarationSchema } from '../../core/declaration.ts';
import { compileSchema } from '../../core/validate.ts';
import { readModuleSource } from '../../training/source.ts';

const repository = fileURLToPath(new URL('../..', import.meta.url));
let root = '';

beforeAll(async () => {
  root = await realpath(await mkdtemp(join(tmpdir(), 'maggy-functions-')));
});
afterAll(() => rm(root, { recursive: true, force: true }));

/** Writes a folder of modules far from this repository, without a package.json. */
async function folderOf(modules: Record<string, string>): Promise<string> {
  const folder = await mkdtemp(join(root, 'folder-'));
  for (const [name, text] of Object.entries(modules)) {
    await mkdir(dirname(join(folder, name)), { recursive: true });
    await writeFile(join(folder, name), text);
  }
  return folder;
}

/** Runs a script as a process of this product does, since a test runner resolves modules by rules of its own. */
async function inProcessOfOurs(body: string): Promise<unknown> {
  const script = join(await mkdtemp(join(root, 'script-')), 'script.mts');
  const training = join(repository, 'training');
  const imports = `import { loadFolder, loadTraining } from '${training}/load.ts';\nimport { runTraining, tf } from '${training}/index.ts';\n`;
  await writeFile(script, `${imports}const result = await (async () => { ${body} })();\nconsole.log(JSON.stringify(result));\n`);
  const { stdout } = await promisify(execFile)(process.execPath, ['--import', import.meta.resolve('tsx'), script]);
  return JSON.parse(stdout.trim().split('\n').at(-1) ?? 'null');
}

const typescript = `
import { defineTraining, tf } from 'maggy';
import { testTraining } from 'maggy/testing';
import { double } from './lib/double.js';
interface Weights { readonly one: number }
const weights: Weights = { one: 1 };
export const engine = tf.engine();
export default defineTraining({
  name: 'from-typescript', space: { x: { type: 'float', min: 0, max: 1 } }, metric: 'score', direction: 'maximize',
  train: ({ hparams }) => typeof testTraining === 'function' ? double(hparams.x) + weights.one : 0,
});`;

describe('a folder anywhere on the disk', () => {
  it('gives its training functions, and a reason for each file that has none', async () => {
    const folder = await folderOf({
      'a-typescript.ts': typescript,
      'lib/double.ts': 'export const double = (x: number): number => 2 * x;',
      'b-javascript.js':
        "import { defineTraining } from 'maggy';\nexport default defineTraining({ name: 'from-javascript', train: () => 1 });",
      'c-twin.mjs': "import { defineTraining } from 'maggy';\nexport default defineTraining({ name: 'from-javascript', train: () => 1 });",
      'd-syntax.ts': 'export const a = ;',
      'e-import.ts': "import './nowhere.ts';\nexport default 1;",
      'f-throws.js': "throw new Error('at import');",
      'g-default.js': 'export default 3;',
      'h-definition.js': "import { defineTraining } from 'maggy';\nexport default defineTraining({ name: 'h', train: 1 });",
      'helper.ts': 'export const helps = 1;',
      'a-typescript.test.ts': "throw new Error('tests are not loaded');",
      'node_modules/x/index.js': "throw new Error('packages are not loaded');",
    });
    const result = await inProcessOfOurs(`
      const { trainings, broken } = await loadFolder('${folder}');
      const { value } = await runTraining(trainings[0].training, { hparams: { x: 0.25 }, backend: { prefer: 'cpu' } });
      return { declarations: trainings.map((loaded) => loaded.declaration), broken, value };`);
    expect(result).toMatchObject({ value: 1.5 });
    const { declarations, broken } = Object(result);
    const parse = compileSchema(DeclarationSchema);
    for (const declaration of declarations) parse(declaration);
    expect(declarations).toMatchObject([
      { name: 'from-typescript', metric: 'score', direction: 'maximize', defaults: { x: 0.5 }, source: typescript },
      { name: 'from-javascript', metric: 'value', defaults: {}, space: {} },
    ]);
    expect(broken).toEqual([
      { file: join(folder, 'c-twin.mjs'), reason: expect.stringContaining('must differ from that in b-javascript.js') },
      { file: join(folder, 'd-syntax.ts'), reason: expect.stringContaining('d-syntax.ts:1') },
      { file: join(folder, 'e-import.ts'), reason: expect.stringContaining('./nowhere.ts') },
      { file: join(folder, 'f-throws.js'), reason: 'f-throws.js: at import (f-throws.js:1)' },
      { file: join(folder, 'g-default.js'), reason: expect.stringContaining('must be made by defineTraining') },
      { file: join(folder, 'h-definition.js'), reason: expect.stringMatching(/train: must be a function.* \(h-definition\.js:2\)$/) },
    ]);
  });

  it('shares this installation’s TensorFlow.js, and loads an edited module anew', async () => {
    const module = (value: number) => `import { defineTraining, tf } from 'maggy';
      export default defineTraining({ name: 'edited', train: () => { tf.scalar(${value}); return ${value}; } });`;
    const folder = await folderOf({ 'edited.ts': module(1) });
    const result = await inProcessOfOurs(`
      const { writeFile } = await import('node:fs/promises');
      const file = '${join(folder, 'edited.ts')}';
      const first = await loadTraining(file);
      const same = await loadTraining(file);
      const values = [(await runTraining(first.training, { backend: { prefer: 'cpu' } })).value];
      const tensors = tf.memory().numTensors;
      await writeFile(file, ${JSON.stringify(module(2))});
      const edited = await loadTraining(file);
      values.push((await runTraining(edited.training)).value);
      return { same: same.training === first.training, values, tensors, hashes: first.declaration.hash !== edited.declaration.hash };`);
    expect(result).toEqual({ same: true, values: [1, 2], tensors: 1, hashes: true });
  });

  it('is named when it cannot be read', async () => {
    const result = await inProcessOfOurs(
      `return loadFolder('${join(root, 'absent')}').catch((error) => ({ code: error.code, message: error.message }));`,
    );
    expect(result).toEqual({ code: 'invalid', message: expect.stringContaining(join(root, 'absent')) });
  });
});

describe('the content hash', () => {
  const modules = {
    'main.ts': "import { helper } from './lib/helper.ts';\nimport { tf } from 'maggy';\nexport default [helper, tf];",
    'lib/helper.ts': "import { deep } from '../deep.ts';\nexport const helper = deep;",
    'deep.ts': 'export const deep = 1;',
  };
  const hashOf = async (folder: string, file = 'main.ts') => (await readModuleSource(join(folder, file))).hash;

  it('is the same in another folder and for a copy under another name', async () => {
    const folder = await folderOf(modules);
    const hash = await hashOf(folder);
    const elsewhere = join(root, 'elsewhere', 'deep');
    await cp(folder, elsewhere, { recursive: true });
    expect(await hashOf(elsewhere)).toBe(hash);
    await cp(join(folder, 'main.ts'), join(folder, 'copy.ts'));
    expect(await hashOf(folder, 'copy.ts')).toBe(hash);
  });

  it.each(Object.keys(modules))('changes with %s', async (name) => {
    const folder = await folderOf(modules);
    const hash = await hashOf(folder);
    await writeFile(join(folder, name), `${Reflect.get(modules, name)} // changed`);
    expect(await hashOf(folder)).not.toBe(hash);
  });

  it('does not change with a file that is not imported', async () => {
    const folder = await folderOf(modules);
    const hash = await hashOf(folder);
    await writeFile(join(folder, 'other.ts'), 'export {}');
    expect(await hashOf(folder)).toBe(hash);
  });

  it('needs a module that is there', async () => {
    await expect(readModuleSource(join(root, 'absent.ts'))).rejects.toMatchObject({
      code: 'invalid',
      message: expect.stringContaining('absent.ts'),
    });
  });
});

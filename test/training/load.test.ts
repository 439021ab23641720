import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { DeclarationSchema } from '../../core/declaration.ts';
import { compileSchema } from '../../core/validate.ts';
import { inProcessOfOurs, useFolders } from '../support/user-folder.ts';

const folderOf = useFolders();
const imports = { 'training/load.ts': 'loadTraining, loadTrainings', 'training/index.ts': 'runTraining, tf' };

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
    const result = await inProcessOfOurs(
      folder,
      imports,
      `
      const { trainings, broken } = await loadTrainings('${folder}');
      const { value } = await runTraining(trainings[0].training, { hparams: { x: 0.25 }, backend: { prefer: 'cpu' } });
      return { declarations: trainings.map((loaded) => loaded.declaration), broken, value };`,
    );
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
    const result = await inProcessOfOurs(
      folder,
      imports,
      `
      const { writeFile } = await import('node:fs/promises');
      const file = '${join(folder, 'edited.ts')}';
      const first = await loadTraining(file);
      const same = await loadTraining(file);
      const values = [(await runTraining(first.training, { backend: { prefer: 'cpu' } })).value];
      const tensors = tf.memory().numTensors;
      await writeFile(file, ${JSON.stringify(module(2))});
      const edited = await loadTraining(file);
      values.push((await runTraining(edited.training)).value);
      return { same: same.training === first.training, values, tensors, hashes: first.declaration.hash !== edited.declaration.hash };`,
    );
    expect(result).toEqual({ same: true, values: [1, 2], tensors: 1, hashes: true });
  });

  it('is named when it cannot be read', async () => {
    const folder = await folderOf();
    const absent = join(folder, 'absent');
    const result = await inProcessOfOurs(
      folder,
      imports,
      `return loadTrainings('${absent}').catch((error) => ({ code: error.code, message: error.message }));`,
    );
    expect(result).toEqual({ code: 'invalid', message: expect.stringContaining(absent) });
  });
});

import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { inProcessOfOurs, useFolders } from '../support/user-folder.ts';
import { builtInAlgorithms } from '../../optimizer/algorithms.ts';

const samplers = builtInAlgorithms.samplers.map(({ type }) => type);
const schedulers = builtInAlgorithms.schedulers.map(({ type }) => type);

const folderOf = useFolders();

const definition = (type: string): string => `
import { decodePoint, randomStream, Type } from 'maggy/extend';
import type { SamplerDefinition } from 'maggy/extend';
const sampler: SamplerDefinition = {
  type: '${type}',
  options: Type.Object({ type: Type.Literal('${type}') }, { additionalProperties: false }),
  create: ({ space, seed }) => ({
    learns: false,
    suggest: (number) => decodePoint(space, space.dimensions.map(() => randomStream(seed, number).uniform())),
  }),
};`;

const scheduler = `
import { isDecisionStep, Type, type DecisionSteps, type SchedulerDefinition } from 'maggy/extend';
import { steps } from './lib/steps.js';

const plan: DecisionSteps = { at: 'steps', steps };
export const patient = {
  type: 'patient',
  options: Type.Object({ type: Type.Literal('patient') }, { additionalProperties: false }),
  decisionSteps: () => plan,
  create: () => ({ observe: () => undefined, decide: (_trial, step) => (isDecisionStep(plan, step) ? 'continue' : 'stop') }),
} satisfies SchedulerDefinition;`;

/** The types that `loadAlgorithms` knows with these paths, or how it refuses them. */
async function known(folder: string, ...paths: string[]): Promise<unknown> {
  const files = JSON.stringify(paths.map((path) => join(folder, path)));
  return inProcessOfOurs(
    await folderOf(),
    { 'optimizer/service/extensions.ts': 'loadAlgorithms' },
    `return loadAlgorithms(${files}).then(
      ({ samplers, schedulers }) => [...samplers, ...schedulers].map(({ type }) => type),
      ({ code, message }) => ({ code, message }),
    );`,
  );
}

describe('extensions', () => {
  it('are found in a file anywhere, in TypeScript or JavaScript, once however often it exports them', async () => {
    const folder = await folderOf({
      'mine.ts': `${definition('mine')}\nexport { sampler };\nexport default sampler;`,
      'plain.mjs': "export default { type: 'plain', options: {}, create: () => ({}) };",
    });
    expect(await known(folder, 'mine.ts', 'plain.mjs')).toEqual([...samplers, 'mine', 'plain', ...schedulers]);
  });

  it('are found in a folder, whose other modules are helpers', async () => {
    const folder = await folderOf({
      'mine.ts': `${definition('mine')}\nexport { sampler };`,
      'patient.ts': scheduler,
      'lib/steps.ts': 'export const steps = [2, 4];',
      'helper.ts': 'export const half = 0.5;',
      'mine.test.ts': "throw new Error('tests are not loaded');",
    });
    expect(await known(folder, '.')).toEqual([...samplers, 'mine', ...schedulers, 'patient']);
  });

  it('decide under the version of their file: what another one decided is counted, and not called wrong', async () => {
    const folder = await folderOf({ 'mine.ts': `${definition('mine')}\nexport { sampler };` });
    const found = await inProcessOfOurs(
      folder,
      {
        'optimizer/service/extensions.ts': 'loadAlgorithms',
        'optimizer/local-optimizer.ts': 'createOptimizer',
        'optimizer/engine/verify.ts': 'verifyLog',
      },
      `const { readFile, writeFile } = await import('node:fs/promises');
      const file = ${JSON.stringify(join(folder, 'mine.ts'))};
      const algorithms = await loadAlgorithms([file]);
      const optimizer = createOptimizer({ space: { x: { type: 'float', min: 0, max: 1 } }, sampler: { type: 'mine' }, algorithms });
      for (let trial = 0; trial < 3; trial++) optimizer.tell(optimizer.ask().number, { state: 'completed', value: trial });
      await writeFile(file, (await readFile(file, 'utf8')).replace('.uniform()', '.uniform() / 2'));
      const edited = await loadAlgorithms([file]);
      return [algorithms, edited].map((known) => {
        const { bindings, differences, otherVersions } = verifyLog(optimizer.log, known);
        return { bindings, differences: differences.length, otherVersions };
      });`,
    );
    expect(found).toEqual([
      { bindings: 3, differences: 0, otherVersions: 0 },
      { bindings: 0, differences: 0, otherVersions: 3 },
    ]);
  });

  it.each([
    {
      what: 'exports no definition',
      files: { 'it.ts': 'export const it = 1;' },
      code: 'invalid',
      reason: 'neither a sampler nor a scheduler',
    },
    { what: 'is not there', files: {}, code: 'invalid', reason: 'Could not resolve' },
    { what: 'throws', files: { 'it.ts': "throw new Error('at import');" }, code: 'invalid', reason: 'it.ts: at import' },
    {
      what: 'takes a name that is taken',
      files: { 'it.ts': `${definition('random')}\nexport { sampler };` },
      code: 'conflict',
      reason: 'already an algorithm named random',
    },
  ])('are refused when a file $what', async ({ files, code, reason }) => {
    expect(await known(await folderOf(files), 'it.ts')).toEqual({ code, message: expect.stringContaining(reason) });
  });
});

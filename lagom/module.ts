/** Which file holds the training function that a script hands over: trial processes load it anew. */
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { invalid, MaggyError } from '../core/errors.ts';
import type { AnyTrainingFunction } from '../training/contract.ts';
import { isTrainingFunction } from '../training/define.ts';
import { fileOf } from '../training/origin.ts';
import { isTrialProcess } from '../worker/child/inside.ts';

/** A training function, or the path or URL of its file. */
export type Module = AnyTrainingFunction | string | URL;

/** @throws MaggyError `invalid`, where there is no such file to be found */
export function moduleFile(module: Module): string {
  if (module instanceof URL || (typeof module === 'string' && module.startsWith('file:'))) return fileURLToPath(module);
  if (typeof module === 'string') return resolve(module);
  if (!isTrainingFunction(module)) throw invalid('module', 'must be a training function, or the path of its file', module);
  const file = fileOf(module);
  if (file !== undefined) return file;
  throw new MaggyError('invalid', `module: the file of training function "${module.name}" is not known: pass its path instead`, {
    field: 'module',
    rule: 'must come from a file',
  });
}

/** @throws MaggyError `invalid`, where the file of the object holds another training function */
export function checkIsSame(module: Module, file: string, name: string): void {
  if (!isTrainingFunction(module) || module.name === name) return;
  throw new MaggyError(
    'invalid',
    `module: training function "${module.name}" was made in ${file}, whose default export is "${name}": ` +
      'give it a file of its own that exports it as its default, or pass the path of that file',
    { field: 'module', rule: 'must be the default export of its file' },
  );
}

/** A script with a training function in it is loaded by every trial process, and must not run its experiment there again. */
export function refuseInTrialProcess(): void {
  if (!isTrialProcess()) return;
  throw new MaggyError(
    'conflict',
    'lagom is called as the file of the training function is loaded, which every trial process does: ' +
      'move the training function into a file of its own, or call lagom only where the file is the program: ' +
      'if (import.meta.filename === process.argv[1]) …',
  );
}

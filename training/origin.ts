/**
 * Where a training function was made. Trial processes load its file anew, so whoever has the function as an object must find
 * the file; the call stack of `defineTraining` names it.
 */
import { isAbsolute } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The same in every copy of this package. A getter of the class has this name, so that nobody meets it who lists a function's properties. */
export const originOf = Symbol.for('maggy.trainingFunction.file');

/**
 * Absolute path of the file that called `callee`; undefined where code without a file did.
 * @param callee a function that is being called now
 */
export function callerOf(callee: (...args: never[]) => unknown): string | undefined {
  const { stackTraceLimit } = Error;
  // A method by its type, and by default not there.
  const prepareStackTrace: unknown = Reflect.get(Error, 'prepareStackTrace');
  const holder: { stack?: unknown } = {};
  let name: unknown;
  try {
    Error.stackTraceLimit = 1;
    Error.prepareStackTrace = (_, [caller]) => caller?.getFileName();
    Error.captureStackTrace(holder, callee);
    // The stack is put together when it is first read.
    name = holder.stack;
  } finally {
    Object.assign(Error, { stackTraceLimit, prepareStackTrace });
  }
  if (typeof name !== 'string') return undefined;
  if (name.startsWith('file:')) return fileURLToPath(name);
  return isAbsolute(name) ? name : undefined;
}

/** Absolute path of the file in which a training function was made, where that is known. */
export function fileOf(training: object): string | undefined {
  const file: unknown = originOf in training ? training[originOf] : undefined;
  return typeof file === 'string' ? file : undefined;
}

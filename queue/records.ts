/** Reads stored records. One that cannot be read is nobody's bad input: the error is `corrupt` and names its key. */
import type { Static, TSchema } from 'typebox';
import { MaggyError } from '../core/errors.ts';
import { compileSchema } from '../core/validate.ts';

/** The reader of a record stored as JSON; it takes the text and where it was found. */
export function recordReader<const Schema extends TSchema>(schema: Schema): (text: string, where: string) => Static<Schema> {
  const parse: (value: unknown) => Static<Schema> = compileSchema(schema);
  return (text, where) => reading(where, () => parse(JSON.parse(text)));
}

/** The same for a record that comes parsed, as the data of a job does. */
export function recordChecker<const Schema extends TSchema>(schema: Schema): (value: unknown, where: string) => Static<Schema> {
  const parse: (value: unknown) => Static<Schema> = compileSchema(schema);
  return (value, where) => reading(where, () => parse(value));
}

/** What `read` answers; whatever it throws is `corrupt` and says where. */
export function reading<Value>(where: string, read: () => Value): Value {
  try {
    return read();
  } catch (error) {
    throw new MaggyError('corrupt', `${where} cannot be read: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
  }
}

/** Reads stored records. One that cannot be read is nobody's bad input: the error is `corrupt` and names its key. */
import type { Static, TSchema } from 'typebox';
import { MaggyError } from '../core/errors.ts';
import { compileSchema } from '../core/validate.ts';

/** The reader of a record stored as JSON; it takes the text and where it was found. */
export function recordReader<const Schema extends TSchema>(schema: Schema): (text: string, where: string) => Static<Schema> {
  const parse: (value: unknown) => Static<Schema> = compileSchema(schema);
  return (text, where) => {
    try {
      return parse(JSON.parse(text));
    } catch (error) {
      throw new MaggyError('corrupt', `${where} cannot be read: ${error instanceof Error ? error.message : String(error)}`, {
        cause: error,
      });
    }
  };
}

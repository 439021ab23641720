/**
 * Cursors: opaque places in a list. Each carries the query it was made for, because the same place in a list sorted otherwise is
 * somewhere else.
 */
import type { Static, TSchema } from 'typebox';
import { invalid } from '../core/errors.ts';
import { compileSchema } from '../core/validate.ts';

type Query = readonly (string | undefined)[];

interface Cursors<Place> {
  make(place: Place, query: Query): string;
  /** @throws MaggyError `invalid` for a cursor that was not made for this query */
  read(cursor: string, query: Query): Place;
}

/** The cursors of one list. */
export function cursorsOf<const Schema extends TSchema>(schema: Schema): Cursors<Static<Schema>> {
  const parse: (value: unknown) => Static<Schema> = compileSchema(schema);
  const make = (place: Static<Schema>, query: Query): string => Buffer.from(JSON.stringify([place, ...query])).toString('base64url');
  const placeIn = (cursor: string): Static<Schema> | undefined => {
    try {
      const decoded: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString());
      return parse(Array.isArray(decoded) ? decoded[0] : undefined);
    } catch {
      return undefined;
    }
  };
  return {
    make,
    read: (cursor, query) => {
      const place = placeIn(cursor);
      if (place === undefined || make(place, query) !== cursor) {
        throw invalid('cursor', 'must be the nextCursor of an earlier answer to the same query', cursor);
      }
      return place;
    },
  };
}

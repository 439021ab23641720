/**
 * Cursors: opaque places in a list. Each carries the query it was made for, because the same place in a list sorted otherwise is
 * somewhere else.
 */
import { invalid } from '../core/errors.ts';

type Place = string | number;

export function makeCursor(place: Place, query: readonly (string | undefined)[]): string {
  return Buffer.from(JSON.stringify([place, ...query])).toString('base64url');
}

/** @throws MaggyError `invalid` for a cursor that was not made for this query */
export function readCursor(cursor: string, query: readonly (string | undefined)[]): Place {
  const place = placeIn(cursor);
  if (place === undefined || makeCursor(place, query) !== cursor) {
    throw invalid('cursor', 'must be the nextCursor of an earlier answer to the same query', cursor);
  }
  return place;
}

function placeIn(cursor: string): Place | undefined {
  try {
    const decoded: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString());
    const place: unknown = Array.isArray(decoded) ? decoded[0] : undefined;
    return typeof place === 'string' || (typeof place === 'number' && Number.isSafeInteger(place) && place >= 0) ? place : undefined;
  } catch {
    return undefined;
  }
}

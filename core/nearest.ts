/**
 * "Did you mean …": the allowed name closest to one that is not allowed. Only the words; refusing is the caller's part.
 */
import { distance } from 'fastest-levenshtein';

/**
 * Two names count as close while at most two characters in five differ. Misspellings stay under that: a letter too many or
 * too few is one edit, two neighbours swapped are two (so `mni` still finds `min`). Unrelated words of one length differ in
 * nearly all their letters.
 */
const maxDifference = 0.4;

/** The shortest beginning that counts as an abbreviation. */
const minAbbreviation = 3;

/**
 * The candidate closest to `name`, capitals ignored, the first of equals; else the only one that `name` abbreviates (`desc` finds
 * `descending`). Undefined where there is none that would help.
 */
export function nearestName(name: string, candidates: Iterable<string>): string | undefined {
  const wanted = name.toLowerCase();
  let nearest: string | undefined;
  let smallest = Infinity;
  const abbreviated: string[] = [];
  for (const candidate of candidates) {
    if (candidate.toLowerCase().startsWith(wanted)) abbreviated.push(candidate);
    const longer = Math.max(name.length, candidate.length);
    // Names of a single letter are all one edit apart: nothing can be said about them.
    const limit = Math.min(Math.ceil(longer * maxDifference), longer - 1);
    if (Math.abs(name.length - candidate.length) > limit) continue;
    const edits = distance(wanted, candidate.toLowerCase());
    if (edits <= limit && edits < smallest) {
      nearest = candidate;
      smallest = edits;
    }
  }
  return nearest ?? (wanted.length >= minAbbreviation && abbreviated.length === 1 ? abbreviated[0] : undefined);
}

/** ` (did you mean "lr"?)`, to stand after a rule, or nothing. */
export function didYouMean(value: unknown, candidates: Iterable<string>): string {
  const nearest = typeof value === 'string' ? nearestName(value, candidates) : undefined;
  return nearest === undefined ? '' : ` (did you mean "${nearest}"?)`;
}

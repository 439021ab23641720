/** Entity tags as requests name them. */

/** Whether a tag is among those of an If-None-Match header, compared weakly as RFC 9110 (13.1.2) asks: proxies that compress weaken tags. */
export function matches(header: string, tag: string): boolean {
  return header.split(',').some((given) => given.trim() === '*' || given.trim().replace(/^W\//, '') === tag);
}

/** Keys under which a submission that is sent twice makes one experiment. */

/** 128 random bits in hexadecimal; `crypto.randomUUID` is missing from pages that are served over plain HTTP from another machine. */
export function drawIdempotencyKey(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, '0')).join('');
}

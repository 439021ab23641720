/**
 * The token that an asker shows for its attempt: opaque to it, and all that the server needs, so that any server can take
 * what it says. It also carries the length of the lease, which each word of the asker renews.
 */
import { invalid } from '../core/errors.ts';
import type { AttemptToken } from '../core/attempt.ts';

export interface AskerToken extends AttemptToken {
  readonly leaseSeconds: number;
}

const form = /^(\d{1,15})\.(\d{1,9})\.(\d{1,9})\.([0-9a-f-]{1,64})$/;

export function writeToken({ trial, attempt, leaseSeconds, nonce }: AskerToken): string {
  return Buffer.from([trial, attempt, leaseSeconds, nonce].join('.')).toString('base64url');
}

/** @throws {MaggyError} `invalid` for what is no token, or one of another trial */
export function readToken(text: string, experiment: string, number: number): AskerToken {
  const [, trial, attempt, leaseSeconds, nonce = ''] = form.exec(Buffer.from(text, 'base64url').toString()) ?? [];
  if (trial === undefined) throw invalid('token', 'must be the token that came with the trial', text);
  if (Number(trial) !== number) throw invalid('token', `must be the token that came with trial ${number}, not with trial ${trial}`, text);
  return { experiment, trial: number, attempt: Number(attempt), nonce, leaseSeconds: Number(leaseSeconds) };
}

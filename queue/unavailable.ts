/** Tells "Redis does not answer, try again later" from every other error that a command may end with. */

/** What Redis itself answers while it cannot serve: starting, failing over, out of memory, or unable to write its file. */
const notNow = /^(LOADING|BUSY|MASTERDOWN|CLUSTERDOWN|TRYAGAIN|READONLY|OOM|MISCONF|NOREPLICAS)\b/;
const lostConnection = /^Connection is closed\.|^Stream isn't writeable|^Command timed out/;
/** Of files nothing is said here: one that is not there is an ENOENT as well as a socket is. */
const networkCalls = new Set(['connect', 'getaddrinfo', 'read', 'write']);
const systemCodes = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ENOENT',
  'ENOTFOUND',
  'EAI_AGAIN',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENETUNREACH',
]);

export function isRedisUnavailable(error: unknown): boolean {
  return isConnectionLost(error) || (error instanceof Error && error.name === 'ReplyError' && notNow.test(error.message));
}

/** Whether nobody answered at all. */
export function isConnectionLost(error: unknown): boolean {
  if (!(error instanceof Error) || error.name === 'ReplyError') return false;
  if (error.name === 'MaxRetriesPerRequestError') return true;
  if ('syscall' in error && 'code' in error && typeof error.code === 'string')
    return networkCalls.has(String(error.syscall)) && systemCodes.has(error.code);
  return lostConnection.test(error.message);
}

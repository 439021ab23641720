/** Tells "Redis does not answer, try again later" from every other error that a command may end with. */

/** What Redis itself answers while it cannot serve: starting, failing over, out of memory, or unable to write its file. */
const notNow = /^(LOADING|BUSY|MASTERDOWN|CLUSTERDOWN|TRYAGAIN|READONLY|OOM|MISCONF|NOREPLICAS)\b/;
const lostConnection = /^Connection is closed\.|^Stream isn't writeable|^Command timed out/;
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
  if (!(error instanceof Error)) return false;
  if (error.name === 'MaxRetriesPerRequestError') return true;
  if (error.name === 'ReplyError') return notNow.test(error.message);
  if ('syscall' in error && error.syscall === 'connect' && 'code' in error && typeof error.code === 'string')
    return systemCodes.has(error.code);
  return lostConnection.test(error.message);
}

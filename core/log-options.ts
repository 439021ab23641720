/**
 * What every process's logger leaves out. An error of Redis carries the command that failed with its arguments: passwords of AUTH, params,
 * whole specifications. Its message says what is needed.
 */
export const logOptions = { redact: { paths: ['err.command', 'err.previousErrors', 'req.headers.authorization'], remove: true } };

/** `maggy/client`: a server's experiments from a program, in Node or in a browser. */
export { MaggyClient, type ExperimentQuery, type ExportQuery, type Extension, type TaggedResult, type TrialQuery } from './client.ts';
export { patiently, type ClientOptions } from './connection.ts';
export type { components, paths } from './schema.ts';
export { MaggyError } from '../core/errors.ts';

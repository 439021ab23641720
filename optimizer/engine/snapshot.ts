/** Snapshots: the state as JSON with the version of its shape. One of another version is not used: the log is folded from its start. */
import type { ExperimentState } from './state.ts';

const SNAPSHOT_VERSION = 3;

export interface Snapshot {
  readonly version: number;
  /** Nonce of the last log entry contained: proof that this is a snapshot of the log there is. */
  readonly nonce: string;
  readonly state: ExperimentState;
}

export function writeSnapshot(state: ExperimentState, nonce: string): string {
  return JSON.stringify({ version: SNAPSHOT_VERSION, nonce, state } satisfies Snapshot);
}

/** null where the text is no snapshot of this version: the log says the same, so a broken one is no error. */
export function readSnapshot(text: string): Snapshot | null {
  try {
    const parsed: unknown = JSON.parse(text);
    return isSnapshot(parsed) ? parsed : null;
  } catch {
    return null;
  }
}

/** Snapshots are written by this very file; their version vouches for the shape of what is inside. */
function isSnapshot(value: unknown): value is Snapshot {
  return (
    typeof value === 'object' &&
    value !== null &&
    'version' in value &&
    value.version === SNAPSHOT_VERSION &&
    'state' in value &&
    'nonce' in value
  );
}

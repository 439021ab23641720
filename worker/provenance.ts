/** What is recorded with each trial of where and with what it ran. */
import { cpus, hostname } from 'node:os';
import type { BackendDescription } from './protocol.ts';

export interface Provenance {
  readonly [part: string]: unknown;
}

const machine = {
  host: hostname(),
  platform: `${process.platform} ${process.arch}`,
  cpu: cpus()[0]?.model.trim() ?? 'unknown',
  node: process.version,
};

export function provenanceOf({ name, version, device }: BackendDescription, hash: string): Provenance {
  return { ...machine, backend: { name, version, device }, hash };
}

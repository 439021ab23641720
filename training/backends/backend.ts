/**
 * What a back end is to this product: a name, a way to load it, and what it says of itself once it computes. The files beside this one each
 * hold one; select.ts puts them in order.
 */

export const backendNames = ['native-gpu', 'native', 'webgpu', 'wasm', 'cpu'] as const;
export type BackendName = (typeof backendNames)[number];

export interface BackendOptions {
  /** Threads the back end may keep busy, at least 1. Each slot of a worker owns a share of the cores, so nothing takes more unasked. */
  readonly threads: number;
  /** Asked for by name, so it is taken even where another one would be faster. */
  readonly isPreferred: boolean;
}

/** A back end that computes. */
export interface LoadedBackend {
  /** Versions of the package and of what it wraps, for people and for the record of a trial. */
  readonly version: string;
  readonly device: 'cpu' | 'gpu';
  /** Threads it computes with; absent where the driver decides. */
  readonly threads?: number;
  /** Gradient kernels registered by us because the back end lacks them or computes them slowly. */
  readonly kernelsAdded?: readonly string[];
}

export interface Backend {
  readonly name: BackendName;
  /** Loads the back end and makes it the one that computes. Rejects, for any reason, where this machine cannot have it. */
  load(options: BackendOptions): Promise<LoadedBackend>;
}

/** Of WebAssembly what exchange.ts uses: types of Node.js and ECMAScript alone have none of it. */
declare namespace WebAssembly {
  class Memory {
    /** Lengths in pages of 64 KiB. */
    constructor(descriptor: { initial: number; maximum: number; shared: true });
    readonly buffer: SharedArrayBuffer;
  }
  class CompileError extends Error {}
  const Module: new (bytes: Uint8Array) => Module;
  class Instance {
    constructor(module: Module, imports: Record<string, Record<string, unknown>>);
    readonly exports: Record<string, unknown>;
  }
}

/** Of WebAssembly what exchange.ts uses: types of Node.js and ECMAScript alone have none of it. */
declare namespace WebAssembly {
  class Memory {
    /** Lengths in pages of 64 KiB. */
    constructor(descriptor: { initial: number; maximum: number; shared: true });
    readonly buffer: SharedArrayBuffer;
  }
  class CompileError extends Error {}
  class Module {
    constructor(bytes: Uint8Array);
  }
  class Instance {
    constructor(module: Module, imports: Record<string, Record<string, unknown>>);
    readonly exports: Record<string, unknown>;
  }
}

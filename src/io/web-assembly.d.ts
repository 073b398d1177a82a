// The part of WebAssembly that `aligned-bytes` needs; the types of Node 20 lack it.

declare namespace WebAssembly {
  class Memory {
    constructor(descriptor: { initial: number; maximum?: number; shared?: boolean });
    readonly buffer: ArrayBuffer;
  }
}

// Memory that starts at a page. The kernel copies a file's page into it three to five times as fast as into memory that
// starts 16 bytes after one, which is where the C library puts every large buffer (measured on AMD Zen:
// `node bench/aligned-read.mjs`, 2 GiB from the page cache, 0.25 s against 1.1 s). WebAssembly's memory is page-aligned
// everywhere, and is never executed here. But each memory takes gigabytes of addresses, so that few fit under `ulimit -v`
// (three of 40 GB's): then it is plain memory, which is only slower.

/**
 * Zeroed bytes at the start of a page; in shared memory where threads are to see them.
 * @throws RangeError where there is not so much memory
 */
export function alignedBytes(length: number, options: { readonly shared?: boolean } = {}): Uint8Array {
  const shared = options.shared === true;
  const pages = Math.ceil(length / WASM_PAGE);
  let buffer: ArrayBuffer | SharedArrayBuffer;
  try {
    const size = shared ? { initial: pages, maximum: pages, shared } : { initial: pages };
    ({ buffer } = new WebAssembly.Memory(size));
  } catch (error) {
    // A length beyond all that it can have is a TypeError.
    if (!(error instanceof RangeError || pages > WASM_MAX_PAGES)) throw error;
    buffer = shared ? new SharedArrayBuffer(pages * WASM_PAGE) : new ArrayBuffer(pages * WASM_PAGE);
  }
  return new Uint8Array(buffer, 0, length);
}

/** The system's pages: a read that lands at its file position modulo this is aligned as the page is that it comes from. */
export const PAGE_LENGTH = 4096;

const WASM_PAGE = 65_536;
const WASM_MAX_PAGES = 65_536;

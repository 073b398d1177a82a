// Reading 2 GiB from the page cache into buffers that start at a page, and 16 bytes after one (as allocUnsafeSlow does).
import './help.mjs';
import { openSync, readSync } from 'node:fs';
import { largeFile } from './sample-data.mjs';

const { path, bytes } = largeFile();
const file = openSync(path, 'r');
for (const kib of [64, 256, 1024]) {
  const length = kib * 1024;
  const memory = new WebAssembly.Memory({ initial: length / 65_536 + 1 });
  for (const [label, offset] of [
    ['at a page', 0],
    ['16 bytes after', 16],
  ]) {
    const buffer = new Uint8Array(memory.buffer, offset, length);
    const start = performance.now();
    for (let at = 0; at < bytes; at += length) readSync(file, buffer, 0, length, at);
    console.log(`${kib} KiB ${label}: ${(bytes / (performance.now() - start) / 1e6).toFixed(2)} GB/s`);
  }
}

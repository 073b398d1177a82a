// Makes the data that other benchmarks read: node bench/sample-data.mjs [FOLDER]; random bytes, on a RAM disk if there is one.
import './help.mjs';
import { randomFillSync } from 'node:crypto';
import { closeSync, existsSync, mkdirSync, openSync, statSync, writeFileSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const dataFolder =
  process.env.BENCH_DATA ?? join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'swarmline-bench');

/** One file of 2 GiB. */
export function largeFile() {
  const path = join(dataFolder, 'large.bin');
  const length = 2 * 1024 ** 3;
  if (existsSync(path) && statSync(path).size === length) return { path, bytes: length };
  mkdirSync(dataFolder, { recursive: true });
  const chunk = Buffer.allocUnsafe(16 * 1024 ** 2);
  const file = openSync(path, 'w');
  for (let written = 0; written < length; written += chunk.length) writeSync(file, randomFillSync(chunk));
  closeSync(file);
  return { path, bytes: length };
}

/** 5,000 files of about 100 KiB, 500 MiB in all, in 50 folders. */
export function manyFiles() {
  const path = join(dataFolder, 'many');
  const count = 5000;
  const length = (500 * 1024 ** 2) / count;
  if (!existsSync(join(path, 'complete'))) {
    const bytes = Buffer.allocUnsafe(2 * length);
    for (let i = 0; i < count; i++) {
      const folder = join(path, 'files', `folder-${i % 50}`);
      mkdirSync(folder, { recursive: true });
      // Sizes from 1 byte to twice the mean, which add up to the mean.
      const size =
        i % 2 === 0
          ? 1 + ((i * 7919) % (2 * length - 1))
          : 2 * length - (1 + (((i - 1) * 7919) % (2 * length - 1)));
      writeFileSync(join(folder, `file-${i}`), randomFillSync(bytes.subarray(0, size)));
    }
    writeFileSync(join(path, 'complete'), '');
  }
  return { path: join(path, 'files'), bytes: 500 * 1024 ** 2 };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  console.log(largeFile().path);
  console.log(manyFiles().path);
}

import { spawnSync } from 'node:child_process';
import { afterEach, expect, test, vi } from 'vitest';
import { alignedBytes } from './aligned-bytes.ts';

afterEach(() => void vi.unstubAllGlobals());

test('are zeros, as many as were asked for, shared or not', () => {
  for (const shared of [false, true]) {
    const bytes = alignedBytes(100_000, { shared });
    expect(bytes).toHaveLength(100_000);
    expect(bytes.every(byte => byte === 0)).toBe(true);
    expect(bytes.buffer).toBeInstanceOf(shared ? SharedArrayBuffer : ArrayBuffer);
  }
});

test('are plain memory of the same length where no page-aligned memory can be had', () => {
  const aligned = [false, true].map(shared => alignedBytes(100_000, { shared }).buffer.byteLength);
  vi.stubGlobal('WebAssembly', {
    Memory: class {
      constructor() {
        throw new RangeError('could not allocate memory');
      }
    },
  });
  for (const [i, shared] of [false, true].entries()) {
    const bytes = alignedBytes(100_000, { shared });
    expect(bytes).toHaveLength(100_000);
    expect(bytes.buffer.byteLength).toBe(aligned[i]);
    expect(bytes.buffer).toBeInstanceOf(shared ? SharedArrayBuffer : ArrayBuffer);
  }
});

test.runIf(process.platform === 'linux')(
  'are there under a limit of addresses, though many are asked for',
  () => {
    const code = `
    import { alignedBytes } from '${new URL('../../dist/io/aligned-bytes.js', import.meta.url)}';
    const all = Array.from({ length: 32 }, () => alignedBytes(65536, { shared: true }));
    console.log(all.length);`;
    const run = spawnSync(
      'sh',
      ['-c', 'ulimit -v 40000000 && exec "$@"', 'sh', process.execPath, '--input-type=module', '-e', code],
      { encoding: 'utf8' },
    );
    expect(run.stdout.trim(), run.stderr).toBe('32');
  },
);

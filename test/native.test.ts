// The binary in `native/` changes how fast something is, never what comes out: the same commands with it and without.
import { spawnSync } from 'node:child_process';
import { readFileSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { realSwarmline } from './command-line.ts';
import { fileTree } from './file-trees.ts';
import { noise } from './torrents.ts';

const WITH = { SWARMLINE_NATIVE: '1' };
const WITHOUT = { SWARMLINE_NATIVE: '0' };

describe('a torrent made without the native binary', () => {
  it.each([
    ['v1', '64KiB'],
    ['v1', '50001'],
    ['v2', '64KiB'],
    ['hybrid', '64KiB'],
    // More than what is read of a piece at a time.
    ['hybrid', '512KiB'],
  ])(
    'is the same as one made with it, and either verifies the other: %s, pieces of %s',
    (version, pieces) => {
      const root = fileTree({
        'data/long': noise(2_500_000, 1),
        ...Object.fromEntries(Array.from({ length: 40 }, (_, i) => [`data/${i}`, noise(i * 5000, i)])),
      });
      const data = join(root, 'data');
      const made = [WITH, WITHOUT].map((env, i) => {
        const output = join(root, `${i}.torrent`);
        const options = ['--version', version, '--no-date', '--piece-length', pieces, '--output', output];
        expect(realSwarmline(['create', data, ...options], '', env)).toMatchObject({ status: 0 });
        return { output, bytes: readFileSync(output) };
      });
      expect(made[0]!.bytes).toEqual(made[1]!.bytes);
      for (const env of [WITH, WITHOUT])
        expect(realSwarmline(['verify', made[0]!.output, '--data', data], '', env)).toMatchObject({
          status: 0,
        });
    },
  );
});

describe.runIf(process.platform === 'linux')('threads that hash', () => {
  /** A program that hashes with the built library; what it does comes after `const hasher`. */
  const run = (does: string, shell = '') => {
    const library = new URL('../dist/io/piece-hasher.js', import.meta.url);
    const code = `import { nodePieceHasher } from '${library}'; const hasher = nodePieceHasher({ threads: 8 }); ${does}`;
    const node = [process.execPath, '--input-type=module', '-e', code];
    return spawnSync('sh', ['-c', `${shell} exec "$@"`, 'sh', ...node], {
      encoding: 'utf8',
      timeout: 20_000,
    });
  };

  it('do not keep a program that ends from ending', () => {
    const path = join(fileTree({ sparse: '' }), 'sparse');
    const length = 2 ** 40;
    truncateSync(path, length);
    const plan = { files: [{ path, length, offset: 0 }], pieceLength: 2 ** 24, length, v1: true, v2: false };
    const { status } = run(
      `void hasher.hash(${JSON.stringify({ ...plan, onFault: 'fail' })}, { onProgress: () => process.exit(7) });`,
    );
    expect(status).toBe(7);
  }, 30_000);

  it('have no more files open together than half of what the system allows', () => {
    const names = Array.from({ length: 1000 }, (_, i) => `${i}`);
    const root = fileTree(Object.fromEntries(names.map(name => [name, name])));
    const pieceLength = 16_384;
    const files = names.map((name, i) => ({
      path: join(root, name),
      length: name.length,
      offset: i * pieceLength,
    }));
    const length = files.length * pieceLength;
    const plan = { files, pieceLength, length, v1: true, v2: true, onFault: 'fail' };
    const { status, stdout, stderr } = run(
      `const { unread } = await hasher.hash(${JSON.stringify(plan)}); console.log(unread.includes(1)); await hasher.close();`,
      'ulimit -n 100;',
    );
    expect([status, stdout, stderr]).toEqual([0, 'false\n', '']);
  }, 30_000);
});

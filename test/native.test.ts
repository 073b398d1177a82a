// The binary in `native/` changes how fast something is, never what comes out: the same commands with it and without.
import { readFileSync } from 'node:fs';
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

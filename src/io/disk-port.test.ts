import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { describeDisk } from '../../test/compliance/disk.ts';
import { SimContent } from '../lab/sim/sim-content.ts';
import { nodeDisk } from './disk.ts';

describeDisk('the disk of Node', () => {
  const disk = nodeDisk({ threads: 2 });
  onTestFinished(() => disk.close());
  return {
    disk,
    content: new SimContent({ length: 300_000, pieceLength: 65_536 }),
    newFolder: () => {
      const folder = mkdtempSync(join(tmpdir(), 'swarmline-disk-'));
      onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
      return folder;
    },
    settle: promise => promise,
  };
});

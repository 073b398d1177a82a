import { existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { makeFolder } from './make-folder.ts';

describe('a folder that is made', () => {
  const root = () => {
    const folder = mkdtempSync(join(tmpdir(), 'swarmline-folder-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    return folder;
  };

  it('comes with those above it, with the mode that is asked for, and may be there', async () => {
    const folder = root();
    await makeFolder(join(folder, 'a', 'b', 'c'), 0o700);
    for (const path of ['a', 'a/b', 'a/b/c']) expect(statSync(join(folder, path)).mode & 0o777).toBe(0o700);
    await makeFolder(join(folder, 'a', 'b', 'c'));
    await makeFolder(folder);
  });

  it('is refused where a file is in its place, or on the way', async () => {
    const folder = root();
    writeFileSync(join(folder, 'file'), '');
    await expect(makeFolder(join(folder, 'file'))).rejects.toMatchObject({ code: 'EEXIST' });
    await expect(makeFolder(join(folder, 'file', 'x'))).rejects.toMatchObject({ code: 'ENOTDIR' });
  });

  it.runIf(existsSync('/proc/self'))(
    'is refused, and not asked for without end, where none can be',
    async () => {
      await expect(makeFolder('/proc/swarmline/x')).rejects.toMatchObject({ code: 'ENOENT' });
    },
  );
});

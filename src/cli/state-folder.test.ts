import { join, resolve } from 'node:path';
import { expect, test } from 'vitest';
import { stateFolderFor } from './state-folder.ts';

test.skipIf(process.platform === 'win32')(
  'one place of data has one folder of records, however it is named',
  () => {
    const env = { XDG_STATE_HOME: '/state' };
    const folder = stateFolderFor('music', env);
    expect(folder).toMatch(/^\/state\/swarmline\/torrents\/[0-9a-f]{16}$/);
    expect(stateFolderFor(resolve('music'), env)).toBe(folder);
    expect(stateFolderFor(join('films', '..', 'music', '.'), env)).toBe(folder);
    expect(stateFolderFor('films', env)).not.toBe(folder);
  },
);

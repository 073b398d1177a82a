import { expect, it } from 'vitest';
import { SwarmlineError } from '../core/errors.ts';
import { diskFault } from './disk-fault.ts';

it.each([
  ['ENOSPC', 'DISK_FULL', 'the disk is full'],
  ['EDQUOT', 'DISK_FULL', 'the disk quota is used up'],
  ['EACCES', 'DISK_DENIED', 'permission denied'],
  ['EROFS', 'DISK_DENIED', 'the file system is read-only'],
  ['EIO', 'DISK_FAILED', 'the disk reports a fault (input/output error)'],
])('%s is %s: the file is named, and that %s', (system, code, words) => {
  const cause = Object.assign(new Error(system), { code: system });
  expect(diskFault(cause, 'album/a', 'written')).toMatchObject({
    code,
    where: 'album/a',
    message: `"album/a" cannot be written: ${words}.`,
  });
});

it('is handed on where it was a sentence already, and thrown where it is a bug of ours', () => {
  const known = new SwarmlineError('PATH_ESCAPES', 'It leads out.');
  expect(diskFault(known, 'a', 'read')).toBe(known);
  for (const bug of [new TypeError('x'), Object.assign(new Error('x'), { code: 'ERR_INVALID_ARG_TYPE' })])
    expect(() => diskFault(bug, 'a', 'read')).toThrow(bug);
});

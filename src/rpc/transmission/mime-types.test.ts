import { expect, it } from 'vitest';
import { mimeTypeOf } from './mime-types.ts';

it('a torrent is what most of its bytes are', () => {
  const files = [
    { path: ['a', 'film.MKV'], length: 100 },
    { path: ['a', 'text.txt'], length: 60 },
    { path: ['a', 'more.txt'], length: 60 },
  ];
  expect(mimeTypeOf(files)).toBe('text/plain');
  expect(mimeTypeOf(files.slice(0, 2))).toBe('video/x-matroska');
  expect(mimeTypeOf([{ path: ['a.constructor'], length: 1 }])).toBe('application/octet-stream');
  expect(mimeTypeOf([])).toBe('application/octet-stream');
});

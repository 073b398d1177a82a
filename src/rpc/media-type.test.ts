import { expect, it } from 'vitest';
import { isPlayable, mediaTypeOf } from './media-type.ts';

it('the type of a file is that of its ending, and no other property of the table', () => {
  expect(mediaTypeOf('film.MKV')).toBe('video/x-matroska');
  expect(mediaTypeOf('page.html')).toBe('text/plain; charset=utf-8');
  for (const name of ['x.constructor', 'x.__proto__', 'x', 'x.']) {
    expect(mediaTypeOf(name)).toBe('application/octet-stream');
    expect(isPlayable(name)).toBe(false);
  }
});

import stringWidth from 'string-width';
import { describe, expect, it } from 'vitest';
import { displayText, padEnd, shortenMiddle, shortHash, widthOf } from './display-text.ts';

describe('text for a terminal', () => {
  it('shows what would steer the terminal as escapes', () => {
    expect(displayText('a\u001b[31mb\nc\u202egpj.exe\u009b')).toBe(
      'a\\u{1b}[31mb\\u{a}c\\u{202e}gpj.exe\\u{9b}',
    );
    expect(displayText('lone \ud800 surrogate')).toBe('lone \\u{d800} surrogate');
    expect(displayText('naïve 日本 👩‍👧 עברית')).toBe('naïve 日本 👩‍👧 עברית');
  });

  it('counts columns as string-width does, in its own short way too', () => {
    const texts = [
      '',
      'abc',
      'naïve',
      'Привет',
      '日本語 かな カナ 한글',
      '│  ├─ x',
      'e\u0301',
      '👩‍👧',
      '—',
      'ｆｕｌｌ',
      'ひ\u3099',
    ];
    for (const text of texts) expect([text, widthOf(text)]).toEqual([text, stringWidth(text)]);
    expect(padEnd('日', 4)).toBe('日  ');
  });

  it('shortens in the middle, by columns', () => {
    expect(shortenMiddle('a-very-long-name.flac', 11)).toBe('a-ver….flac');
    expect(shortenMiddle('日本語日本語日本語', 9)).toBe('日本…本語');
    expect(shortenMiddle('short', 11)).toBe('short');
    expect(shortHash('0123456789abcdef0123456789abcdef01234567')).toBe('01234567…01234567');
  });
});

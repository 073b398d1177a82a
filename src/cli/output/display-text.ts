// Text from strangers, made fit for a terminal: what would move the cursor, change colours or turn the reading order is
// shown as an escape. Widths are of columns, as terminals draw them.

import { eastAsianWidth } from 'get-east-asian-width';

/** One line of text: control characters, line breaks and bidi overrides become `\u{202e}`. */
export function displayText(text: string): string {
  return text.replace(UNSHOWN, character => `\\u{${character.codePointAt(0)!.toString(16)}}`);
}

/** Lines of text, each fit to show. */
export function displayLines(text: string): string[] {
  return text.split(/\r\n|\r|\n/).map(displayText);
}

/** Columns that a text takes; escape sequences of colours take none. */
export function widthOf(text: string): number {
  if (!SIMPLE.test(text)) return widthOfAny(text);
  let width = text.length;
  for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) >= FIRST_WIDE) width++;
  return width;
}

/** By what a terminal draws as one: a letter with its marks, an emoji of several parts. */
function widthOfAny(text: string): number {
  let width = 0;
  for (const { segment } of new Intl.Segmenter().segment(text.replace(COLOURS, ''))) {
    if (EMOJI.test(segment)) width += 2;
    else if (!NO_WIDTH.test(segment)) width += eastAsianWidth(segment.codePointAt(0)!);
  }
  return width;
}

/** Fills up with spaces on the right. */
export function padEnd(text: string, width: number): string {
  return text + ' '.repeat(Math.max(0, width - widthOf(text)));
}

/** Fills up with spaces on the left. */
export function padStart(text: string, width: number): string {
  return ' '.repeat(Math.max(0, width - widthOf(text))) + text;
}

/** A text of at most `width` columns, its middle left out where it is longer: `a-very-lo…e.flac`. No colours in it. */
export function shortenMiddle(text: string, width: number): string {
  if (widthOf(text) <= width) return text;
  const characters = [...new Intl.Segmenter().segment(text)].map(({ segment }) => segment);
  let left = '';
  let right = '';
  let room = width - 1;
  for (let i = 0, j = characters.length - 1; i <= j; ) {
    const fromLeft = widthOf(left) <= widthOf(right);
    const next = fromLeft ? characters[i++]! : characters[j--]!;
    room -= widthOf(next);
    if (room < 0) break;
    if (fromLeft) left += next;
    else right = next + right;
  }
  return `${left}…${right}`;
}

/** A text of at most `width` columns, its end left out where it is longer: `a-very-long-na…`. No colours in it. */
export function shortenEnd(text: string, width: number): string {
  if (widthOf(text) <= width) return text;
  let kept = '';
  let room = width - 1;
  for (const { segment } of new Intl.Segmenter().segment(text)) {
    room -= widthOf(segment);
    if (room < 0) break;
    kept += segment;
  }
  return width > 0 ? `${kept}…` : '';
}

/** A hash shortened in the middle: `9f1a4c02…77be01d3`. */
export function shortHash(hex: string): string {
  return hex.length <= 17 ? hex : `${hex.slice(0, 8)}…${hex.slice(-8)}`;
}

// Letters of one column (Latin, Greek, Cyrillic), box drawing, and the wide kana, ideographs and Hangul syllables: most
// names are made of these, and need not be cut into what a terminal draws as one.
const SIMPLE =
  /^[\x20-\x7e\u00a1-\u00ac\u00ae-\u02ff\u0370-\u0482\u048a-\u052f\u2500-\u257f\u3041-\u3096\u30a1-\u30fa\u4e00-\u9fff\uac00-\ud7a3]*$/;
const FIRST_WIDE = 0x3041;
// biome-ignore lint/suspicious/noControlCharactersInRegex: it is what it looks for
const COLOURS = /\u001b\[[0-9;]*m/g;
const EMOJI = /^\p{Emoji_Presentation}|\ufe0f/u;
const NO_WIDTH = /^(?:\p{Control}|\p{Mark}|\p{Default_Ignorable_Code_Point})/u;
// C0 and C1 controls, DEL, line and paragraph separators, bidi embeddings, overrides and isolates, lone surrogates.
const UNSHOWN =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what it looks for
  /[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g;

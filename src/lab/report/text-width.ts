// How wide a text is at most, without a font to ask: by the widths of DejaVu Sans, which is wider than what others have.

/** In pixels, at a font size in pixels. */
export function textWidth(text: string, size: number): number {
  let width = 0;
  for (const character of text) width += WIDTHS.get(character) ?? (/[A-Z]/.test(character) ? 0.7 : 0.62);
  return width * size;
}

/** Lines of words that are as wide as that at most; a word that is wider is a line of its own. */
export function wrapped(text: string, width: number, size: number): readonly string[] {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const last = lines.at(-1);
    if (last !== undefined && textWidth(`${last} ${word}`, size) <= width)
      lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines;
}

const WIDTHS = new Map<string, number>();
for (const [width, characters] of [
  [0.28, 'ijl'],
  [0.33, " .,:;|'!Ift"],
  [0.4, 'r()[]-/"t'],
  [0.53, 'sczkvxyJ'],
  [0.84, 'w×=+±−%'],
  [0.99, 'mMW—'],
] as const)
  for (const character of characters) WIDTHS.set(character, width);

// A QR code for a terminal: two modules a character, by half blocks. With colours it is black on white whatever the
// terminal's ground; without them light modules are drawn and dark ones left, which is right on a dark ground and
// inverted, as most readers accept, on a light one.

import { encode } from 'uqr';
import { SwarmlineError } from '../../core/errors.ts';

/** The lines. @throws SwarmlineError `QR_TOO_LONG` */
export function drawQr(text: string, hasColours: boolean): string[] {
  const modules = encodeQr(text);
  const side = modules.length + 2 * QUIET;
  const isDark = (row: number, column: number) => modules[row - QUIET]?.[column - QUIET] === true;
  const lines: string[] = [];
  for (let row = 0; row < side; row += 2) {
    let line = '';
    for (let column = 0; column < side; column++) {
      const upper = isDark(row, column) === hasColours;
      // Below an odd last row there is ground, not quiet zone.
      const lower = row + 1 < side ? isDark(row + 1, column) === hasColours : false;
      line += HALF_BLOCKS[(upper ? 2 : 0) + (lower ? 1 : 0)];
    }
    lines.push(hasColours ? `${BLACK_ON_WHITE}${line}${RESET}` : line);
  }
  return lines;
}

/** How many columns the code takes. */
export function qrWidth(lines: readonly string[]): number {
  return [...(lines.at(-1) ?? '')].filter(character => HALF_BLOCKS.includes(character)).length;
}

/** Dark modules, without the quiet zone. @throws SwarmlineError `QR_TOO_LONG` */
export function encodeQr(text: string): boolean[][] {
  try {
    return encode(text, { ecc: 'L', border: 0 }).data;
  } catch (error) {
    throw new SwarmlineError(
      'QR_TOO_LONG',
      `The link has ${text.length} characters, more than a QR code holds; --no-trackers makes it shorter.`,
      { cause: error },
    );
  }
}

/** ISO/IEC 18004: four modules on each side. */
const QUIET = 4;
const HALF_BLOCKS = [' ', '▄', '▀', '█'];
const BLACK_ON_WHITE = '\u001b[38;5;16;48;5;231m';
const RESET = '\u001b[0m';

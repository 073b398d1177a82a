import { expect, it } from 'vitest';
import { colourRules, DARK, LIGHT } from './colours.ts';

const TEXTS = ['text', 'received', 'given', 'complete', 'failed', 'idle', 'chosen'] as const;
const GROUNDS = ['ground', 'card'] as const;
const MARKS = ['received', 'given-mark', 'complete', 'chosen', 'idle', 'edge'] as const;

it.each([
  ['light', LIGHT],
  ['dark', DARK],
])('has text of 4.5 to 1 and marks of 3 to 1 at the least on each %s ground', (_, colours) => {
  for (const ground of GROUNDS) {
    for (const text of TEXTS)
      expect(contrast(colours[text], colours[ground]), text).toBeGreaterThanOrEqual(4.5);
    for (const mark of MARKS)
      expect(contrast(colours[mark], colours[ground]), mark).toBeGreaterThanOrEqual(3);
  }
  expect(contrast(colours.chosen, colours['chosen-ground'])).toBeGreaterThanOrEqual(4.5);
});

it('has every colour in light and in dark', () => {
  expect(Object.keys(DARK)).toEqual(Object.keys(LIGHT));
  expect(colourRules(':root')).toMatch(
    /^:root\{--ground:#fbfbfa;.*@media \(prefers-color-scheme:dark\)\{:root\{/,
  );
});

/** As WCAG 2.2 has it. */
function contrast(a: string, b: string): number {
  const [dark, light] = [luminance(a), luminance(b)].sort((x, y) => x - y) as [number, number];
  return (light + 0.05) / (dark + 0.05);
}

function luminance(colour: string): number {
  const [red, green, blue] = [1, 3, 5].map(at => {
    const part = Number.parseInt(colour.slice(at, at + 2), 16) / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  }) as [number, number, number];
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

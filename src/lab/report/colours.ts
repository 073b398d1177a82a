// The colours of the one visual language (Okabe and Ito's, safe for colour-blind eyes) as custom properties, light and dark.
// Text is darker than marks where its contrast asks for it: 4.5 to 1 at the least on each ground. A test holds that.

export const LIGHT = {
  ground: '#fbfbfa',
  card: '#ffffff',
  raised: '#f2f3f3',
  text: '#1b1f23',
  line: '#e3e5e8',
  edge: '#767d88',
  received: '#0072b2',
  given: '#8f5600',
  'given-mark': '#b86e00',
  complete: '#00795a',
  failed: '#b84500',
  idle: '#5c6370',
  'idle-mark': '#9ca3af',
  chosen: '#6a4bbc',
  'chosen-ground': '#efeafb',
} as const;

export const DARK: Readonly<Record<keyof typeof LIGHT, string>> = {
  ground: '#14171a',
  card: '#1a1e22',
  raised: '#22272c',
  text: '#e6e8ea',
  line: '#2a2f34',
  edge: '#6f7883',
  received: '#56b4e9',
  given: '#e69f00',
  'given-mark': '#e69f00',
  complete: '#2bbf96',
  failed: '#f0794a',
  idle: '#9ca3af',
  'idle-mark': '#6b7280',
  chosen: '#b79cf2',
  'chosen-ground': '#2a2540',
};

/** `scope` is what they hold for: `:root` of a page, or of an SVG file. */
export function colourRules(scope: string): string {
  const rules = (colours: Readonly<Record<string, string>>) =>
    Object.entries(colours)
      .map(([name, value]) => `--${name}:${value}`)
      .join(';');
  return `${scope}{${rules(LIGHT)}}@media (prefers-color-scheme:dark){${scope}{${rules(DARK)}}}`;
}

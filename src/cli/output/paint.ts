// Colours, by what they mean and never by their name; a word, an arrow or a shape always says the same beside them.
// The sixteen colours of the terminal's own palette, so that they fit its ground, dark or light.

/** The environment variables that change how output looks. */
export interface Environment {
  readonly NO_COLOR?: string | undefined;
  readonly TERM?: string | undefined;
}

export interface Paint {
  /** ↓ received, downloading */
  received(text: string): string;
  /** ↑ given, uploading */
  given(text: string): string;
  /** ✓ complete, verified */
  complete(text: string): string;
  /** ✗ failed, corrupt, refused */
  failed(text: string): string;
  /** · waiting, choked, idle; and whatever stands back behind the rest */
  idle(text: string): string;
  /** chosen, focus */
  chosen(text: string): string;
  /** What the eye should meet first. */
  strong(text: string): string;
}

export const plainPaint: Paint = {
  received: asIs,
  given: asIs,
  complete: asIs,
  failed: asIs,
  idle: asIs,
  chosen: asIs,
  strong: asIs,
};

export const colourPaint: Paint = {
  received: sgr(34, 39),
  given: sgr(33, 39),
  complete: sgr(32, 39),
  failed: sgr(31, 39),
  idle: sgr(2, 22),
  chosen: sgr(35, 39),
  strong: sgr(1, 22),
};

/** False where a terminal has no colours, or its user has declined them (https://no-color.org). */
export function wantsColours(env: Environment): boolean {
  return (env.NO_COLOR ?? '') === '' && env.TERM !== 'dumb';
}

function asIs(text: string): string {
  return text;
}

function sgr(on: number, off: number): (text: string) => string {
  return text => (text === '' ? '' : `\u001b[${on}m${text}\u001b[${off}m`);
}

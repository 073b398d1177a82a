// Light, dark, or as the system has it.

import { setTheme } from '../actions.ts';
import { type Theme, theme } from '../state.ts';

export function ThemeChoice() {
  const next: Record<Theme, Theme> = { system: 'light', light: 'dark', dark: 'system' };
  const chosen = theme.value;
  return (
    <button
      type="button"
      class="plain aside"
      aria-label={`Colours: ${WORDS[chosen]}`}
      title={`Colours: ${WORDS[chosen]}`}
      onClick={() => setTheme(next[chosen])}
    >
      {MARKS[chosen]}
    </button>
  );
}

const WORDS: Record<Theme, string> = { system: 'as the system has them', light: 'light', dark: 'dark' };
const MARKS: Record<Theme, string> = { system: '◐', light: '○', dark: '●' };

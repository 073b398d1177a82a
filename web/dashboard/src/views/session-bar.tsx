// The session in one line: rates, connections, room on the disk, the switch of the alternative limits; search; light and dark.

import { useRef } from 'preact/hooks';
import { act, setQuery } from '../actions.ts';
import { connection } from '../change-stream.ts';
import { formatBytes, formatCount } from '../figures.ts';
import { areFiltersOpen, dialog, query, session } from '../state.ts';
import { Brand, RateFact } from './bar-parts.tsx';
import { ThemeChoice } from './theme-choice.tsx';

export function SessionBar() {
  const facts = session.value;
  const isOn = facts?.alternative.isOn ?? false;
  return (
    <header class="bar">
      <button
        type="button"
        class="plain only-narrow"
        aria-label="Filters"
        aria-expanded={areFiltersOpen.value}
        onClick={() => {
          areFiltersOpen.value = !areFiltersOpen.value;
        }}
      >
        ☰
      </button>
      <Brand />
      <Search />
      <dl class="facts">
        <RateFact way="received" rate={facts?.downRate} />
        <RateFact way="given" rate={facts?.upRate} />
        <div class="not-narrow">
          <dt>Peers</dt>
          <dd>{facts === undefined ? '—' : formatCount(facts.connections)}</dd>
        </div>
        <div class="not-narrow">
          <dt>Free</dt>
          <dd>{formatBytes(facts?.freeSpace)}</dd>
        </div>
      </dl>
      <button
        type="button"
        class="plain"
        aria-label="Session: rates, ratio, disk"
        title="The session: rates, ratio, disk (r)"
        disabled={facts === undefined}
        onClick={() => {
          dialog.value = { name: 'session' };
        }}
      >
        <svg class="plot-mark" viewBox="0 0 16 16" width="16" height="16" aria-hidden="true">
          <path d="M1 9.5 4 6l3 2.5L11 3l4 4" />
          <path d="M1 13.5h14" />
        </svg>
      </button>
      <button
        type="button"
        class="switch"
        role="switch"
        aria-label="Slow limits"
        aria-checked={isOn}
        title={`The second set of limits: ${isOn ? 'it holds now' : 'off'}`}
        disabled={facts === undefined}
        onClick={() => void setAlternative(!isOn)}
      >
        <span class="knob" aria-hidden="true" />
        <span class="switch-text">
          Slow<span class="not-narrow"> limits</span>
        </span>
      </button>
      <button
        type="button"
        class="plain aside"
        aria-label="Limits and settings"
        title="Limits and settings"
        onClick={() => {
          dialog.value = { name: 'settings' };
        }}
      >
        ⚙
      </button>
      <button
        type="button"
        class="plain not-narrow"
        aria-label="Keys"
        title="Keys (?)"
        onClick={() => {
          dialog.value = { name: 'help' };
        }}
      >
        ?
      </button>
      <ThemeChoice />
      <span class="visually-hidden" role="status">
        {connection.value === 'live' ? 'Connected' : ''}
      </span>
    </header>
  );
}

function Search() {
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  return (
    <input
      id="search"
      type="search"
      placeholder="Search  /"
      aria-label="Search names"
      autocomplete="off"
      spellcheck={false}
      value={query.value.text}
      onInput={({ currentTarget: { value } }) => {
        clearTimeout(timer.current);
        timer.current = setTimeout(() => setQuery({ text: value.trim() }), 150);
      }}
      onKeyDown={({ key, currentTarget }) => {
        if (key === 'Enter') document.querySelector<HTMLElement>('.list')?.focus();
        if (key === 'Escape' && currentTarget.value !== '') {
          currentTarget.value = '';
          setQuery({ text: '' });
        }
      }}
    />
  );
}

async function setAlternative(isOn: boolean): Promise<void> {
  const before = session.value!;
  session.value = { ...before, alternative: { ...before.alternative, isOn } };
  if (!(await act('session.set', { alternative: { isOn } }))) session.value = before;
}

// Filters, each with how many there are: by state, label, tracker.

import { setQuery } from '../actions.ts';
import { formatCount } from '../figures.ts';
import { areFiltersOpen, query, type ShownQuery, session } from '../state.ts';
import { FILTER_STATES, STATES } from '../words.ts';

export function Filters() {
  const { state, label, tracker } = query.value;
  const facts = session.value;
  const isAll = state === undefined && label === undefined && tracker === undefined;
  return (
    <nav>
      <ul>
        <Choice
          text="All"
          mark="≡"
          colour="idle"
          count={facts?.torrents}
          isChosen={isAll}
          onChoose={() => choose({ state: undefined, label: undefined, tracker: undefined })}
        />
        {FILTER_STATES.map(name => {
          const { mark, text, colour } = STATES[name];
          const count = facts?.states[name];
          // Nobody looks for what there never is.
          if (name !== 'active' && name !== state && !count && RARE.has(name)) return null;
          return (
            <Choice
              key={name}
              text={text}
              mark={mark}
              colour={colour}
              count={name === 'active' ? undefined : (count ?? 0)}
              isChosen={state === name}
              onChoose={() => choose({ state: state === name ? undefined : name })}
            />
          );
        })}
      </ul>
      <Group
        title="Labels"
        counts={facts?.labels}
        chosen={label}
        onChoose={name => choose({ label: name })}
      />
      <Group
        title="Trackers"
        counts={facts?.trackers}
        chosen={tracker}
        onChoose={name => choose({ tracker: name })}
      />
    </nav>
  );
}

interface GroupProps {
  readonly title: string;
  readonly counts: Readonly<Record<string, number>> | undefined;
  readonly chosen: string | undefined;
  readonly onChoose: (name: string | undefined) => void;
}

function Group({ title, counts = {}, chosen, onChoose }: GroupProps) {
  // The most used first; who has hundreds searches by name.
  const names = Object.entries(counts)
    .sort(([a, x], [b, y]) => y - x || (a < b ? -1 : 1))
    .slice(0, MAX_NAMES);
  if (names.length === 0) return null;
  return (
    <>
      <h2>{title}</h2>
      <ul>
        {names.map(([name, count]) => (
          <Choice
            key={name}
            text={name}
            count={count}
            isChosen={chosen === name}
            onChoose={() => onChoose(chosen === name ? undefined : name)}
          />
        ))}
      </ul>
    </>
  );
}

interface ChoiceProps {
  readonly text: string;
  readonly mark?: string;
  readonly colour?: string;
  readonly count: number | undefined;
  readonly isChosen: boolean;
  readonly onChoose: () => void;
}

function Choice({ text, mark, colour, count, isChosen, onChoose }: ChoiceProps) {
  return (
    <li>
      <button type="button" class="choice" aria-pressed={isChosen} onClick={onChoose}>
        {mark !== undefined && (
          <span class={`mark ${colour ?? ''}`} aria-hidden="true">
            {mark}
          </span>
        )}
        <span class="choice-text" title={text}>
          {text}
        </span>
        {count !== undefined && <span class="count">{formatCount(count)}</span>}
      </button>
    </li>
  );
}

function choose(part: Partial<ShownQuery>): void {
  areFiltersOpen.value = false;
  setQuery(part);
}

const RARE: ReadonlySet<string> = new Set(['metadata', 'checking', 'allocating', 'queued', 'failed']);
const MAX_NAMES = 50;

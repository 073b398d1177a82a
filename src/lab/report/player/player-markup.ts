// Where the animation of a run is to be: what the script fills, and the run's data beside it. Without a script it says so.

import type { ScenarioResult } from '../../scenario.ts';
import { element, escaped } from '../markup.ts';
import { writeTimeline } from './timeline-text.ts';

export function playerMarkup(timeline: NonNullable<ScenarioResult['timeline']>, id: string): string {
  const { label, peers } = timeline;
  const seeds = peers.filter(({ hasEverything }) => hasEverything).length;
  const drawing = `${peers.length} peers on a ring, ${seeds} of them with everything from the start, and what flows between them.`;
  return element(
    'div',
    { class: 'player', 'data-id': id },
    element('h3', {}, `The run “${escaped(label)}”, moment by moment`),
    element('noscript', {}, '<p class="note">The animation needs JavaScript.</p>'),
    element(
      'div',
      { class: 'controls' },
      element('button', { class: 'play', type: 'button' }, 'Play'),
      element('input', {
        class: 'scrubber',
        type: 'range',
        min: '0',
        max: '0',
        value: '0',
        'aria-label': `Moment of the run ${label}`,
      }),
    ),
    element('p', { class: 'moment' }, ''),
    element('p', { class: 'of-chosen note' }, ''),
    element(
      'div',
      { class: 'pictures' },
      element(
        'figure',
        {},
        element('svg', { class: 'graph', viewBox: '0 0 440 440', role: 'img', 'aria-label': drawing }),
        `<figcaption class="note">${LEGEND}</figcaption>`,
      ),
      element(
        'div',
        { class: 'map' },
        element('canvas', { class: 'cells', 'aria-hidden': 'true' }),
        element('ul', {
          class: 'rows',
          role: 'listbox',
          tabindex: '0',
          'aria-label':
            'Peers, and what each has. Arrows up and down choose one, left and right go to other moments.',
        }),
      ),
    ),
    element('script', { type: 'application/json', class: 'timeline' }, scriptText(writeTimeline(timeline))),
  );
}

/** Nothing in it can end the element. */
function scriptText(value: unknown): string {
  return JSON.stringify(value).replace(/</g, '\\u003c');
}

const LEGEND = [
  '<span>□ seed</span> <span>○ leecher, filled to its share</span>',
  '<span><span class="received">━</span> to the chosen</span> <span><span class="given">━</span> from it</span>',
].join(' ');

// The trackers, tier by tier, and how things stand with each; web seeds below. Both can be added and taken away.

import { act } from '../actions.ts';
import { formatAgo, formatCount, formatDate } from '../figures.ts';
import { isReadOnly } from '../page-view.ts';
import { TRACKER_STATES } from '../words.ts';
import { usePolled } from './polled.ts';
import type { TabProps } from './tab-props.ts';

export function TrackersTab({ details: { id } }: TabProps) {
  const { answer, again } = usePolled('torrents.trackers', { id }, 2000);
  if (answer === undefined) return null;
  const { trackers, webSeeds } = answer;
  const now = Date.now();
  const change = async (part: Record<string, readonly string[]>) => {
    if (await act('torrents.set', { ids: [id], ...part })) again();
  };
  return (
    <>
      {trackers.length === 0 ? (
        <p class="note">It names no tracker.</p>
      ) : (
        <div class="scroll">
          <table>
            <thead>
              <tr>
                <th scope="col">Tracker</th>
                <th scope="col">State</th>
                <th scope="col" class="number">
                  Seeds
                </th>
                <th scope="col" class="number">
                  Leechers
                </th>
                <th scope="col" class="number">
                  Peers told
                </th>
                <th scope="col">Last asked</th>
                <th scope="col">Next</th>
                {!isReadOnly && (
                  <th scope="col">
                    <span class="visually-hidden">Remove</span>
                  </th>
                )}
              </tr>
            </thead>
            <tbody>
              {trackers.map(tracker => (
                <tr key={tracker.url}>
                  <td class="path">
                    <code>{tracker.url}</code>
                    {(tracker.error ?? tracker.warning) !== null && (
                      <span class={`said ${tracker.error === null ? 'given' : 'failed'}`}>
                        {tracker.error ?? tracker.warning}
                      </span>
                    )}
                  </td>
                  <td class={COLOURS[tracker.state]}>{TRACKER_STATES[tracker.state]}</td>
                  <td class="number">{known(tracker.seeds)}</td>
                  <td class="number">{known(tracker.leechers)}</td>
                  <td class="number">{known(tracker.peers)}</td>
                  <td>
                    <Time time={tracker.lastAnnounceAt} now={now} />
                  </td>
                  <td>
                    <Time time={tracker.nextAnnounceAt} now={now} />
                  </td>
                  {!isReadOnly && (
                    <td>
                      <button
                        type="button"
                        class="plain"
                        aria-label={`Remove ${tracker.url}`}
                        onClick={() => void change({ removeTrackers: [tracker.url] })}
                      >
                        ×
                      </button>
                    </td>
                  )}
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
      {webSeeds.length > 0 && (
        <>
          <h3>Web seeds</h3>
          <ul class="urls">
            {webSeeds.map(url => (
              <li key={url}>
                <code class="path">{url}</code>{' '}
                {!isReadOnly && (
                  <button
                    type="button"
                    class="plain"
                    aria-label={`Remove ${url}`}
                    onClick={() => void change({ removeWebSeeds: [url] })}
                  >
                    ×
                  </button>
                )}
              </li>
            ))}
          </ul>
        </>
      )}
      {!isReadOnly && (
        <form
          class="row add-url"
          onSubmit={event => {
            event.preventDefault();
            const form = event.currentTarget;
            const url = `${new FormData(form).get('url') ?? ''}`.trim();
            const kind = new FormData(form).get('kind') === 'seed' ? 'addWebSeeds' : 'addTrackers';
            void change({ [kind]: [url] }).then(() => form.reset());
          }}
        >
          <label class="visually-hidden" for="new-url">
            Address
          </label>
          <input id="new-url" name="url" type="url" required placeholder="https://tracker.example/announce" />
          <label class="visually-hidden" for="new-kind">
            Kind
          </label>
          <select id="new-kind" name="kind">
            <option value="tracker">Tracker</option>
            <option value="seed">Web seed</option>
          </select>
          <button type="submit">Add</button>
        </form>
      )}
    </>
  );
}

function Time({ time, now }: { readonly time: number | null; readonly now: number }) {
  return <span title={time === null ? undefined : formatDate(time)}>{formatAgo(time, now)}</span>;
}

function known(count: number | null): string {
  return count === null ? '—' : formatCount(count);
}

const COLOURS = {
  unused: 'idle',
  announcing: 'received',
  working: 'complete',
  failed: 'failed',
  unusable: 'failed',
} as const;

// What the bars of both pages have in common: the daemon's, and the page of what is shared.

import { formatRate } from '../figures.ts';

export function Brand() {
  return (
    <span class="brand">
      <img src="./icon.svg" alt="" width="20" height="20" /> <span>Swarmline</span>
    </span>
  );
}

/** Bytes a second, with its arrow: a word stands beside it for those who do not see that. */
export function RateFact({ way, rate }: { way: 'received' | 'given'; rate: number | undefined }) {
  return (
    <div>
      <dt class="visually-hidden">{way === 'received' ? 'Receiving' : 'Giving'}</dt>
      <dd>
        <span class={way} aria-hidden="true">
          {way === 'received' ? '↓' : '↑'}
        </span>{' '}
        {formatRate(rate)}
      </dd>
    </div>
  );
}

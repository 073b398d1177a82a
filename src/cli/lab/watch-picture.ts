// A swarm of the simulator as lines that fit the terminal: a row for each peer, with what it has and how fast it gives.
//
//     12 s   9 of 17 complete   what leechers send: 14.2 MiB/s
//     seed      ▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇    100 %   ↓     0 B/s   ↑  976 KiB/s
//     peer 1    ▇▅▃▇▁▂▇▇▇▅▃▇▁▂▇▇▇▅▃▇▁▂▇▇   62.4 %   ↓  1.1 MiB/s   ↑  950 KiB/s

import type { RunFigures } from '../../lab/figures.ts';
import { padEnd, shortenEnd } from '../output/display-text.ts';
import { formatPercent, formatRate } from '../output/figures.ts';
import type { Output } from '../terminal.ts';
import type { WatchedPeer, WatchedSecond } from './watched-second.ts';

export function drawSecond(
  title: string,
  second: WatchedSecond,
  { columns = 80, rows = 24, paint }: Pick<Output, 'columns' | 'rows' | 'paint'>,
): string[] {
  const { peers } = second;
  const room = Math.max(1, rows - 4);
  const shown = peers.length <= room ? peers : peers.slice(0, room - 1);
  const width = Math.max(8, Math.min(48, columns - 1 - NAME_WIDTH - FIGURES_WIDTH));
  const lines = shown.map(peer => {
    const name = padEnd(`  ${peer.name}`, NAME_WIDTH);
    if (peer.state !== 'here') {
      return paint.idle(shortenEnd(`${name}${peer.state === 'gone' ? 'gone' : 'not here yet'}`, columns - 1));
    }
    const bar = barOf(peer, width);
    const isWhole = peer.share >= 1;
    const figures = `  ${formatPercent(peer.share, 1).padStart(7)}`;
    const rates =
      columns - 1 < NAME_WIDTH + width + FIGURES_WIDTH
        ? ''
        : `  ${paint.received('↓')} ${formatRate(peer.downBytesPerSecond).padStart(10)}  ${paint.given('↑')} ${formatRate(peer.upBytesPerSecond).padStart(10)}`;
    return `${name}${isWhole ? paint.complete(bar) : paint.received(bar)}${figures}${rates}`;
  });
  const rest = peers.length - shown.length;
  return [
    paint.strong(shortenEnd(title, columns - 1)),
    shortenEnd(`  ${describeSecond(second)}`, columns - 1),
    ...lines,
    ...(rest > 0 ? [paint.idle(`  and ${rest} more`)] : []),
  ];
}

/** `12 s, 9 of 16 complete, peers send 14.2 MiB/s, seeds 976 KiB/s` */
export function describeSecond({ atMs, peers }: WatchedSecond): string {
  const leechers = peers.filter(peer => !peer.isSeed);
  const complete = leechers.filter(peer => peer.share >= 1).length;
  const sends = (some: readonly WatchedPeer[]) =>
    formatRate(some.reduce((sum, peer) => sum + peer.upBytesPerSecond, 0));
  const gone = leechers.filter(peer => peer.state === 'gone').length;
  return [
    `${Math.round(atMs / 1000)} s`,
    `${complete} of ${leechers.length} complete`,
    ...(gone > 0 ? [`${gone} gone`] : []),
    `peers send ${sends(leechers)}`,
    `seeds ${sends(peers.filter(peer => peer.isSeed))}`,
  ].join(', ');
}

/** `16 of 16 complete after 18.6 s, 1.11 × the bound; the seed sent 1.11 copies` */
export function describeRun({ leechers, completed, makespanMs, ratio, seedCopies }: RunFigures): string {
  const sent = `the seeds sent ${seedCopies.toFixed(2)} copies`;
  if (completed === 0) return `none of ${leechers} complete; ${sent}`;
  const seconds = (makespanMs / 1000).toFixed(1);
  return `${completed} of ${leechers} complete after ${seconds} s, ${ratio.toFixed(2)} × the bound; ${sent}`;
}

function barOf({ have }: WatchedPeer, width: number): string {
  let bar = '';
  for (let column = 0; column < width; column++) {
    const digit = Number(have[Math.floor((column * have.length) / width)] ?? 0);
    bar += HEIGHTS[Math.floor((digit * (HEIGHTS.length - 1)) / 9)];
  }
  return bar;
}

const HEIGHTS = '▁▂▃▄▅▆▇';
const NAME_WIDTH = 12;
/** `   62.4 %  ↓  1.1 MiB/s  ↑  950 KiB/s` */
const FIGURES_WIDTH = 39;

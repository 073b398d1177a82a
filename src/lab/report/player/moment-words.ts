// A moment of a run in words, beside its picture. Each function runs in the page too: it stands alone, and is given what it
// needs.

import type { Moment, PicturedPeer } from './timeline-text.ts';

export interface MomentFormat {
  readonly formatBytes: (length: number) => string;
  readonly formatDuration: (durationMs: number) => string;
}

/** What a peer has, 0…1, by the digits of its cells. */
export function shareOf(digits: string): number {
  let sum = 0;
  for (let i = 0; i < digits.length; i++) sum += digits.charCodeAt(i) - 48;
  return digits.length === 0 ? 0 : sum / (9 * digits.length);
}

/** `12.0 s: 3 of 32 have everything; the seed sends 0.9 MiB/s, the others 24 MiB/s.` */
export function momentWords(
  moment: Moment,
  peers: readonly PicturedPeer[],
  stepMs: number,
  { formatBytes, formatDuration }: MomentFormat,
): string {
  let [came, complete, there] = [0, 0, 0];
  for (const [i, peer] of peers.entries()) {
    if (peer.hasEverything) continue;
    came++;
    const digits = moment.have[i]!;
    if (digits !== '') there++;
    if (digits !== '' && !/[^9]/.test(digits)) complete++;
  }
  const sent = (isSeed: boolean) =>
    moment.flows.reduce(
      (sum, [from, , bytes]) => sum + (peers[from]!.hasEverything === isSeed ? bytes : 0),
      0,
    );
  const rate = (bytes: number) => (bytes === 0 ? 'nothing' : `${formatBytes((1000 * bytes) / stepMs)}/s`);
  const seeds = peers.length - came;
  const sender =
    seeds === 0
      ? ''
      : `; ${seeds === 1 ? 'the seed sends' : `the ${seeds} seeds send`} ${rate(sent(true))}, the others ${rate(sent(false))}`;
  const away = there < came ? ` (${there} ${there === 1 ? 'is' : 'are'} there)` : '';
  return `${formatDuration(moment.atMs)}: ${complete} of ${came} have everything${away}${sender}.`;
}

/** `leecher 7 has 43.8 %; receives 0.3 MiB/s from 5, sends 0.2 MiB/s to 4.` */
export function peerWords(
  moment: Moment,
  peers: readonly PicturedPeer[],
  chosen: number,
  share: number,
  stepMs: number,
  { formatBytes }: MomentFormat,
): string {
  const { name } = peers[chosen]!;
  if (moment.have[chosen] === '') return `${name} is not there.`;
  const rate = (side: 0 | 1) => {
    const own = moment.flows.filter(flow => flow[side] === chosen);
    if (own.length === 0) return 'nothing';
    const bytes = own.reduce((sum, flow) => sum + flow[2], 0);
    return `${formatBytes((1000 * bytes) / stepMs)}/s ${side === 1 ? 'from' : 'to'} ${own.length}`;
  };
  const has = share >= 1 ? 'everything' : `${(Math.floor(share * 1000) / 10).toFixed(1)} %`;
  return `${name} has ${has}; receives ${rate(1)}, sends ${rate(0)}.`;
}

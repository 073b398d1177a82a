// The swarm graph as shapes: peers on a ring, in the order of the plan and with a gap between groups; edges bent to the
// middle, each way on a side of its own; circles filled from below. Each function runs in the page too: it stands alone.

import type { PicturedPeer } from './timeline-text.ts';

export interface RingPlace {
  readonly x: number;
  readonly y: number;
}

/** Half the side of a square, or a circle's radius. */
export function ringRadius(count: number): number {
  return count <= 20 ? 11 : count <= 40 ? 9 : 6.5;
}

/** On a square whose side is `size`. */
export function ringPlaces(peers: readonly PicturedPeer[], size: number): readonly RingPlace[] {
  const gap = 0.6;
  const gaps = peers.filter((peer, i) => peer.group !== peers.at(i - 1)!.group).length;
  const step = (2 * Math.PI) / (peers.length + gaps * gap);
  const ring = size / 2 - 18;
  // The first group's middle is on top.
  const first = peers.findIndex(({ group }) => group !== peers[0]!.group);
  let angle = -Math.PI / 2 - (step * ((first === -1 ? 1 : first) - 1)) / 2;
  return peers.map((peer, i) => {
    if (i > 0) angle += step * (peer.group === peers[i - 1]!.group ? 1 : 1 + gap);
    const place = (part: number) => Math.round(10 * (size / 2 + ring * part)) / 10;
    return { x: place(Math.cos(angle)), y: place(Math.sin(angle)) };
  });
}

/** A path from one to the other. */
export function edgePath(from: RingPlace, to: RingPlace, size: number): string {
  const middle = size / 2;
  const pull = 0.55;
  const [acrossX, acrossY] = [to.y - from.y, from.x - to.x];
  const x = (from.x + to.x) / 2 + (middle - (from.x + to.x) / 2) * pull + acrossX * 0.05;
  const y = (from.y + to.y) / 2 + (middle - (from.y + to.y) / 2) * pull + acrossY * 0.05;
  return `M${from.x} ${from.y}Q${x.toFixed(1)} ${y.toFixed(1)} ${to.x} ${to.y}`;
}

/** The part of a circle below a level, as a path; empty for nothing. */
export function filledPath(share: number, { x, y }: RingPlace, radius: number): string {
  if (share <= 0) return '';
  const level = y + radius - 2 * radius * Math.min(0.9999, share);
  const half = Math.sqrt(Math.max(0, radius ** 2 - (level - y) ** 2));
  const isLarge = share > 0.5 ? 1 : 0;
  const text = (value: number) => value.toFixed(1);
  return `M${text(x - half)} ${text(level)}A${radius} ${radius} 0 ${isLarge} 0 ${text(x + half)} ${text(level)}Z`;
}

// The swarm as a picture: peers on a ring around us, seeds as squares, leechers as circles that are filled to their share, an
// edge as wide as its rate: blue towards us, orange from us, dashed where it is choked. More than sixty peers are the sixty
// that exchange most, and an arc for the rest. Knows no page: shapes with numbers.

import type { PeerRow } from '../api-types.ts';

export interface SwarmPeer {
  readonly peer: PeerRow;
  readonly x: number;
  readonly y: number;
  readonly radius: number;
  readonly shape: 'square' | 'circle';
  /** Of the circle, filled from below: an SVG path; empty for nothing. */
  readonly filled: string;
  /** From the middle's rim to the peer's. */
  readonly line: { readonly x1: number; readonly y1: number; readonly x2: number; readonly y2: number };
  readonly downWidth: number;
  readonly upWidth: number;
  /** Nothing can flow either way. */
  readonly isChoked: boolean;
}

export interface SwarmGraph {
  readonly peers: readonly SwarmPeer[];
  /** How many are not drawn one by one, and the arc that stands for them: an SVG path. */
  readonly rest: number;
  readonly restArc: string;
}

export function layOutSwarm(peers: readonly PeerRow[], size: number): SwarmGraph {
  const middle = size / 2;
  const ring = middle - MARGIN;
  const isTooMany = peers.length > MAX_SHOWN;
  const chosen = isTooMany
    ? [...peers].sort((a, b) => flowOf(b) - flowOf(a)).slice(0, MAX_SHOWN)
    : [...peers];
  // By address, so that who exchanges more does not jump.
  chosen.sort((a, b) => (a.address < b.address ? -1 : 1));
  const most = Math.max(1, ...chosen.map(({ downRate, upRate }) => Math.max(downRate, upRate)));
  const span = isTooMany ? 2 * Math.PI - REST_ANGLE : 2 * Math.PI;
  const radius = Math.max(4, Math.min(9, (ring * span) / Math.max(1, chosen.length) / 2.6));
  const placed = chosen.map((peer, i): SwarmPeer => {
    const angle =
      -Math.PI / 2 + (isTooMany ? REST_ANGLE / 2 : 0) + (span * (i + (isTooMany ? 0.5 : 0))) / chosen.length;
    const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
    const x = round(middle + ring * cos);
    const y = round(middle + ring * sin);
    const isSeed = peer.progress >= 1;
    return {
      peer,
      x,
      y,
      radius: round(radius),
      shape: isSeed ? 'square' : 'circle',
      filled: isSeed ? '' : filledTo(peer.progress, x, y, radius),
      line: {
        x1: round(middle + ME_RADIUS * cos),
        y1: round(middle + ME_RADIUS * sin),
        x2: round(x - radius * cos),
        y2: round(y - radius * sin),
      },
      downWidth: widthOf(peer.downRate, most),
      upWidth: widthOf(peer.upRate, most),
      isChoked: peer.peerChoking && peer.amChoking,
    };
  });
  return {
    peers: placed,
    rest: peers.length - placed.length,
    restArc: isTooMany
      ? arc(middle, ring, -Math.PI / 2 - REST_ANGLE / 2.4, -Math.PI / 2 + REST_ANGLE / 2.4)
      : '',
  };
}

/** `11 peers, 2 of them seeds; 3 give to us, we give to 4` */
export function describeSwarm(peers: readonly PeerRow[]): string {
  if (peers.length === 0) return 'No peer is connected.';
  const count = (fits: (peer: PeerRow) => boolean) => peers.filter(fits).length;
  const seeds = count(({ progress }) => progress >= 1);
  const giving = count(({ downRate }) => downRate > 0);
  const taking = count(({ upRate }) => upRate > 0);
  return `${peers.length} ${peers.length === 1 ? 'peer' : 'peers'}, ${seeds} of them ${seeds === 1 ? 'a seed' : 'seeds'}; ${giving} ${giving === 1 ? 'gives' : 'give'} to us, we give to ${taking}.`;
}

/** The part of a circle below a level, as a path. */
function filledTo(share: number, x: number, y: number, radius: number): string {
  if (share <= 0) return '';
  const level = y + radius - 2 * radius * Math.min(1, share);
  const half = Math.sqrt(Math.max(0, radius ** 2 - (level - y) ** 2));
  const isLarge = share > 0.5 ? 1 : 0;
  return `M${round(x - half)} ${round(level)}A${round(radius)} ${round(radius)} 0 ${isLarge} 0 ${round(x + half)} ${round(level)}Z`;
}

function arc(middle: number, radius: number, from: number, to: number): string {
  const point = (angle: number) =>
    `${round(middle + radius * Math.cos(angle))} ${round(middle + radius * Math.sin(angle))}`;
  return `M${point(from)}A${round(radius)} ${round(radius)} 0 0 1 ${point(to)}`;
}

/** By its square root: the eye compares areas, and a slow peer is to be seen beside a fast one. */
function widthOf(rate: number, most: number): number {
  return rate <= 0 ? 0 : round(1 + 5 * Math.sqrt(rate / most));
}

function flowOf({ downRate, upRate }: PeerRow): number {
  return downRate + upRate;
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}

export const ME_RADIUS = 12;
const MARGIN = 16;
/** More than these cannot be told apart. */
const MAX_SHOWN = 60;
const REST_ANGLE = Math.PI / 4;

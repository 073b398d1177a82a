import { describe, expect, it } from 'vitest';
import { madeUpTimeline } from '../../../../test/made-up-results.ts';
import { PLAYER_PARTS, playerScript } from './player-script.ts';
import { ringPlaces } from './ring-shapes.ts';
import { type PicturedPeer, writeTimeline } from './timeline-text.ts';

const PEERS: readonly PicturedPeer[] = [
  { name: 'seed', group: 0, hasEverything: true },
  { name: 'leecher 1', group: 1, hasEverything: false },
  { name: 'leecher 2', group: 1, hasEverything: false },
];

/** As the page has them: made of their text, with nothing of their modules around. */
const parts = Object.fromEntries(
  Object.entries(PLAYER_PARTS).map(([name, part]) => [
    name,
    new Function(`'use strict'; return (${part});`)(),
  ]),
) as typeof PLAYER_PARTS;

describe('what the page’s script is made of', () => {
  it('is a script', () => {
    expect(() => new Function(playerScript())).not.toThrow();
    // It stands within an element of the page.
    expect(playerScript()).not.toMatch(/<\/script|<!--/i);
  });

  it('stands alone', () => {
    const timeline = writeTimeline(madeUpTimeline(9, 12, 16));
    expect(parts.readTimeline(timeline)).toEqual(PLAYER_PARTS.readTimeline(timeline));
    expect(parts.ringPlaces(PEERS, 400)).toEqual(PLAYER_PARTS.ringPlaces(PEERS, 400));
    expect(parts.ringRadius(3)).toBe(PLAYER_PARTS.ringRadius(3));
    const [from, to] = [
      { x: 10, y: 20 },
      { x: 200, y: 40 },
    ];
    expect(parts.edgePath(from, to, 400)).toBe(PLAYER_PARTS.edgePath(from, to, 400));
    expect(parts.filledPath(0.25, from, 8)).toBe(PLAYER_PARTS.filledPath(0.25, from, 8));
  });

  it('tells a moment in words', () => {
    const moment = {
      atMs: 12_000,
      have: ['999', '999', '450'],
      flows: [
        [0, 1, 512 * 1024],
        [1, 2, 256 * 1024],
        [2, 1, 0],
      ],
    } as const;
    expect(parts.momentWords(moment, PEERS, 500, parts)).toBe(
      '12.0 s: 1 of 2 have everything; the seed sends 1.0 MiB/s, the others 512 KiB/s.',
    );
    const away = { ...moment, have: ['999', '', '000'], flows: [] };
    expect(parts.momentWords(away, PEERS, 500, parts)).toBe(
      '12.0 s: 0 of 2 have everything (1 is there); the seed sends nothing, the others nothing.',
    );
    expect(parts.shareOf('450')).toBeCloseTo(1 / 3);
    expect(parts.peerWords(moment, PEERS, 1, 1, 500, parts)).toBe(
      'leecher 1 has everything; receives 1.0 MiB/s from 2, sends 512 KiB/s to 1.',
    );
    expect(parts.peerWords(away, PEERS, 1, 0, 500, parts)).toBe('leecher 1 is not there.');
    expect(parts.peerWords(away, PEERS, 2, 0.3333, 500, parts)).toBe(
      'leecher 2 has 33.3 %; receives nothing, sends nothing.',
    );
  });
});

describe('a ring', () => {
  it('has the first group on top, everybody in the plan’s order, and a gap between groups', () => {
    const peers = [...PEERS, ...PEERS.slice(1)].map((peer, i) => ({ ...peer, group: i === 0 ? 0 : 1 }));
    const places = ringPlaces(peers, 400);
    expect(places[0]).toEqual({ x: 200, y: 18 });
    const angles = places.map(({ x, y }) => Math.atan2(y - 200, x - 200));
    const steps = angles.slice(1).map((angle, i) => (angle - angles[i]! + 2 * Math.PI) % (2 * Math.PI));
    expect(steps[0]! / steps[1]!).toBeCloseTo(1.6, 1);
    expect(steps[2]!).toBeCloseTo(steps[1]!, 1);
  });

  it('is a circle where all are of one group', () => {
    const places = ringPlaces(PEERS.slice(1), 400);
    expect(places).toEqual([
      { x: 200, y: 18 },
      { x: 200, y: 382 },
    ]);
  });
});

import { expect, test } from 'vitest';
import { Bitfield } from '../bytes/bitfield.ts';
import { Decoder } from '../wire/decoder.ts';
import { Encoder } from '../wire/encoder.ts';
import { giveHaves, giveWaitingHaves, isTellingHave } from './have-telling.ts';
import { ENGINE_DEFAULTS } from './options.ts';

test('a peer that was there before is told of each piece once, a little at a time as it reads', () => {
  const have = Bitfield.full(200_000);
  have.delete(3);
  const peer = { nextHave: 0, encoder: new Encoder() };
  const decoder = new Decoder();
  decoder.piecesKnown(have.length);
  const told: number[] = [];
  let most = 0;
  while (isTellingHave(peer)) {
    giveHaves({ have }, peer);
    most = Math.max(most, peer.encoder.length);
    for (const chunk of peer.encoder.take()) {
      decoder.push(chunk);
      for (let message = decoder.next(); message !== undefined; message = decoder.next())
        if (message.type === 'have') told.push(message.piece);
    }
  }
  expect(told).toHaveLength(199_999);
  expect(told.slice(0, 5)).toEqual([0, 1, 2, 4, 5]);
  expect(told.at(-1)).toBe(199_999);
  // All of them at once would be more than a peer may leave unread.
  expect(9 * told.length).toBeGreaterThan(ENGINE_DEFAULTS.maxUnsent);
  expect(most).toBeLessThan(70_000);
});

test('a piece that comes meanwhile is told when its turn comes, or at once where it is over', () => {
  const peer = { nextHave: 100, encoder: new Encoder() };
  expect(isTellingHave(peer, 99)).toBe(false);
  expect(isTellingHave(peer, 100)).toBe(true);
  giveHaves({ have: new Bitfield(200) }, peer);
  expect(isTellingHave(peer)).toBe(false);
  expect(isTellingHave(peer, 150)).toBe(false);
});

test('pieces that wait are told each peer once, but not what is lost again or is told in its turn', () => {
  const have = Bitfield.full(10);
  have.delete(5);
  const state = { have, waitingHaves: [2, 5, 7] };
  const late = { waitingHavesTold: 2, nextHave: Number.POSITIVE_INFINITY, encoder: new Encoder() };
  const early = { waitingHavesTold: 0, nextHave: 6, encoder: new Encoder() };
  for (const peer of [late, early]) giveWaitingHaves(state, peer);
  expect(piecesTold(late.encoder)).toEqual([7]);
  expect(piecesTold(early.encoder)).toEqual([2]);
  state.waitingHaves.push(9);
  giveWaitingHaves(state, late);
  expect(piecesTold(late.encoder)).toEqual([9]);
});

function piecesTold(encoder: Encoder): number[] {
  const told: number[] = [];
  const decoder = new Decoder();
  for (const chunk of encoder.take()) {
    decoder.push(chunk);
    for (let message = decoder.next(); message !== undefined; message = decoder.next())
      if (message.type === 'have') told.push(message.piece);
  }
  return told;
}

// Peers of our own network beside others: spoken to message by message.

import { expect, it } from 'vitest';
import { BLOCK, Talk } from '../../../test/talk.ts';
import { isShareOf, shareNumber } from './piece-shares.ts';

/** Peer 1 is of our network and has pieces 0 and 1; peer 2 is not, and has everything. */
function setUp() {
  const talk = new Talk({ engine: { choker: { slots: 1 } } });
  talk.torrent.peersFound([{ host: '10.0.0.1', port: 6881 }], 'lsd', talk.now);
  talk.join(1);
  talk.join(2);
  talk.say(1, encoder => encoder.bitfield(new Uint8Array([0b1100_0000, 0])));
  talk.wait(1000, 1);
  return talk;
}

/** All pieces that peer 2 is asked for, when it gives at once whatever it is asked. */
function askedOfOther(talk: Talk): number[] {
  const pieces = new Set<number>();
  let words = talk.say(
    2,
    encoder => encoder.haveAll(),
    encoder => encoder.unchoke(),
  );
  for (let i = 0; i < 100; i++) {
    const requests = [...words.matchAll(/request (\d+)\.(\d+)/g)].map(([, piece, block]) => [
      Number(piece),
      Number(block),
    ]);
    if (requests.length === 0) break;
    words = '';
    for (const [piece, block] of requests) {
      pieces.add(piece!);
      words += talk.say(2, encoder => encoder.piece(piece!, block! * BLOCK, new Uint8Array(BLOCK)));
    }
  }
  return [...pieces].sort((a, b) => a - b);
}

const numberOf = (peer: number) => shareNumber(new Uint8Array(20).fill(peer));
const ours = [...Array(10).keys()].filter(piece => isShareOf(0, [numberOf(1)], piece));

it('what one of our network is to fetch is not asked of others', () => {
  expect(ours.length).toBeGreaterThan(0);
  expect(askedOfOther(setUp())).toEqual(ours);
});

it('what one of our network has and gives is not asked of others', () => {
  const talk = setUp();
  talk.say(1, encoder => encoder.unchoke());
  expect(askedOfOther(talk)).toEqual(ours.filter(piece => piece > 1));
});

it('who has nothing that is ours to fetch is told so, and takes no slot from those who want something', () => {
  const talk = setUp();
  askedOfOther(talk);
  for (const output of talk.outputs)
    if (output.type === 'store') talk.torrent.pieceStored(output.store, true, talk.now);
  talk.heard(2);
  const left = [...Array(10).keys()].find(piece => !ours.includes(piece))!;
  expect(talk.wait(1000, 2)).toContain('not-interested');
  // Peer 2 has everything. Peer 3 has a piece that another of us fetches.
  talk.join(3);
  talk.say(3, encoder => encoder.have(left));
  expect(talk.wait(1000, 3)).toContain('not-interested');
});

it('whoever gets a piece that is ours to fetch is told at once that we want it', () => {
  const talk = setUp();
  const left = [...Array(10).keys()].find(piece => piece > 1 && !ours.includes(piece))!;
  talk.join(3);
  talk.say(3, encoder => encoder.have(left));
  talk.wait(1000, 3);
  expect(talk.say(3, encoder => encoder.have(ours.at(-1)!))).toMatch(/^interested/);
});

it('where nothing comes from our network any more, others are asked for everything', () => {
  const talk = setUp();
  for (let second = 0; second < 10; second++) talk.wait(1000, 1);
  expect(askedOfOther(talk)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
});

it('where all wait for our network, others are tried for three seconds in a minute', () => {
  const talk = setUp();
  talk.say(1, encoder => encoder.unchoke());
  // Blocks of piece 0 and 1 are owed, and now and then it has another piece: it is at work.
  const waitSeconds = (count: number, piece: number) => {
    talk.say(1, encoder => encoder.have(piece));
    for (let second = 0; second < count; second++) talk.wait(1000, 1);
  };
  waitSeconds(4, 2);
  waitSeconds(1, 3);
  expect(askedOfOther(talk)).toEqual(expect.arrayContaining([2, 3, 4, 5, 6, 7, 8, 9]));
});

it('one of our network needs no slot', () => {
  const talk = setUp();
  talk.join(3);
  expect(talk.say(3, encoder => encoder.interested())).toContain('unchoke');
  talk.join(4);
  expect(talk.say(4, encoder => encoder.interested())).toBe('');
  expect(talk.say(1, encoder => encoder.interested())).toContain('unchoke');
});

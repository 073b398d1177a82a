// A seed spreads distinct pieces by advice, and leechers take it: spoken to message by message.

import { describe, expect, it } from 'vitest';
import { BLOCK, Talk } from '../../../test/talk.ts';

const ALL = '**********';

function seedOf(peers: number, slots = 8) {
  const talk = new Talk({ have: ALL, engine: { choker: { slots, turnPieces: 1 } } });
  // One that wants nothing: for a single peer nothing is spread.
  talk.join(99);
  const suggested = new Map<number, number[]>();
  for (let peer = 1; peer <= peers; peer++) {
    talk.join(peer);
    talk.say(peer, encoder => encoder.haveNone());
    suggested.set(peer, suggestedIn(talk.say(peer, encoder => encoder.interested())));
  }
  return { talk, suggested };
}

/** Each of five peers has asked for blocks of the two pieces that it was to have: nothing is left to be given. */
function lastCopies(blocks = 1) {
  const seed = seedOf(5);
  for (const [peer, pieces] of seed.suggested)
    for (const piece of pieces)
      for (let block = 0; block < blocks; block++)
        seed.talk.say(peer, encoder => encoder.request(piece, block * BLOCK, BLOCK));
  return seed;
}

const suggestedIn = (words: string) =>
  [...words.matchAll(/suggest (\d+)/g)].map(([, piece]) => Number(piece));

describe('a seed', () => {
  it('suggests to each peer pieces that it suggested to no other', () => {
    const { suggested } = seedOf(5);
    const all = [...suggested.values()].flat();
    expect([...suggested.values()].map(({ length }) => length)).toEqual([2, 2, 2, 2, 2]);
    expect(new Set(all).size).toBe(10);
  });

  it('suggests nothing where it is told not to', () => {
    const talk = new Talk({ have: ALL, engine: { spreadsPieces: false } });
    talk.join(99);
    talk.join(1);
    talk.say(1, encoder => encoder.haveNone());
    const words = talk.say(1, encoder => encoder.interested());
    expect(words).toContain('unchoke');
    expect(words).not.toContain('suggest');
    // Nor from then on.
    expect(talk.say(1, encoder => encoder.request(0, 0, BLOCK))).not.toContain('suggest');
  });

  it('suggests another one when one is asked for, until all are given', () => {
    const { talk, suggested } = seedOf(1);
    const seen = new Set(suggested.get(1)!);
    for (let asked = 0; asked < 10; asked++) {
      const piece = [...seen][asked]!;
      for (const next of suggestedIn(talk.say(1, encoder => encoder.request(piece, 0, BLOCK))))
        seen.add(next);
    }
    expect(seen.size).toBe(10);
    expect(talk.say(1, encoder => encoder.request(0, BLOCK, BLOCK))).not.toContain('suggest');
  });

  it('suggests nothing that somebody has or fetches by himself', () => {
    const { talk } = seedOf(1);
    talk.say(1, encoder => encoder.request(0, 0, BLOCK));
    talk.join(2);
    talk.say(2, encoder => encoder.haveNone());
    for (const piece of [1, 2, 3]) talk.say(2, encoder => encoder.have(piece));
    talk.join(3);
    talk.say(3, encoder => encoder.haveNone());
    const seen = suggestedIn(talk.say(3, encoder => encoder.interested()));
    for (let i = 0; i < seen.length; i++)
      seen.push(...suggestedIn(talk.say(3, encoder => encoder.request(seen[i]!, 0, BLOCK))));
    for (const piece of [0, 1, 2, 3]) expect(seen).not.toContain(piece);
  });

  it('gives what it suggested to one who has not asked for it to another who does', () => {
    const { talk, suggested } = seedOf(3);
    const [piece] = suggested.get(1)!;
    talk.say(2, encoder => encoder.request(piece!, 0, BLOCK));
    // Its own: what the first one leaves is no longer to be given to others.
    talk.torrent.peerLeft(1, talk.now);
    talk.join(4);
    talk.say(4, encoder => encoder.haveNone());
    const seen = suggestedIn(talk.say(4, encoder => encoder.interested()));
    for (let i = 0; i < seen.length; i++)
      seen.push(...suggestedIn(talk.say(4, encoder => encoder.request(seen[i]!, 0, BLOCK))));
    expect(seen).not.toContain(piece);
    expect(seen).toContain(suggested.get(1)![1]);
  });

  it('refuses what others get while the last first copies go out, and no longer', () => {
    const { talk, suggested } = lastCopies();
    const [theirs] = suggested.get(2)!;
    expect(talk.say(1, encoder => encoder.request(theirs!, 0, BLOCK))).toContain('reject');
    expect(talk.say(1, encoder => encoder.request(suggested.get(1)![0]!, BLOCK, BLOCK))).toContain('piece');
    for (const [peer, pieces] of suggested)
      for (const piece of pieces) talk.say(peer, encoder => encoder.have(piece));
    expect(talk.say(1, encoder => encoder.request(theirs!, 0, BLOCK))).toContain('piece');
  });

  it('says which pieces a peer is to have, where it asks for others', () => {
    const { talk, suggested } = lastCopies();
    const refused = () => talk.say(1, encoder => encoder.request(suggested.get(2)![0]!, 0, BLOCK));
    expect(suggestedIn(refused())).toEqual(suggested.get(1));
    expect(suggestedIn(refused())).toEqual([]);
    const [first, second] = suggested.get(1)!;
    talk.say(1, encoder => encoder.have(first!));
    talk.wait(1000, 1);
    expect(suggestedIn(refused())).toEqual([second]);
  });

  it('waits for first copies ten seconds at most, for whoever gets them may be slow', () => {
    const { talk, suggested } = lastCopies();
    const ask = () => talk.say(1, encoder => encoder.request(suggested.get(2)![0]!, 0, BLOCK));
    expect(ask()).toContain('reject');
    for (let second = 0; second < 10; second++) talk.wait(1000, 1);
    expect(ask()).toContain('piece');
  });

  it('refuses nothing where first copies are out within a second', () => {
    const { talk, suggested } = lastCopies(4);
    const [theirs] = suggested.get(2)!;
    expect(talk.say(1, encoder => encoder.request(theirs!, 0, BLOCK))).toContain('piece');
  });

  it('suggests anew what was meant for one that left', () => {
    const { talk, suggested } = seedOf(5);
    talk.torrent.peerLeft(2, talk.now);
    talk.join(6);
    talk.say(6, encoder => encoder.haveNone());
    const again = suggestedIn(talk.say(6, encoder => encoder.interested()));
    expect(again.toSorted()).toEqual(suggested.get(2)!.toSorted());
  });

  it('suggests nothing to one without the fast extension', () => {
    const talk = new Talk({ have: ALL });
    talk.join(1, { fast: false });
    expect(talk.say(1, encoder => encoder.interested())).toBe('unchoke');
  });

  it('lets one that it chokes finish the piece that it has begun', () => {
    const { talk, suggested } = seedOf(2, 1);
    const [first, second] = suggested.get(1)!;
    for (let block = 0; block < 4; block++)
      talk.say(1, encoder => encoder.request(first!, block * BLOCK, BLOCK));
    talk.say(1, encoder => encoder.have(first!));
    talk.say(1, encoder => encoder.request(second!, 0, BLOCK));
    let heard = '';
    for (let i = 0; i < 10; i++) heard += talk.wait(1000, 1);
    expect(heard).toBe('allowed-fast, choke');
    expect(talk.say(1, encoder => encoder.request(second!, BLOCK, BLOCK))).toBe(`piece ${second}.1`);
    expect(talk.say(1, encoder => encoder.request(first!, 0, BLOCK))).toBe(`reject ${first}.0`);
  });
});

it('suggests nothing to a peer that is alone', () => {
  const talk = new Talk({ have: ALL });
  talk.join(1);
  expect(talk.say(1, encoder => encoder.interested())).toBe('unchoke');
});

describe('a leecher', () => {
  const leecher = () => {
    const talk = new Talk();
    talk.join(1);
    talk.say(
      1,
      encoder => encoder.haveAll(),
      encoder => encoder.suggest(7),
    );
    return talk;
  };

  it('takes advice, but not where pieces are wanted in order', () => {
    expect(leecher().say(1, encoder => encoder.unchoke())).toContain('request 7.0');
    const talk = leecher();
    talk.torrent.setSequential(true);
    expect(talk.say(1, encoder => encoder.unchoke())).toContain('request 0.0');
  });

  it('keeps advice that it has not followed, whatever else it is advised and has begun', () => {
    const talk = new Talk({ have: '' });
    talk.join(1);
    talk.say(1, encoder => encoder.haveAll());
    // Begun at another peer: of no use any more, and ten in all.
    talk.join(2);
    talk.say(
      2,
      encoder => encoder.haveAll(),
      encoder => encoder.allowedFast(0),
    );
    for (const piece of [9, 0, 1, 2, 3, 4, 5, 6, 7, 8]) talk.say(1, encoder => encoder.suggest(piece));
    talk.say(1, encoder => encoder.suggest(0));
    expect(talk.say(1, encoder => encoder.unchoke())).toContain('request 8.0');
  });
});

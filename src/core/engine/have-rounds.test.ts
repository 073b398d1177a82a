// Who is told of a piece when. Peer 1 has all but the first, which nobody has, and gives it; the others listen.

import { describe, expect, it } from 'vitest';
import { BLOCK, data, metainfo, Talk, type TalkOptions, wordsOf } from '../../../test/talk.ts';
import { Bitfield } from '../bytes/bitfield.ts';

class Rounds {
  readonly talk: Talk;
  readonly #told = new Map<number, string[]>();
  #asked: number[] = [];
  #stores: number[] = [];

  /** Peers 1 and up; one upload slot, where nothing else is said. */
  constructor(peers: number, options: TalkOptions = {}) {
    this.talk = new Talk({ have: '.******', engine: { choker: { slots: 1 } }, ...options });
    for (let peer = 1; peer <= peers; peer++) this.talk.join(peer);
  }

  begin(): void {
    this.talk.say(1, encoder => encoder.bitfield(new Uint8Array([0x7f, 0xc0])));
    this.talk.torrent.receive(1, new Uint8Array([0, 0, 0, 1, 1]), this.talk.now);
    this.listen();
  }

  /** The next piece that was asked for comes and is stored. Which it was. */
  finish(): number {
    const [piece] = this.#asked;
    if (piece === undefined) throw new Error('Nothing was asked for.');
    for (let block = 0; block < 4; block++) {
      const at = (piece * 4 + block) * BLOCK;
      const bytes = data.subarray(at, at + BLOCK);
      this.talk.say(1, encoder => encoder.piece(piece, block * BLOCK, bytes));
      this.listen();
    }
    this.#asked = this.#asked.filter(asked => asked !== piece);
    this.talk.torrent.pieceStored(this.#stores.pop()!, true, this.talk.now);
    this.listen();
    return piece;
  }

  wait(ms: number): void {
    this.talk.wait(ms, 1);
    this.listen();
  }

  /** Of which pieces the peer was told since it was asked last. */
  told(peer: number): number[] {
    const words = this.#told.get(peer) ?? [];
    this.#told.delete(peer);
    return words.filter(word => word.startsWith('have ')).map(word => Number(word.slice(5)));
  }

  listen(): void {
    this.talk.heard(1);
    for (const output of this.talk.outputs) {
      if (output.type === 'store') this.#stores.push(output.store);
      if (output.type !== 'send') continue;
      const words = wordsOf(output.chunks);
      this.#told.set(output.peer, [...(this.#told.get(output.peer) ?? []), ...words]);
      if (output.peer !== 1) continue;
      for (const word of words)
        if (word.startsWith('request')) this.#asked.push(Number(/\d+/.exec(word)![0]));
    }
    this.talk.outputs = [];
  }
}

describe('a piece that has come', () => {
  it('is told at once to whoever can ask for it, to others with the next round', () => {
    // A round of sixty is 4,500 bytes, a fiftieth of what 64 KiB a second give in 3.4 s: after a second they are told all the same.
    const rounds = new Rounds(60);
    for (const peer of [2, 3]) rounds.talk.say(peer, encoder => encoder.interested());
    const [taker, waiter] = rounds.talk.torrent.peers(rounds.talk.now)[1]!.amChoking ? [3, 2] : [2, 3];
    rounds.begin();
    const first = rounds.finish();
    expect([rounds.told(taker), rounds.told(waiter)]).toEqual([[first], [first]]);
    rounds.talk.now += 100;
    const second = rounds.finish();
    expect([rounds.told(taker), rounds.told(waiter)]).toEqual([[second], []]);
    rounds.wait(850);
    expect(rounds.told(waiter)).toEqual([]);
    rounds.wait(50);
    expect(rounds.told(waiter)).toEqual([second]);
  });

  it('is told earlier where fewer packets make a round', () => {
    // Ten times 75 bytes, a fiftieth of what 64 KiB a second give in 572 ms.
    const rounds = new Rounds(10);
    rounds.talk.say(2, encoder => encoder.interested());
    rounds.begin();
    rounds.finish();
    rounds.told(5);
    rounds.talk.now += 100;
    const second = rounds.finish();
    rounds.wait(460);
    expect(rounds.told(5)).toEqual([]);
    rounds.wait(20);
    expect(rounds.told(5)).toEqual([second]);
  });

  it('is told at once to everybody that lacks it while a slot is free', () => {
    const rounds = new Rounds(60);
    rounds.begin();
    rounds.talk.say(4, encoder => encoder.haveAll());
    rounds.finish();
    for (const peer of [4, 5]) rounds.told(peer);
    const second = rounds.finish();
    expect([rounds.told(4), rounds.told(5)]).toEqual([[], [second]]);
  });

  it('is told at once to one that is unchoked and had everything that we had', () => {
    const rounds = new Rounds(60);
    rounds.talk.say(2, encoder => encoder.interested());
    rounds.talk.say(
      2,
      encoder => encoder.bitfield(new Uint8Array([0x7e, 0])),
      encoder => encoder.notInterested(),
    );
    // It has the slot now; the other may still ask.
    rounds.talk.say(3, encoder => encoder.interested());
    rounds.begin();
    rounds.finish();
    rounds.told(2);
    const second = rounds.finish();
    expect(rounds.told(2)).toEqual([second]);
  });

  it('is told once to a peer of a magnet that read nothing while our data was looked at', () => {
    const rounds = new Rounds(2, { magnet: true, have: '' });
    const { torrent } = rounds.talk;
    torrent.infoFound(metainfo, rounds.talk.now);
    torrent.peerBlocked(2);
    const have = new Bitfield(10);
    for (let piece = 0; piece < 7; piece++) have.add(piece);
    torrent.dataChecked(have, rounds.talk.now);
    rounds.begin();
    const piece = rounds.finish();
    torrent.peerDrained(2, rounds.talk.now);
    rounds.listen();
    expect(rounds.told(2).toSorted()).toEqual([0, 1, 2, 3, 4, 5, 6, piece].toSorted());
  });

  it('is told once where it is lost and here again before the round', () => {
    const rounds = new Rounds(60);
    rounds.talk.say(2, encoder => encoder.interested());
    rounds.begin();
    rounds.finish();
    const lost = rounds.finish();
    rounds.told(5);
    rounds.talk.torrent.piecesLost([lost], rounds.talk.now);
    rounds.listen();
    while (rounds.finish() !== lost);
    rounds.wait(1000);
    expect(rounds.told(5).filter(piece => piece === lost)).toEqual([lost]);
  });

  it('is told everybody after thousands, whoever came later or did not read', () => {
    const rounds = new Rounds(4);
    rounds.talk.say(2, encoder => encoder.interested());
    rounds.begin();
    const lost = rounds.finish();
    for (let i = 0; i < 2500; i++) {
      if (i === 100) rounds.talk.torrent.peerBlocked(3);
      if (i === 500) rounds.talk.join(5);
      if (i === 1300) rounds.talk.torrent.peerDrained(3, rounds.talk.now);
      rounds.talk.torrent.piecesLost([lost], rounds.talk.now);
      rounds.listen();
      while (rounds.finish() !== lost);
      rounds.wait(30);
    }
    for (const peer of [2, 3, 4, 5]) rounds.told(peer);
    rounds.talk.torrent.piecesLost([lost], rounds.talk.now);
    rounds.listen();
    rounds.finish();
    rounds.wait(1000);
    for (const peer of [2, 3, 4, 5]) expect(rounds.told(peer)).toEqual([lost]);
  });
});

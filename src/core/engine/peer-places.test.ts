// A torrent that is full: who makes room, and for whom.

import { describe, expect, it } from 'vitest';
import { Talk } from '../../../test/talk.ts';
import { ENGINE_DEFAULTS } from './options.ts';
import { peerPriority } from './peer-priority.ts';

/** We are complete, and have so many places; peers 1 … `places` are here and say `interested` where the picture has `i`. */
function full(picture: string): Talk {
  const talk = new Talk({ have: '**********', engine: { maxPeers: picture.length } });
  for (const [i, letter] of [...picture].entries()) {
    talk.join(i + 1, { host: hostOf(i + 1) });
    talk.say(i + 1, encoder => encoder.haveNone());
    if (letter === 'i') talk.say(i + 1, encoder => encoder.interested());
  }
  return talk;
}

describe('a newcomer to a torrent that is full', () => {
  it('is sent away while all are new', () => {
    expect(full('iiii').join(5)).toContain('closed: TOO_MANY_PEERS');
  });

  it('takes the place of one that wants nothing and has nothing for us', () => {
    const talk = full('ii.i');
    talk.wait(31_000, 1);
    expect(talk.join(5)).not.toContain('closed');
    expect(closed(talk)).toEqual([3]);
  });

  it('takes the place of one that BEP 40 ranks lower, where we know where we are', () => {
    const talk = full('iii');
    talk.wait(31_000, 1);
    expect(talk.join(4, { host: hostOf(4) })).toContain('closed: TOO_MANY_PEERS');
    talk.torrent.seenAs({ ipv4: OWN });
    const ranks = [1, 2, 3].map(rankOf);
    const lowest = ranks.indexOf(Math.min(...ranks)) + 1;
    const [higher, lower] = [
      hostWith(rank => rank > Math.min(...ranks)),
      hostWith(rank => rank < Math.min(...ranks)),
    ];
    expect(talk.join(10, { host: lower })).toContain('closed: TOO_MANY_PEERS');
    expect(talk.join(11, { host: higher })).not.toContain('closed');
    expect(closed(talk)).toContain(lowest);
  });

  it('does not take the place of one that we are exchanging with', () => {
    const talk = full('i');
    talk.wait(31_000, 1);
    talk.torrent.seenAs({ ipv4: OWN });
    talk.say(1, encoder => encoder.request(0, 0, 16_384));
    const higher = hostWith(rank => rank > rankOf(1));
    expect(talk.join(11, { host: higher })).toContain('closed: TOO_MANY_PEERS');
  });
});

describe('a torrent that is full for long', () => {
  it('parts with its worst peers where there are others to meet', () => {
    const talk = new Talk({ engine: { maxPeers: 8 } });
    for (let peer = 1; peer <= 8; peer++) {
      talk.join(peer, { host: hostOf(peer) });
      // All but the fifth have something for us.
      talk.say(peer, encoder => (peer === 5 ? encoder.haveNone() : encoder.haveAll()));
    }
    const { everyMs } = ENGINE_DEFAULTS.turnover;
    for (let ms = 0; ms < everyMs + 2000; ms += 1000) {
      for (let peer = 1; peer <= 8; peer++) talk.say(peer, encoder => encoder.keepAlive());
      talk.wait(1000, 1);
    }
    expect(closed(talk)).toEqual([]);
    talk.torrent.peersFound([{ host: '203.0.113.1', port: 6881 }], 'tracker', talk.now);
    for (let ms = 0; ms < everyMs + 2000; ms += 1000) {
      for (let peer = 1; peer <= 8; peer++) talk.say(peer, encoder => encoder.keepAlive());
      talk.wait(1000, 1);
    }
    expect(closed(talk)).toEqual([5]);
    expect(talk.outputs.filter(output => output.type === 'connect')).toHaveLength(1);
  });

  it('parts with those that are too many when it is to have fewer places', () => {
    const talk = full('i.i.i');
    talk.torrent.setMaxPeers(3, talk.now);
    talk.heard(1);
    expect(closed(talk).sort()).toEqual([2, 4]);
  });
});

describe('dialling', () => {
  it('begins with those that BEP 40 ranks highest', () => {
    const talk = new Talk({ engine: { maxDialling: 1 } });
    talk.torrent.seenAs({ ipv4: OWN });
    const hosts = [1, 2, 3, 4, 5].map(hostOf);
    talk.torrent.peersFound(
      hosts.map(host => ({ host, port: 6881 })),
      'tracker',
      talk.now,
    );
    for (let i = 0; i < 5; i++) {
      talk.heard(1);
      const last = talk.outputs.findLast(output => output.type === 'connect')!;
      talk.torrent.connectFailed(last.address, talk.now);
    }
    talk.heard(1);
    const dialled = talk.outputs.flatMap(output => (output.type === 'connect' ? output.address.host : []));
    const ranked = [...hosts].sort((a, b) => priority(b) - priority(a));
    expect(dialled.slice(0, 4)).toEqual(ranked.slice(0, 4));
  });
});

const OWN = '198.51.100.7';

function closed(talk: Talk): number[] {
  return talk.outputs.flatMap(output =>
    output.type === 'close' && output.reason.code === 'PEER_MADE_ROOM' ? output.peer : [],
  );
}

function hostOf(peer: number): string {
  return `10.${peer}.${7 * peer}.${peer}`;
}

function rankOf(peer: number): number {
  return priority(hostOf(peer));
}

function priority(host: string): number {
  return peerPriority({ host: OWN, port: 0 }, { host, port: 6881 })!;
}

function hostWith(fits: (rank: number) => boolean): string {
  for (let i = 20; ; i++) if (fits(rankOf(i))) return hostOf(i);
}

import { expect, test } from 'vitest';
import { BLOCK, Talk } from '../../../test/talk.ts';
import { SwarmlineError } from '../errors.ts';
import type { Encoder } from '../wire/encoder.ts';

const everything = [(encoder: Encoder) => encoder.haveAll(), (encoder: Encoder) => encoder.unchoke()];
const piecesOf = (words: string) => [
  ...new Set([...words.matchAll(/request (\d+)\./g)].map(([, piece]) => Number(piece))),
];

test('a web seed is asked for pieces in order, many at a time; a peer for any', () => {
  const talk = new Talk();
  talk.join(1, { webSeed: 'http://a/' });
  const asked = piecesOf(talk.say(1, ...everything));
  expect(asked).toHaveLength(10);
  const first = asked[0]!;
  const ascending = [...Array(10).keys()];
  expect(asked).toEqual([...ascending.slice(first), ...ascending.slice(0, first)]);

  const other = new Talk();
  other.join(1);
  expect(piecesOf(other.say(1, ...everything))).toHaveLength(1);
});

test('what the swarm gives is counted without its web seeds', () => {
  const talk = new Talk();
  talk.join(1, { webSeed: 'http://a/' });
  talk.say(1, ...everything);
  // All that could be begun is under way.
  expect(talk.torrent.swarmSupply(talk.now)).toEqual({ peersBytesPerSecond: 0, missingPieces: 0 });

  const other = new Talk();
  expect(other.torrent.swarmSupply(other.now).missingPieces).toBe(10);
  other.join(2);
  other.say(2, encoder => encoder.bitfield(new Uint8Array([0b1111_0000, 0])));
  expect(other.torrent.swarmSupply(other.now).missingPieces).toBe(6);
  other.join(3);
  const asked = /request (\d+)\.(\d+)/.exec(other.say(3, ...everything))!;
  expect(other.torrent.swarmSupply(other.now).missingPieces).toBe(0);
  other.say(3, encoder => encoder.piece(Number(asked[1]), Number(asked[2]) * BLOCK, new Uint8Array(BLOCK)));
  expect(other.torrent.swarmSupply(other.now).peersBytesPerSecond).toBeGreaterThan(0);
});

test('a web seed is named by its URL', () => {
  const talk = new Talk();
  talk.join(1, { webSeed: 'http://a/' });
  talk.join(2);
  expect(talk.torrent.peers(talk.now)).toMatchObject([
    { client: 'http://a/', webSeed: 'http://a/' },
    { webSeed: undefined },
  ]);
});

// BEP 27: "the peer MUST disconnect from all current peers and connect only to those provided from the new tracker"
test('told to leave its peers, a torrent forgets their addresses too, and takes new ones', () => {
  const talk = new Talk();
  const dialled = () =>
    talk.outputs.flatMap(output => (output.type === 'connect' ? [output.address.host] : []));
  talk.join(1);
  talk.torrent.peersFound([{ host: '10.0.0.8', port: 1 }], 'tracker', talk.now, false);
  talk.heard(1);
  talk.torrent.connectFailed({ host: '10.0.0.8', port: 1 }, talk.now);
  talk.torrent.leavePeers(new SwarmlineError('TRACKER_MOVED', 'Another tracker.'), talk.now);
  expect(talk.heard(1)).toBe('closed: TRACKER_MOVED');
  expect(talk.torrent.stats(talk.now)).toMatchObject({ peerCount: 0, knownPeerCount: 0 });
  talk.torrent.peersFound([{ host: '10.0.0.9', port: 1 }], 'tracker', talk.now, false);
  talk.wait(600_000, 1);
  expect(dialled()).toEqual(['10.0.0.8', '10.0.0.9']);
});

import { expect, test } from 'vitest';
import { BLOCK, Talk } from '../../../test/talk.ts';
import { SwarmlineError } from '../errors.ts';
import type { Encoder } from '../wire/encoder.ts';

const everything = [(encoder: Encoder) => encoder.haveAll(), (encoder: Encoder) => encoder.unchoke()];
const requestsOf = (words: string) =>
  [...words.matchAll(/request (\d+)\.(\d+)/g)].map(
    ([, piece, block]) => [Number(piece), Number(block)] as const,
  );
const piecesOf = (words: string) => [...new Set(requestsOf(words).map(([piece]) => piece))];

test('a web seed is asked for pieces in order, for more with each block; a peer for any', () => {
  const talk = new Talk();
  talk.join(1, { webSeed: 'http://a/' });
  const requests = requestsOf(talk.say(1, ...everything));
  expect(requests).toHaveLength(4);
  const [first] = requests[0]!;
  for (let at = 0; at < 8; at++) {
    const [piece, block] = requests[at]!;
    const words = talk.say(1, encoder => encoder.piece(piece, block * BLOCK, new Uint8Array(BLOCK)));
    requests.push(...requestsOf(words));
  }
  // Three more with each block, in batches.
  expect(requests).toHaveLength(4 + 7 * 4);
  const inOrder = [...Array(8).keys()].map(i => (first + i) % 10);
  expect([...new Set(requests.map(([piece]) => piece))]).toEqual(inOrder);

  const other = new Talk();
  other.join(1);
  expect(piecesOf(other.say(1, ...everything))).toHaveLength(1);
});

test('what the swarm gives is counted without its web seeds', () => {
  const talk = new Talk();
  talk.join(1, { webSeed: 'http://a/' });
  talk.say(1, ...everything);
  // One is under way.
  expect(talk.torrent.swarmSupply(talk.now)).toEqual({ peersBytesPerSecond: 0, missingPieces: 9 });

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

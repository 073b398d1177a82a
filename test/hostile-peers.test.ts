// What a hostile peer can say, each kind in a conversation: where it ends, and that until there it costs little. Limits have
// their place in docs/limits.md. Handshakes and connections by the thousand are in src/session/session.test.ts, lies about
// metadata in src/core/engine/metadata-download.test.ts, wrong data in blame.test.ts and smart-ban.test.ts.

import { describe, expect, it } from 'vitest';
import { Bitfield } from '../src/core/bytes/bitfield.ts';
import { concatBytes } from '../src/core/bytes/bytes.ts';
import { ENGINE_DEFAULTS } from '../src/core/engine/options.ts';
import { Encoder } from '../src/core/wire/encoder.ts';
import { encodeExtensionHandshake } from '../src/core/wire/extensions/registry.ts';
import { encodeMetadataMessage } from '../src/core/wire/extensions/ut-metadata.ts';
import { encodePex } from '../src/core/wire/extensions/ut-pex.ts';
import { BLOCK, metainfo, Talk } from './talk.ts';
import { noise, torrentOf } from './torrents.ts';

const ALL = '**********';
type Word = (encoder: Encoder) => void;
const haveAll: Word = encoder => encoder.haveAll();
const choke: Word = encoder => encoder.choke();
const unchoke: Word = encoder => encoder.unchoke();
const interested: Word = encoder => encoder.interested();
const notInterested: Word = encoder => encoder.notInterested();
const request =
  (piece: number, begin = 0, length = BLOCK): Word =>
  encoder =>
    encoder.request(piece, begin, length);
const cancel =
  (piece: number, begin = 0): Word =>
  encoder =>
    encoder.cancel(piece, begin, BLOCK);
const hello = (facts = {}): Word => {
  const payload = encodeExtensionHandshake({ client: 'x', maxRequests: 250, ...facts });
  return encoder => encoder.extended(0, payload);
};

describe('requests', () => {
  it('of a choked peer by the thousand are refused, and end the connection when they go on', () => {
    const talk = new Talk({ have: ALL });
    talk.join(1);
    const { vainRequestBurst } = ENGINE_DEFAULTS.floods;
    const heard = talk.say(1, ...times(vainRequestBurst, () => request(0)));
    expect(heard.match(/reject/g)).toHaveLength(vainRequestBurst);
    expect(talk.say(1, request(0))).toBe('closed: PEER_FLOODS');
  });

  it('that are refused now and then end nothing', () => {
    const talk = new Talk({ have: ALL });
    talk.join(1);
    for (let i = 0; i < 100; i++) {
      expect(talk.say(1, ...times(100, () => request(0)))).not.toContain('closed');
      talk.wait(1000, 1);
    }
  });

  it('wait for us up to a number, and no more than some are read at a time', () => {
    const talk = new Talk({ have: ALL });
    talk.join(1);
    talk.say(1, interested);
    talk.torrent.peerBlocked(1);
    const { maxPeerRequests } = ENGINE_DEFAULTS;
    talk.say(1, ...times(maxPeerRequests + 500, i => request(i % 10, (i % 4) * BLOCK)));
    const [stats] = talk.torrent.peers(talk.now);
    expect(stats!.requested).toBeLessThanOrEqual(maxPeerRequests);
    const read = talk.outputs.flatMap(output => (output.type === 'read' ? output.length : []));
    expect(sum(read)).toBeLessThanOrEqual(ENGINE_DEFAULTS.minReadAhead + ENGINE_DEFAULTS.maxReadLength);
  });

  it('of a byte each make no more reads than those of blocks', () => {
    const talk = new Talk({ have: ALL });
    talk.join(1);
    talk.say(1, interested);
    // Reads that are not answered: those that are under way.
    const reads: number[] = [];
    for (let i = 0; i < 2000; i++) {
      const bytes = words(request(i % 10, (7 * i) % 60_000, 1));
      talk.torrent.receive(1, bytes, talk.now);
      for (let output = talk.torrent.poll(1000); output !== undefined; output = talk.torrent.poll(1000))
        if (output.type === 'read') reads.push(output.read);
    }
    expect(reads).toHaveLength(ENGINE_DEFAULTS.minReadAhead / BLOCK);
  });

  it('that are made and taken back in turns come to an end', () => {
    const talk = new Talk({ have: ALL });
    talk.join(1);
    talk.say(1, interested);
    talk.torrent.peerBlocked(1);
    let heard = '';
    let rounds = 0;
    for (; !heard.includes('closed') && rounds < 10_000; rounds++)
      heard = talk.say(1, request(9), cancel(9), cancel(9));
    expect(heard).toBe('closed: PEER_FLOODS');
    expect(rounds).toBeLessThan(ENGINE_DEFAULTS.floods.vainRequestBurst);
  });

  it.each([
    ['past the end of a piece', request(0, 4 * BLOCK - 1, 2)],
    ['of nothing', request(0, 0, 0)],
    ['of more than 128 KiB', request(0, 0, 131_073)],
    ['of a piece that is not there', request(10)],
    ['at the end of all numbers', request(0xffff_ffff, 0xffff_ffff, 0xffff_ffff)],
  ])('%s end the connection', (_, word) => {
    const talk = new Talk({ have: ALL });
    talk.join(1);
    expect(talk.say(1, interested, word)).toContain('closed: REQUEST_INVALID');
    expect(talk.outputs.some(({ type }) => type === 'read')).toBe(false);
  });
});

describe('blocks', () => {
  it('that nobody asked for are not kept, end the connection, and earn nothing until then', () => {
    const talk = new Talk();
    talk.join(1);
    talk.say(1, haveAll);
    const unasked: Word = encoder => encoder.piece(5, 0, new Uint8Array(BLOCK));
    expect(talk.say(1, ...times(64, () => unasked))).toBe('');
    const [stats] = talk.torrent.peers(talk.now);
    expect(stats!.downloaded).toBe(0);
    expect(talk.lent).toBe(0);
    expect(talk.say(1, unasked)).toBe('closed: UNASKED');
  });

  it('that come twice are not stored twice', () => {
    const talk = new Talk({ have: '*********' });
    talk.join(1);
    talk.say(1, haveAll, unchoke);
    const block =
      (at: number): Word =>
      encoder =>
        encoder.piece(9, at * BLOCK, new Uint8Array(BLOCK));
    talk.say(1, block(0), block(0), block(1), block(1), block(2), block(2), block(3), block(3));
    expect(talk.outputs.filter(({ type }) => type === 'store')).toHaveLength(1);
    expect(talk.torrent.stats(talk.now).wasted).toBe(4 * BLOCK);
  });

  it.each([
    ['longer than was asked for', BLOCK, 2 * BLOCK, ''],
    ['shorter than was asked for', 0, 100, ''],
    ['past the end of the piece', 3 * BLOCK, 2 * BLOCK, 'closed: BLOCK_INVALID'],
    ['beside a block’s beginning', 7, BLOCK, 'closed: BLOCK_INVALID'],
  ])('%s change no piece', (_, begin, length, heard) => {
    const talk = new Talk({ have: '*********' });
    talk.join(1);
    talk.say(1, haveAll, unchoke);
    expect(talk.say(1, encoder => encoder.piece(9, begin, new Uint8Array(length)))).toBe(heard);
    expect(talk.torrent.stats(talk.now).wasted).toBe(heard === '' ? length : 0);
  });
});

describe('words about pieces', () => {
  it('may be said ten thousand times over, and bring about nothing', () => {
    const talk = new Talk();
    talk.join(1);
    const field: Word = encoder => encoder.bitfield(Uint8Array.of(0b1010_0000, 0));
    expect(talk.say(1, field)).toBe('interested');
    const have: Word = encoder => encoder.have(2);
    expect(talk.say(1, ...times(10_000, i => (i % 2 === 0 ? have : field)))).toBe('');
    expect(talk.torrent.peers(talk.now)[0]!.progress).toBe(0.2);
    // Each piece counts once, also when the peer leaves.
    talk.torrent.peerLeft(1, talk.now);
    talk.join(2);
    expect(talk.say(2, encoder => encoder.have(0))).toBe('interested');
  });

  it.each([
    ['of a piece that is not there', (encoder: Encoder) => encoder.have(10), 'PIECE_UNKNOWN'],
    ['of the greatest number', (encoder: Encoder) => encoder.have(0xffff_ffff), 'PIECE_UNKNOWN'],
    ['in too few bytes', (encoder: Encoder) => encoder.bitfield(new Uint8Array(1)), 'BITFIELD_INVALID'],
    ['in too many bytes', (encoder: Encoder) => encoder.bitfield(new Uint8Array(3)), 'BITFIELD_INVALID'],
    ['in far too many', (encoder: Encoder) => encoder.bitfield(new Uint8Array(2000)), 'MESSAGE_TOO_LONG'],
    ['with bits to spare', (encoder: Encoder) => encoder.bitfield(Uint8Array.of(0, 1)), 'BITFIELD_INVALID'],
  ])('%s end the connection', (_, word, code) => {
    const talk = new Talk();
    talk.join(1);
    expect(talk.say(1, word)).toBe(`closed: ${code}`);
  });

  it('of a magnet’s peer take little room before anybody knows the pieces', () => {
    const talk = new Talk({ magnet: true });
    talk.join(1);
    expect(
      talk.say(1, ...times(50_000, i => (encoder: Encoder) => encoder.have((i * 7919) % 2_097_152))),
    ).toBe('');
    expect(talk.say(1, encoder => encoder.have(2_097_152))).toBe('closed: PIECE_UNKNOWN');
  });
});

describe('a peer that changes its mind', () => {
  it('about what it wants, over and over, is told once that it may ask', () => {
    const talk = new Talk({ have: ALL });
    talk.join(1);
    expect(talk.say(1, ...times(10_000, i => (i % 2 === 0 ? interested : notInterested)))).toBe('unchoke');
  });

  for (const fast of [true, false]) {
    it(`about what we may ask is not asked for a pipeline each time, ${fast ? 'with' : 'without'} BEP 6`, () => {
      const talk = new Talk();
      talk.join(1, { fast });
      talk.say(1, fast ? haveAll : encoder => encoder.bitfield(Bitfield.full(10).bytes));
      let asked = 0;
      for (let i = 0; i < 1000; i++) asked += countOf('request', talk.say(1, unchoke) + talk.say(1, choke));
      expect(asked).toBeLessThanOrEqual(4);
      talk.say(1, unchoke);
      expect(countOf('request', talk.wait(1000, 1))).toBeLessThanOrEqual(4);
    });
  }

  it('about a block that it lets us have is asked for it a few times, and no more', () => {
    const talk = new Talk();
    talk.join(1);
    talk.say(1, haveAll);
    let asked = 0;
    for (let i = 0; i < 1000; i++) {
      const heard = talk.say(1, encoder => encoder.allowedFast(i % 10));
      asked += countOf('request', heard);
      for (const [, piece, block] of heard.matchAll(/request (\d)\.(\d)/g))
        talk.say(1, encoder => encoder.reject(Number(piece), Number(block) * BLOCK, BLOCK));
    }
    expect(asked).toBeGreaterThan(0);
    expect(asked).toBeLessThan(600);
  });

  it('and refuses everything is asked again no more than each second', () => {
    const talk = new Talk();
    talk.join(1);
    let heard = talk.say(1, haveAll, unchoke);
    let asked = 0;
    for (let i = 0; i < 1000; i++) {
      asked += countOf('request', heard);
      const refusals = [...heard.matchAll(/request (\d)\.(\d)/g)].map(
        ([, piece, block]): Word =>
          encoder =>
            encoder.reject(Number(piece), Number(block) * BLOCK, BLOCK),
      );
      heard = talk.say(1, ...refusals);
    }
    expect(asked).toBe(4);
  });

  it('about what is allowed and suggested fills no list', () => {
    const big = torrentOf([{ path: [], data: noise(2_000 * BLOCK, 1) }], { pieceLength: BLOCK }).metainfo;
    const talk = new Talk({ info: big });
    talk.join(1);
    const hints = times(2000, i => [
      (encoder: Encoder) => encoder.allowedFast(i),
      (encoder: Encoder) => encoder.suggest(i),
    ]).flat();
    expect(talk.say(1, haveAll, ...hints)).not.toContain('closed');
    expect(talk.torrent.peers(talk.now)[0]!.outstanding).toBeLessThanOrEqual(4);
  });
});

describe('extension messages', () => {
  it.each([
    ['nested deeply', `${'l'.repeat(100_000)}${'e'.repeat(100_000)}`.slice(0, 131_000)],
    ['of dictionaries in dictionaries', `${'d1:a'.repeat(30_000)}`],
    ['of a hundred thousand values', `d1:al${'i1e'.repeat(40_000)}ee`],
    ['of a string that never ends', 'd1:m99999999999:x'],
    ['of a number that never ends', `d1:pi${'9'.repeat(100_000)}ee`],
  ])('%s end the connection at once', (_, text) => {
    const talk = new Talk();
    talk.join(1, { extended: true });
    const payload = Uint8Array.from(text, letter => letter.charCodeAt(0));
    const start = performance.now();
    expect(talk.say(1, encoder => encoder.extended(0, payload))).toBe('closed: EXTENSION_INVALID');
    expect(performance.now() - start).toBeLessThan(500);
  });

  it('of more than 128 KiB end it before they are there', () => {
    const talk = new Talk();
    talk.join(1, { extended: true });
    talk.torrent.receive(1, Uint8Array.of(0, 2, 0, 1, 20), talk.now);
    expect(talk.heard(1)).toBe('closed: MESSAGE_TOO_LONG');
  });

  it('by the thousand end it when they go on', () => {
    const talk = new Talk();
    talk.join(1, { extended: true });
    const { extensionBurst } = ENGINE_DEFAULTS.floods;
    expect(talk.say(1, ...times(extensionBurst, () => hello()))).toBe('');
    expect(talk.say(1, hello())).toBe('closed: PEER_FLOODS');
  });

  it('that ask for metadata over and over are served four times, and take no room while the peer does not read', () => {
    const talk = new Talk({ have: ALL });
    talk.join(1, { extended: true });
    talk.say(1, hello());
    const ask: Word = encoder => encoder.extended(1, encodeMetadataMessage({ type: 'request', piece: 0 }));
    talk.torrent.peerBlocked(1);
    expect(talk.say(1, ...times(1000, () => ask))).toBe('');
    const sentBefore = talk.outputs.length;
    talk.torrent.peerDrained(1, talk.now);
    talk.heard(1);
    const sent = talk.outputs
      .slice(sentBefore)
      .flatMap(output => (output.type === 'send' ? output.chunks : []));
    // Refusals aside, which are as long as what asked.
    expect(concatBytes(sent).length).toBeLessThan(4 * metainfo.raw.length + 1000 * 40);
  });

  it('about the size of the metadata are believed within a limit, and nothing is set aside for what they claim', () => {
    const talk = new Talk({ magnet: true });
    const heard = [31_457_281, 2 ** 52, 0, 31_457_280].map((metadataSize, i) => {
      talk.join(i + 1, { extended: true });
      return talk.say(i + 1, hello({ metadataSize }));
    });
    expect(heard).toEqual(['', '', '', 'extended, extended, extended, extended']);
    expect(talk.torrent.phase).toBe('metadata');
  });
});

describe('messages that say nothing', () => {
  const { vainByteBurst, vainBytesPerSecond } = ENGINE_DEFAULTS.floods;

  it.each<[string, Word[]]>([
    ['keep-alives', [encoder => encoder.keepAlive()]],
    ['haves of what it has', [encoder => encoder.have(2)]],
    ['bitfields', [encoder => encoder.bitfield(Uint8Array.of(0b1010_0000, 0))]],
    ['that it has everything', [haveAll]],
    ['ports', [encoder => encoder.port(6881)]],
    ['hints', times(10, i => encoder => encoder.suggest(i))],
    ['what we may have', times(10, i => encoder => encoder.allowedFast(i))],
    ['that it wants something and does not', [interested, notInterested]],
    ['that it chokes us and does not', [unchoke, choke]],
    ['an extension that nobody knows', [encoder => encoder.extended(99, new Uint8Array(16_000))]],
    ['peers', [encoder => encoder.extended(4, pexOf(50))]],
    [
      'metadata that nobody asked for',
      [
        encoder =>
          encoder.extended(1, encodeMetadataMessage({ type: 'data', piece: 0, totalSize: 16_384, bytes })),
      ],
    ],
    ['requests for hashes', [encoder => encoder.hashRequest(RANGE)]],
    ['requests that it has no interest in', [interested, ...times(40, i => request(i % 10)), notInterested]],
  ])('end the connection when there is no end of them: %s', (_, said) => {
    const talk = new Talk({ have: '*****' });
    talk.join(1, { extended: true });
    talk.say(1, hello());
    const chunk = words(...said);
    let sent = 0;
    let heard = '';
    for (; !heard.includes('closed') && sent < 10 * vainByteBurst; sent += chunk.length)
      heard = talk.say(1, ...said);
    expect(heard).toContain('closed: PEER_FLOODS');
    expect(sent).toBeLessThan(3 * vainByteBurst);
  });

  it('end it when they are of a kind that nobody knows', () => {
    const talk = new Talk();
    talk.join(1);
    const unknown = new Uint8Array(131_004);
    unknown.set([0, 1, 0xff, 0xb8, 99]);
    const answers = times(3, () => {
      talk.torrent.receive(1, unknown, talk.now);
      return talk.heard(1);
    });
    expect(answers).toEqual(['', '', 'closed: PEER_FLOODS']);
  });

  it('may come as often as time allows', () => {
    const talk = new Talk();
    talk.join(1);
    const each = Math.floor(vainBytesPerSecond / 10);
    for (let i = 0; i < 1000; i++) {
      expect(talk.say(1, ...times(each / 10, () => (encoder: Encoder) => encoder.keepAlive()))).toBe('');
      talk.wait(1000, 1);
    }
  });

  it('are not what comes with blocks: hints, and interest that comes and goes', () => {
    const big = torrentOf([{ path: [], data: noise(2000 * BLOCK, 1) }], { pieceLength: BLOCK }).metainfo;
    const talk = new Talk({
      info: big,
      engine: { floods: { ...ENGINE_DEFAULTS.floods, vainByteBurst: 1000 } },
    });
    talk.join(1);
    const asked: number[] = [];
    const hear = (heard: string): string => {
      for (const [, piece] of heard.matchAll(/request (\d+)\.0/g)) asked.push(Number(piece));
      return heard;
    };
    hear(talk.say(1, haveAll, unchoke));
    let given = 0;
    for (let piece = asked.shift(); piece !== undefined; piece = asked.shift(), given++) {
      const block: Word = encoder => encoder.piece(piece!, 0, bytes);
      const hint: Word = encoder => encoder.suggest(given);
      expect(
        hear(talk.say(1, block, hint, hint, hint, ...times(4, () => [interested, notInterested]).flat())),
      ).not.toContain('closed');
    }
    expect(given).toBe(2000);
  });

  it('are heard from no host a fourth time', () => {
    const talk = new Talk();
    const flood = times(100_000, () => (encoder: Encoder) => encoder.keepAlive());
    for (let peer = 1; peer <= 3; peer++) {
      talk.join(peer, { host: '10.0.0.99' });
      expect(talk.say(peer, ...flood)).toBe('closed: PEER_FLOODS');
    }
    expect(talk.join(4, { host: '10.0.0.99' })).toBe('closed: PEER_BANNED');
    expect(talk.join(5, { host: '10.0.0.98' })).not.toContain('closed');
  });
});

describe('a peer that does not read', () => {
  it('is closed in the end, though it says something now and then', () => {
    const talk = new Talk({ have: ALL });
    talk.join(1);
    talk.say(1, interested);
    talk.torrent.peerBlocked(1);
    let heard = '';
    let seconds = 0;
    for (; heard === '' && seconds < 1000; seconds++) {
      heard = talk.wait(1000, 1);
      if (seconds % 30 === 0) heard += talk.say(1, encoder => encoder.keepAlive());
    }
    expect(heard).toBe('closed: PEER_TOO_SLOW');
    expect(seconds).toBeGreaterThan(299);
    expect(seconds).toBeLessThan(303);
  });

  it('and asks for all sorts of things holds little of our memory', () => {
    const talk = new Talk({ have: ALL, engine: { floods: NO_FLOOD_LIMITS } });
    talk.join(1, { extended: true });
    talk.say(1, hello(), interested);
    talk.torrent.peerBlocked(1);
    let heard = '';
    let said = 0;
    for (; !heard.includes('closed') && said < 200; said++) {
      heard = talk.say(
        1,
        ...times(400, i => request(i % 10, (i % 4) * BLOCK)),
        ...times(400, () => (encoder: Encoder) => {
          encoder.extended(1, encodeMetadataMessage({ type: 'request', piece: 0 }));
        }),
      );
    }
    expect(heard).toBe('closed: PEER_TOO_SLOW');
  });
});

describe('a stranger with a peer’s id', () => {
  it('ends no connection that has stood for long', () => {
    const talk = new Talk({ have: '*****' });
    const facts = (isIncoming: boolean, host: string) => ({
      address: { host, port: 6881 },
      isIncoming,
      peerId: new Uint8Array(20).fill(0xff),
      fast: true,
      extended: false,
      v2: false,
    });
    talk.torrent.peerConnected(1, facts(false, '10.0.0.1'), talk.now);
    talk.heard(1);
    talk.wait(30_000, 1);
    talk.torrent.peerConnected(2, facts(true, '10.0.0.2'), talk.now);
    expect(talk.heard(2)).toBe('closed: PEER_TWICE');
    expect(talk.torrent.peers(talk.now).map(({ number }) => number)).toEqual([1]);
  });
});

const NO_FLOOD_LIMITS = {
  extensionBurst: 1e9,
  extensionsPerSecond: 1e9,
  vainRequestBurst: 1e9,
  vainRequestsPerSecond: 1e9,
  vainByteBurst: 1e9,
  vainBytesPerSecond: 1e9,
};
const bytes = new Uint8Array(16_384);
const RANGE = { piecesRoot: new Uint8Array(32), baseLayer: 0, index: 0, length: 512, proofLayers: 0 };

function pexOf(count: number): Uint8Array {
  const added = times(count, i => ({ address: { host: '192.0.2.1', port: i + 1 }, flags: 0 }));
  return encodePex({ added, dropped: [] });
}

function times<Result>(count: number, call: (i: number) => Result): Result[] {
  return Array.from({ length: count }, (_, i) => call(i));
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}

function countOf(word: string, heard: string): number {
  return heard.split(word).length - 1;
}

function words(...said: Word[]): Uint8Array {
  const encoder = new Encoder();
  for (const word of said) word(encoder);
  return concatBytes(encoder.take());
}

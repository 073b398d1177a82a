// One torrent alone, spoken to message by message.

import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { BLOCK, data, metainfo, Talk, wordsOf } from '../../../test/talk.ts';
import { torrentOf } from '../../../test/torrents.ts';
import { Bitfield } from '../bytes/bitfield.ts';
import { concatBytes } from '../bytes/bytes.ts';
import { seededRandom } from '../bytes/prng.ts';
import { ProtocolError } from '../errors.ts';
import { portableHash } from '../metainfo/info-hash.ts';
import { parseInfo } from '../metainfo/parse.ts';
import { Decoder } from '../wire/decoder.ts';
import type { Encoder } from '../wire/encoder.ts';
import { encodeDontHave } from '../wire/extensions/lt-donthave.ts';
import {
  decodeExtensionHandshake,
  encodeExtensionHandshake,
  OUR_EXTENSIONS,
} from '../wire/extensions/registry.ts';
import { encodeMetadataMessage } from '../wire/extensions/ut-metadata.ts';
import type { CheckableInfo } from './piece-check.ts';
import { Torrent } from './torrent.ts';

const ALL = '**********';

describe('greeting', () => {
  it('says have-all, have-none or the bitfield to a peer with the fast extension', () => {
    expect(new Talk({ have: ALL }).join(1)).toBe('have-all');
    expect(new Talk().join(1)).toBe('have-none');
    expect(new Talk({ have: '*' }).join(1)).toBe('bitfield');
  });

  it('says the bitfield or nothing to one without', () => {
    expect(new Talk({ have: ALL }).join(1, { fast: false })).toBe('bitfield');
    expect(new Talk().join(1, { fast: false })).toBe('');
  });

  it('sends the extension handshake behind it', () => {
    expect(new Talk().join(1, { extended: true })).toBe('have-none, extended');
  });
});

describe('downloading', () => {
  it('is interested in what it lacks, and asks when unchoked', () => {
    const talk = new Talk({ have: '*********' });
    talk.join(1);
    expect(talk.say(1, encoder => encoder.haveAll())).toBe('interested');
    expect(talk.say(1, encoder => encoder.unchoke())).toBe(
      'request 9.0, request 9.1, request 9.2, request 9.3',
    );
  });

  it('asks a choking peer for what it allows, and for nothing else', () => {
    const talk = new Talk();
    talk.join(1);
    talk.say(1, encoder => encoder.haveAll());
    expect(talk.say(1, encoder => encoder.allowedFast(3))).toBe(
      'request 3.0, request 3.1, request 3.2, request 3.3',
    );
    expect(talk.say(1, encoder => encoder.reject(3, 0, BLOCK))).toBe('');
  });

  it('asks elsewhere what a choke without the fast extension drops', () => {
    const talk = new Talk({ have: '*********' });
    for (const peer of [1, 2]) {
      talk.join(peer, { fast: false });
      talk.say(peer, encoder => encoder.bitfield(Bitfield.full(10).bytes));
    }
    talk.say(1, encoder => encoder.unchoke());
    talk.say(1, encoder => encoder.choke());
    expect(talk.say(2, encoder => encoder.unchoke())).toBe(
      'request 9.0, request 9.1, request 9.2, request 9.3',
    );
  });

  it('does not ask a peer that refused again within the second', () => {
    const talk = new Talk({ have: '*********' });
    talk.join(1);
    talk.say(
      1,
      encoder => encoder.haveAll(),
      encoder => encoder.unchoke(),
    );
    expect(talk.say(1, encoder => encoder.reject(9, 0, BLOCK))).toBe('');
    expect(talk.wait(1000, 1)).toBe('request 9.0');
  });

  it('takes back what a peer owes for 20 seconds, and asks it for one block at a time', () => {
    const talk = new Talk({ have: '*********' });
    talk.join(1);
    talk.say(
      1,
      encoder => encoder.haveAll(),
      encoder => encoder.unchoke(),
    );
    for (let i = 0; i < 19; i++) expect(talk.wait(1000, 1)).toBe('');
    expect(talk.wait(1000, 1)).toBe('cancel 9.0, cancel 9.1, cancel 9.2, cancel 9.3, request 9.0');
    expect(talk.torrent.peers(talk.now)[0]!.isSnubbed).toBe(true);
  });

  it.each([
    ['is silent', 0],
    ['gives all but one block', 3],
  ])('asks another for what a peer owes that %s, though a piece is left that nobody has', (_, given) => {
    const talk = new Talk({ have: '********', engine: { requestTimeoutMs: 5000 } });
    const [owing, quick] = [1, 2];
    for (const peer of [owing, quick]) {
      talk.join(peer);
      talk.say(
        peer,
        encoder => encoder.haveNone(),
        encoder => encoder.have(9),
      );
    }
    expect(talk.say(owing, encoder => encoder.unchoke())).toContain('request 9.0');
    for (let block = 1; block <= given; block++)
      talk.say(owing, encoder => encoder.piece(9, block * BLOCK, new Uint8Array(BLOCK)));
    expect(talk.say(quick, encoder => encoder.unchoke())).toBe('');
    let asked = '';
    for (let seconds = 0; seconds < 21 && asked === ''; seconds++) asked = talk.wait(1000, quick);
    expect(asked).toContain('request 9.0');
  });

  it('asks first for what a peer suggests', () => {
    const talk = new Talk();
    talk.join(1);
    talk.say(
      1,
      encoder => encoder.haveAll(),
      encoder => encoder.suggest(7),
      encoder => encoder.suggest(10),
    );
    expect(talk.say(1, encoder => encoder.unchoke())).toBe(
      'request 7.0, request 7.1, request 7.2, request 7.3',
    );
  });

  it('asks elsewhere for a block that a peer passes over, once its piece waits for nothing else', () => {
    const talk = new Talk({ have: '*********', engine: { requestTimeoutMs: 5000 } });
    talk.join(1);
    talk.say(1, encoder => encoder.haveAll());
    expect(talk.say(1, encoder => encoder.unchoke())).toContain('request 9.0');
    talk.say(1, encoder => encoder.piece(9, BLOCK, new Uint8Array(BLOCK)));
    talk.wait(3000, 1);
    talk.say(1, encoder => encoder.piece(9, 2 * BLOCK, new Uint8Array(BLOCK)));
    talk.say(1, encoder => encoder.piece(9, 3 * BLOCK, new Uint8Array(BLOCK)));
    expect(talk.wait(1000, 1)).toBe('');
    expect(talk.wait(1000, 1)).toBe('cancel 9.0, request 9.0');
  });

  it('tells everybody of a piece, seeds too: so they see how far we are', () => {
    const talk = new Talk({ have: '********' });
    talk.join(1);
    talk.say(1, encoder => encoder.haveAll());
    const asked = talk.say(1, encoder => encoder.unchoke());
    const piece = asked.startsWith('request 8') ? 8 : 9;
    for (let block = 0; block < 4; block++) {
      const at = (piece * 4 + block) * BLOCK;
      talk.say(1, encoder => encoder.piece(piece, block * BLOCK, data.subarray(at, at + BLOCK)));
    }
    const { store } = talk.outputs.find(output => output.type === 'store')!;
    talk.torrent.pieceStored(store, true, talk.now);
    expect(talk.heard(1)).toContain(`have ${piece}`);
  });

  it('tells of pieces later, where it is told to: all that have come by then, or with what else there is to say', () => {
    const talk = new Talk({ have: '********', engine: { havesWaitMs: 250 } });
    for (const peer of [1, 2]) talk.join(peer);
    talk.say(1, encoder => encoder.haveAll());
    talk.say(1, encoder => encoder.unchoke());
    talk.heard(2);
    const finish = (piece: number) => {
      for (let block = 0; block < 4; block++) {
        const at = (piece * 4 + block) * BLOCK;
        talk.say(1, encoder => encoder.piece(piece, block * BLOCK, data.subarray(at, at + BLOCK)));
      }
      const { store } = talk.outputs.findLast(output => output.type === 'store')!;
      talk.torrent.pieceStored(store, true, talk.now);
    };
    finish(8);
    expect(talk.heard(2)).toBe('');
    talk.wait(200, 2);
    finish(9);
    expect(talk.heard(2)).toBe('');
    expect(talk.torrent.nextTimeout()).toBe(talk.now + 50);
    expect(talk.wait(50, 2)).toBe('have 8, have 9');
    // Nothing is told twice.
    expect(talk.wait(500, 2)).toBe('');
  });

  it('takes no block that was not asked for', () => {
    const talk = new Talk();
    talk.join(1);
    talk.say(1, encoder => encoder.haveAll());
    talk.say(1, encoder => encoder.piece(0, 0, new Uint8Array(BLOCK)));
    expect(talk.torrent.stats(talk.now).wasted).toBe(BLOCK);
    expect(talk.outputs.some(output => output.type === 'store')).toBe(false);
  });
});

describe('a magnet', () => {
  it('counts what its peers have once, though they said it before the metadata came', () => {
    const talk = new Talk({ magnet: true });
    const give = (peer: number) => {
      talk.join(peer, { extended: true });
      const hello = { client: 'x', maxRequests: 10, metadataSize: metainfo.raw.length };
      talk.say(peer, encoder => encoder.extended(0, encodeExtensionHandshake(hello)));
    };
    give(1);
    talk.say(1, encoder => encoder.haveAll());
    const data = { type: 'data' as const, piece: 0, totalSize: metainfo.raw.length, bytes: metainfo.raw };
    talk.say(1, encoder => encoder.extended(1, encodeMetadataMessage(data)));
    expect(talk.torrent.phase).toBe('checking');
    talk.torrent.dataChecked(new Bitfield(10), talk.now);
    expect(talk.heard(1)).toBe('interested');
    talk.torrent.peerLeft(1, talk.now);

    const missing = () => talk.torrent.swarmSupply(talk.now).missingPieces;
    expect(missing()).toBe(10);
    for (const peer of [2, 3]) {
      talk.join(peer);
      talk.say(peer, encoder => encoder.haveNone());
      talk.say(peer, encoder => encoder.have(3));
    }
    expect(missing()).toBe(9);
  });
});

describe('a peer of a magnet', () => {
  const magnetWith = (peer: number, ...haves: number[]) => {
    const talk = new Talk({ magnet: true });
    talk.join(peer, { extended: true });
    const hello = { client: 'x', maxRequests: 10, metadataSize: metainfo.raw.length };
    talk.say(peer, encoder => encoder.extended(0, encodeExtensionHandshake(hello)));
    talk.say(peer, ...haves.map(piece => (encoder: Encoder) => encoder.have(piece)));
    const data = { type: 'data' as const, piece: 0, totalSize: metainfo.raw.length, bytes: metainfo.raw };
    talk.say(peer, encoder => encoder.extended(1, encodeMetadataMessage(data)));
    talk.torrent.dataChecked(new Bitfield(10), talk.now);
    return talk;
  };

  it('may tell its pieces one by one before the metadata comes', () => {
    const talk = magnetWith(1, 9, 0, 9);
    expect(talk.heard(1)).toBe('interested');
    expect(talk.torrent.peers(talk.now)[0]!.progress).toBe(0.2);
  });

  it('is closed when both turn out to have everything', () => {
    const talk = new Talk({ magnet: true });
    talk.join(1, { extended: true });
    const hello = { client: 'x', maxRequests: 10, metadataSize: metainfo.raw.length };
    talk.say(1, encoder => encoder.extended(0, encodeExtensionHandshake(hello)));
    talk.say(1, encoder => encoder.haveAll());
    const data = { type: 'data' as const, piece: 0, totalSize: metainfo.raw.length, bytes: metainfo.raw };
    talk.say(1, encoder => encoder.extended(1, encodeMetadataMessage(data)));
    talk.torrent.dataChecked(Bitfield.full(10), talk.now);
    expect(talk.heard(1)).toBe('closed: PEER_NOT_NEEDED');
  });

  it('is closed when one of them turns out not to exist', () => {
    expect(magnetWith(1, 0, 10).heard(1)).toBe('closed: PIECE_UNKNOWN');
  });
});

describe('an address that leads to a peer that is here already', () => {
  const facts = (isIncoming: boolean, port: number) => ({
    address: { host: '10.0.0.1', port },
    isIncoming,
    peerId: new Uint8Array(20).fill(1),
    fast: true,
    extended: false,
    v2: false,
  });

  it('is dialled again once that peer has left', () => {
    const talk = new Talk();
    talk.torrent.peerConnected(1, facts(true, 50_000), talk.now);
    talk.torrent.peersFound([{ host: '10.0.0.1', port: 6881 }], 'tracker', talk.now);
    talk.heard(1);
    talk.torrent.peerConnected(2, facts(false, 6881), talk.now);
    // Our id is the smaller: the connection that the peer dialled stays.
    expect(talk.heard(2)).toBe('closed: PEER_TWICE');
    talk.torrent.peerLeft(1, talk.now);
    talk.outputs = [];
    talk.wait(20_000, 1);
    const dialled = talk.outputs.filter(output => output.type === 'connect');
    expect(dialled).toMatchObject([{ address: { port: 6881 } }]);
  });
});

describe('a peer with another id for each connection', () => {
  const p = (port: number) => (encoder: Encoder) =>
    encoder.extended(0, encodeExtensionHandshake({ client: 'x', maxRequests: 1, port }));

  it('is one peer where it says that it listens at one address', () => {
    const talk = new Talk();
    const join = (peer: number, host: string) => talk.join(peer, { extended: true, host });
    for (const [peer, host] of [
      [1, '10.0.0.1'],
      [2, '10.0.0.1'],
      [3, '10.0.0.3'],
    ] as const)
      join(peer, host);
    expect(talk.say(1, p(6000))).toBe('');
    expect(talk.say(2, p(6000))).toBe('closed: PEER_TWICE');
    expect(talk.say(3, p(6000))).toBe('');
    join(4, '10.0.0.1');
    expect(talk.say(4, p(6001))).toBe('');
  });

  it('is not kept twice where we dialled it meanwhile', () => {
    const talk = new Talk();
    talk.torrent.peersFound([{ host: '10.0.0.1', port: 6000 }], 'tracker', talk.now, true);
    talk.heard(1);
    expect(talk.outputs.find(({ type }) => type === 'connect')).toMatchObject({ isV2: true });
    talk.join(1, { extended: true, host: '10.0.0.1' });
    talk.say(1, p(6000));
    const facts = {
      address: { host: '10.0.0.1', port: 6000 },
      isIncoming: false,
      peerId: new Uint8Array(20).fill(99),
      fast: true,
      extended: true,
      v2: true,
    };
    talk.torrent.peerConnected(2, facts, talk.now);
    const closed = talk.outputs.length;
    expect([talk.heard(2), talk.outputs.slice(closed).filter(({ type }) => type === 'close')]).toMatchObject([
      'closed: PEER_TWICE',
      [{ peer: 2 }],
    ]);
  });
});

describe('an address that could not be dialled for want of room', () => {
  it('is tried again and again, at most every 15 seconds, and never forgotten', () => {
    const talk = new Talk();
    talk.torrent.peersFound([{ host: '10.0.0.9', port: 6881 }], 'tracker', talk.now);
    let dialled = 0;
    for (let second = 0; second < 300; second++) {
      talk.outputs = [];
      talk.wait(1000, 1);
      for (const output of talk.outputs) {
        if (output.type !== 'connect') continue;
        dialled++;
        talk.torrent.connectPutOff(output.address, talk.now);
      }
    }
    expect(dialled).toBe(20);
  });
});

describe('metadata', () => {
  it('is not heaped up for a peer that reads nothing', () => {
    const talk = new Talk({ have: ALL });
    const raw = { ...metainfo, raw: new Uint8Array(100 * BLOCK) };
    const torrent = new Torrent(
      { source: { info: raw }, peerId: new Uint8Array(20), client: 'test' },
      {
        random: seededRandom(1),
        pool: { lend: length => new Uint8Array(length), giveBack: () => {} },
        hash: portableHash,
        parseInfo: bytes => parseInfo(bytes),
      },
    );
    Object.assign(talk, { torrent });
    torrent.dataChecked(new Bitfield(10), talk.now);
    talk.join(1, { extended: true });
    talk.say(1, encoder => encoder.extended(0, encodeExtensionHandshake({ client: 'x', maxRequests: 1 })));
    torrent.peerBlocked(1);
    const ask = (encoder: Encoder) =>
      encoder.extended(1, encodeMetadataMessage({ type: 'request', piece: 7 }));
    talk.say(1, ...Array.from({ length: 300 }, () => ask));
    expect(talk.heard(1)).toBe('');
    // As it reads, a little each time, and all of it in the end.
    let taken = 0;
    let turns = 0;
    for (; taken < 300 * BLOCK; turns++) {
      torrent.peerDrained(1, talk.now);
      const output = torrent.poll(talk.now);
      if (output?.type !== 'send') throw new Error('Nothing is sent.');
      const { length } = concatBytes(output.chunks);
      expect(length).toBeLessThan(100_000);
      taken += length;
      torrent.peerBlocked(1);
      expect(torrent.poll(talk.now)).toBeUndefined();
    }
    expect(turns).toBe(75);
  });
});

describe('uploading', () => {
  it('unchokes a lone interested peer at once and serves requests that follow one another with one read', () => {
    const talk = new Talk({ have: ALL });
    talk.join(1);
    expect(talk.say(1, encoder => encoder.interested())).toBe('unchoke');
    const asked = [0, 1, 2].map(block => (encoder: Encoder) => encoder.request(2, block * BLOCK, BLOCK));
    expect(talk.say(1, ...asked)).toBe('piece 2.0, piece 2.1, piece 2.2');
    expect(talk.outputs.filter(output => output.type === 'read')).toHaveLength(1);
  });

  it('refuses a choked peer, in words where it speaks fast', () => {
    const talk = new Talk({ have: ALL });
    talk.join(1);
    expect(talk.say(1, encoder => encoder.request(0, 0, BLOCK))).toBe('reject 0.0');
    talk.join(2, { fast: false });
    expect(talk.say(2, encoder => encoder.request(0, 0, BLOCK))).toBe('');
  });

  it('waits while the stream is full, and takes the waiting back at a cancel', () => {
    const talk = new Talk({ have: ALL });
    talk.join(1);
    talk.say(1, encoder => encoder.interested());
    talk.torrent.peerBlocked(1);
    const asked = Array.from(
      { length: 40 },
      (_, i) => (encoder: Encoder) => encoder.request(i >> 2, (i & 3) * BLOCK, BLOCK),
    );
    expect(talk.say(1, ...asked)).toBe('');
    const readAhead = talk.outputs.filter(output => output.type === 'read').length;
    expect(readAhead).toBe(2);
    expect(talk.say(1, encoder => encoder.cancel(9, 0, BLOCK))).toBe('');
    talk.torrent.peerDrained(1, talk.now);
    const heard = talk.heard(1);
    expect(heard).toContain('piece 0.0');
    expect(heard).toContain('reject 9.0');
    expect(heard).not.toContain('piece 9.0');
  });

  it('gives eight peers a slot, chokes after a round who has none, and rejects what it had asked', () => {
    const talk = new Talk({ have: ALL });
    for (let peer = 1; peer <= 9; peer++) {
      talk.join(peer);
      const heard = talk.say(peer, encoder => encoder.interested());
      expect(heard.includes('unchoke')).toBe(peer <= 8);
    }
    talk.wait(11_000, 1);
    expect(talk.torrent.peers(talk.now).filter(peer => !peer.amChoking)).toHaveLength(8);
  });

  it('closes a peer that asks for what there is not', () => {
    const talk = new Talk({ have: ALL });
    talk.join(1);
    expect(talk.say(1, encoder => encoder.request(10, 0, BLOCK))).toBe('closed: REQUEST_INVALID');
  });
});

describe('a connection', () => {
  it('is kept alive, and closed when it is silent', () => {
    const talk = new Talk();
    talk.join(1);
    let heard = '';
    for (let second = 0; second < 121; second++) heard += talk.wait(1000, 1);
    expect(heard).toBe('keep-aliveclosed: PEER_SILENT');
  });

  it.each([
    [
      'a bitfield of the wrong length',
      (encoder: Encoder) => encoder.bitfield(new Uint8Array(3)),
      'BITFIELD_INVALID',
    ],
    [
      'a bitfield with spare bits',
      (encoder: Encoder) => encoder.bitfield(new Uint8Array([0, 1])),
      'BITFIELD_INVALID',
    ],
    ['a piece that is not there', (encoder: Encoder) => encoder.have(10), 'PIECE_UNKNOWN'],
    [
      'a block past the end',
      (encoder: Encoder) => encoder.piece(9, 4 * BLOCK, new Uint8Array(9)),
      'BLOCK_INVALID',
    ],
  ])('is closed for %s', (_, message, code) => {
    const talk = new Talk();
    talk.join(1);
    expect(talk.say(1, message)).toBe(`closed: ${code}`);
  });

  it('is closed for the fast extension without offer', () => {
    const talk = new Talk();
    talk.join(1, { fast: false });
    expect(talk.say(1, encoder => encoder.haveAll())).toBe('closed: FAST_UNEXPECTED');
  });

  it('may send a bitfield in place of many haves: it has what it had, and that', () => {
    const talk = new Talk();
    talk.join(1);
    const field = (bits: number) => (encoder: Encoder) => encoder.bitfield(Uint8Array.of(bits, 0));
    talk.say(1, encoder => encoder.have(1), field(0b1000_0000), field(0b0010_0000));
    expect(talk.torrent.peers(0)[0]!.progress * talk.torrent.have.length).toBe(3);
    talk.say(1, encoder => encoder.haveAll());
    expect(talk.torrent.peers(0)[0]!.progress).toBe(1);
  });

  it('is asked about nothing again by the bitfield that it sent before', () => {
    const talk = new Talk();
    talk.join(1);
    const field = (encoder: Encoder) => encoder.bitfield(Uint8Array.of(0b1010_0001, 0b0100_0000));
    talk.say(1, encoder => encoder.have(0), field);
    expect(talk.torrent.peers(0)[0]!.progress * talk.torrent.have.length).toBe(4);
    const add = vi.spyOn(Bitfield.prototype, 'add');
    const has = vi.spyOn(Bitfield.prototype, 'has');
    try {
      for (let i = 0; i < 20; i++) talk.say(1, field);
      expect(add).not.toHaveBeenCalled();
      expect(has).not.toHaveBeenCalled();
    } finally {
      add.mockRestore();
      has.mockRestore();
    }
    expect(talk.say(1, encoder => encoder.unchoke())).toMatch(/^(request \d\.\d(, )?)+$/);
  });

  it('is closed when it floods and reads nothing', () => {
    const talk = new Talk({ have: ALL, engine: { maxUnsent: 20_000 } });
    talk.join(1);
    talk.torrent.peerBlocked(1);
    // Choked, each is refused: 17 bytes.
    const flood = Array.from({ length: 100 }, () => (encoder: Encoder) => encoder.request(9, 0, BLOCK));
    let heard = '';
    for (let i = 0; i < 10; i++) heard += talk.say(1, ...flood);
    expect(heard).toBe('');
    for (let i = 0; i < 2; i++) heard += talk.say(1, ...flood);
    expect(heard).toContain('PEER_TOO_SLOW');
  });
});

describe('stopping', () => {
  it('closes all, and goes on after', () => {
    const talk = new Talk();
    talk.join(1);
    talk.torrent.stop(new ProtocolError('TORRENT_PAUSED', 'Paused.'), talk.now);
    expect(talk.heard(1)).toBe('closed: TORRENT_PAUSED');
    expect(talk.torrent.nextTimeout()).toBeUndefined();
    expect(talk.join(2)).toBe('closed: TORRENT_NOT_READY');
    talk.torrent.resume(false, talk.now);
    expect(talk.join(3)).toBe('have-none');
  });

  it('goes on with what is found on the disk then', () => {
    const talk = new Talk({ have: '***' });
    talk.torrent.stop(new ProtocolError('DISK_FULL', 'Full.'), talk.now);
    talk.heard(1);
    talk.torrent.resume(true, talk.now);
    expect(talk.torrent.phase).toBe('checking');
    talk.torrent.dataChecked(new Bitfield(10), talk.now);
    expect(talk.torrent.stats(talk.now)).toMatchObject({ piecesHave: 0, left: 10 * 4 * BLOCK });
    expect(talk.join(1)).toBe('have-none');
  });
});

describe('data that was checked for a torrent that has to wait', () => {
  it('is counted, and nobody is dialled or let in before it goes on', () => {
    const talk = new Talk();
    const { torrent } = talk;
    talk.join(1);
    torrent.stop(new ProtocolError('TORRENT_RECHECKED', 'Again.'), talk.now);
    torrent.resume(true, talk.now);
    torrent.peersFound([{ host: '192.0.2.9', port: 6881 }], 'tracker', talk.now);
    const have = Bitfield.full(10);
    expect(torrent.isAllWanted(have)).toBe(true);
    torrent.dataChecked(have, talk.now, new ProtocolError('TORRENT_QUEUED', 'Wait.'));
    const said: string[] = [];
    for (let output = torrent.poll(talk.now); output !== undefined; output = torrent.poll(talk.now))
      said.push(output.type === 'event' ? output.event.type : output.type);
    expect(said).toContain('complete');
    expect(said).not.toContain('connect');
    expect(torrent).toMatchObject({ phase: 'stopped', isComplete: true });
    expect(torrent.nextTimeout()).toBeUndefined();
    expect(talk.join(2)).toBe('closed: TORRENT_NOT_READY');
    torrent.resume(false, talk.now);
    expect(torrent.phase).toBe('active');
    expect(torrent.poll(talk.now)).toMatchObject({ type: 'connect' });
  });

  it('is all that is wanted where the rest is to be skipped', () => {
    const { torrent, now } = new Talk();
    const have = new Bitfield(10);
    expect(torrent.isAllWanted(have)).toBe(false);
    torrent.setFilePriorities(
      torrent.info!.files.map(() => 'skip'),
      now,
    );
    expect(torrent.isAllWanted(have)).toBe(true);
  });
});

describe('a piece that is being stored', () => {
  it('is not taken for stored by what is said of one that came before the data was looked at anew', () => {
    const talk = new Talk({ have: '*********' });
    const early = storeOfLast(talk, 1);
    talk.torrent.stop(new ProtocolError('DISK_FAILED', 'Failed.'), talk.now);
    talk.heard(1);
    const again = new Bitfield(10);
    for (let piece = 0; piece < 9; piece++) again.add(piece);
    talk.torrent.resume(true, talk.now);
    talk.torrent.dataChecked(again, talk.now);
    const late = storeOfLast(talk, 2);
    talk.torrent.pieceStored(early, true, talk.now);
    talk.torrent.pieceNotStored(early);
    expect(talk.torrent.stats(talk.now).piecesHave).toBe(9);
    talk.torrent.pieceStored(late, true, talk.now);
    expect(talk.torrent.stats(talk.now).piecesHave).toBe(10);
  });
});

describe('the end of a download', () => {
  it('is told to the peers that speak of extensions: from here on we only upload', () => {
    const talk = new Talk({ have: '*********' });
    talk.join(2, { extended: true });
    talk.join(3);
    const store = storeOfLast(talk, 1);
    expect(talk.torrent.stats(talk.now).isComplete).toBe(false);
    talk.outputs = [];
    talk.torrent.pieceStored(store, true, talk.now);
    expect(talk.heard(1)).toBe('closed: PEER_NOT_NEEDED');
    const told = (peer: number) =>
      talk.outputs.flatMap(output => (output.type === 'send' && output.peer === peer ? output.chunks : []));
    expect(wordsOf(told(2))).toEqual(['have 9', 'extended']);
    expect(wordsOf(told(3))).toEqual(['have 9']);
    const decoder = new Decoder();
    decoder.push(concatBytes(told(2)));
    decoder.next();
    const message = decoder.next();
    if (message?.type !== 'extended') throw new Error('No handshake.');
    expect(decodeExtensionHandshake(message.payload).uploadOnly).toBe(true);
  });
});

describe('hostile bytes', () => {
  it('of any kind close the peer and let nothing out', () => {
    fc.assert(
      fc.property(
        fc.array(fc.uint8Array({ maxLength: 80 }), { maxLength: 10 }),
        fc.boolean(),
        (chunks, magnet) => {
          const talk = new Talk({ magnet, have: '**' });
          talk.join(1, { extended: true });
          for (const chunk of chunks) {
            talk.torrent.receive(1, chunk, talk.now);
            talk.heard(1);
          }
          expectClosedByRule(talk);
        },
      ),
      { numRuns: 300 },
    );
  });

  it('in messages that are well-formed and make no sense do no more', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(anyMessage, fc.integer({ min: 1, max: 3 })), { maxLength: 60 }),
        fc.constantFrom('v1', 'magnet', 'v2', 'v2 without its layers'),
        (script, kind) => {
          const info = INFOS[kind] ?? metainfo;
          const talk = new Talk({ magnet: kind === 'magnet', have: '**', info });
          for (const peer of [1, 2, 3]) talk.join(peer, { extended: true, fast: peer !== 3, v2: true });
          for (const [message, peer] of script) {
            talk.say(peer, message);
            talk.wait(500, peer);
          }
          for (const peer of [1, 2, 3]) talk.torrent.peerLeft(peer, talk.now);
          talk.heard(1);
          expectClosedByRule(talk);
          expect(talk.torrent.stats(talk.now).peerCount).toBe(0);
          // Whatever they took back and said again: nobody is counted any more.
          if (talk.torrent.phase === 'active')
            expect(talk.torrent.pieceMap(10, 0).copies).toEqual(new Uint16Array(10));
        },
      ),
      { numRuns: 700 },
    );
  });
});

/** Gives the last piece, and tells the number of its store. */
function storeOfLast(talk: Talk, peer: number): number {
  talk.join(peer);
  talk.say(peer, encoder => encoder.haveAll());
  talk.say(peer, encoder => encoder.unchoke());
  talk.outputs = [];
  const blocks = [0, 1, 2, 3].map(block => (encoder: Encoder) => {
    encoder.piece(9, block * BLOCK, new Uint8Array(BLOCK));
  });
  talk.say(peer, ...blocks);
  const output = talk.outputs.find(output => output.type === 'store');
  return output!.store;
}

/** Requests carry only what the torrent has; nobody was closed for a reason that is no rule's. */
function expectClosedByRule(talk: Talk): void {
  for (const output of talk.outputs) {
    if (output.type === 'close') expect(output.reason.code).toMatch(/^[A-Z_]+$/);
    if (output.type === 'store') expect(output.bytes.length).toBe(4 * BLOCK);
  }
}

const V2 = torrentOf([{ path: [], data }], { version: 'v2', pieceLength: 4 * BLOCK }).metainfo;
const BARE_V2 = (({ pieceLayers, blockLayers, ...info }) => info)(V2);
const INFOS: Record<string, CheckableInfo> = { v2: V2, 'v2 without its layers': BARE_V2 };
const smallNumber = fc.oneof(fc.nat(11), fc.constantFrom(0xffff_ffff, 2 ** 31));
const begin = fc.oneof(
  fc.constantFrom(0, BLOCK, 2 * BLOCK, 3 * BLOCK, 4 * BLOCK, 0xffff_0000),
  fc.nat(70_000),
);
const length = fc.oneof(fc.constantFrom(BLOCK, 0, 131_072, 0xffff_ffff), fc.nat(20_000));
const metadataMessage = fc.oneof(
  fc.record({ type: fc.constantFrom('request' as const, 'reject' as const), piece: fc.nat(3) }),
  fc.record({
    type: fc.constant('data' as const),
    piece: fc.nat(2),
    totalSize: fc.nat(40_000),
    bytes: fc.uint8Array({ maxLength: 300 }),
  }),
);
/** Mostly of the tree that the v2 torrent has: ten pieces, 64 leaves. */
const hashRange = fc
  .record({ baseLayer: fc.nat(7), at: fc.nat(17), power: fc.nat(6), proofLayers: fc.nat(7) })
  .map(({ at, power, ...rest }) => ({
    piecesRoot: V2.files[0]!.piecesRoot!,
    index: at * 2 ** power,
    length: 2 ** power,
    ...rest,
  }));
const anyMessage: fc.Arbitrary<(encoder: Encoder) => void> = fc.oneof(
  fc.constant((encoder: Encoder) => encoder.choke()),
  fc.constant((encoder: Encoder) => encoder.unchoke()),
  fc.constant((encoder: Encoder) => encoder.interested()),
  fc.constant((encoder: Encoder) => encoder.notInterested()),
  fc.constant((encoder: Encoder) => encoder.haveAll()),
  fc.constant((encoder: Encoder) => encoder.haveNone()),
  fc.constant((encoder: Encoder) => encoder.bitfield(new Uint8Array([0xff, 0xc0]))),
  fc.uint8Array({ maxLength: 3 }).map(bytes => (encoder: Encoder) => encoder.bitfield(bytes)),
  smallNumber.map(piece => (encoder: Encoder) => encoder.have(piece)),
  smallNumber.map(piece => (encoder: Encoder) => encoder.allowedFast(piece)),
  smallNumber.map(piece => (encoder: Encoder) => encoder.suggest(piece)),
  smallNumber.map(piece => (encoder: Encoder) => {
    encoder.extended(OUR_EXTENSIONS.lt_donthave, encodeDontHave(piece));
  }),
  fc.uint8Array({ maxLength: 2 }).map(bytes => (encoder: Encoder) => {
    encoder.extended(OUR_EXTENSIONS.upload_only, bytes);
  }),
  hashRange.map(range => (encoder: Encoder) => encoder.hashRequest(range)),
  hashRange.map(range => (encoder: Encoder) => encoder.hashReject(range)),
  hashRange.map(range => (encoder: Encoder) => {
    const uncles = Math.max(0, range.proofLayers - Math.log2(range.length) + 1);
    encoder.hashes(range, new Uint8Array(32 * (range.length + uncles)));
  }),
  fc.tuple(smallNumber, begin, length).map(
    ([p, b, l]) =>
      (encoder: Encoder) =>
        encoder.request(p, b, l),
  ),
  fc.tuple(smallNumber, begin, length).map(
    ([p, b, l]) =>
      (encoder: Encoder) =>
        encoder.cancel(p, b, l),
  ),
  fc.tuple(smallNumber, begin, length).map(
    ([p, b, l]) =>
      (encoder: Encoder) =>
        encoder.reject(p, b, l),
  ),
  fc.tuple(smallNumber, begin, fc.constantFrom(BLOCK, 1, 100)).map(
    ([p, b, l]) =>
      (encoder: Encoder) =>
        encoder.piece(p, b, new Uint8Array(l)),
  ),
  fc.uint8Array({ maxLength: 30 }).map(bytes => (encoder: Encoder) => encoder.extended(0, bytes)),
  fc.nat(40_000).map(metadataSize => (encoder: Encoder) => {
    encoder.extended(0, encodeExtensionHandshake({ client: 'x', maxRequests: 10, metadataSize, port: 7000 }));
  }),
  metadataMessage.map(message => (encoder: Encoder) => encoder.extended(1, encodeMetadataMessage(message))),
);

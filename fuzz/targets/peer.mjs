// Whole conversations with a whole torrent: peers come and go, speak, read and do not read, the disk answers or fails, time
// passes. No bytes bring anything about but the end of a connection; what we say can be read and makes sense; what is kept
// for anybody has its bounds; nothing is left lying when all is over.
//
// The first byte says what kind of torrent: two bits of its version, two of what is there, one of a magnet. The rest is steps: three bits of a peer, five of what happens, and more bytes
// as that takes. A mutation of bytes is another conversation.

import assert from 'node:assert/strict';
import { Bitfield } from '../../dist/core/bytes/bitfield.js';
import { seededRandom } from '../../dist/core/bytes/prng.js';
import { ENGINE_DEFAULTS } from '../../dist/core/engine/options.js';
import { Torrent } from '../../dist/core/engine/torrent.js';
import { SwarmlineError } from '../../dist/core/errors.js';
import { portableHash } from '../../dist/core/metainfo/info-hash.js';
import { blockDigests } from '../../dist/core/metainfo/piece-proof.js';
import { Decoder } from '../../dist/core/wire/decoder.js';
import { Encoder } from '../../dist/core/wire/encoder.js';
import { encodeExtensionHandshake } from '../../dist/core/wire/extensions/registry.js';
import { encodeMetadataMessage } from '../../dist/core/wire/extensions/ut-metadata.js';
import { SimContent } from '../../dist/lab/sim/sim-content.js';

const BLOCK = 16_384;
const VERSIONS = ['v1', 'v2', 'hybrid'];
// Five pieces of two blocks, the last of one and a bit.
const CONTENTS = VERSIONS.map(
  version => new SimContent({ length: 8 * BLOCK + 77, pieceLength: 2 * BLOCK, version }),
);
const MAX_LENT = 8;
// Limits that a short conversation can reach.
const ENGINE = {
  maxPeers: 5,
  maxPeerRequests: 20,
  maxUnsent: 4000,
  minReadAhead: 2 * BLOCK,
  maxReadAhead: 4 * BLOCK,
  floods: { extensionBurst: 20, extensionsPerSecond: 5, vainRequestBurst: 20, vainRequestsPerSecond: 5 },
  knownPeers: { ...ENGINE_DEFAULTS.knownPeers, maxKnown: 20 },
};

export function run(bytes) {
  const talk = new Talk(bytes[0] ?? 0);
  talk.play(bytes.subarray(1));
  const { phase, have } = talk.torrent;
  talk.end();
  return `${phase} ${have.count} ${[...talk.closed].sort().join()}`;
}

class Talk {
  now = 1000;
  lent = 0;
  joined = 0;
  /** By number: the peers that are here, with what reads their words. */
  peers = new Map();
  pending = [];
  connects = [];
  closed = new Set();

  constructor(kind) {
    this.content = CONTENTS[(kind & 3) % 3];
    const { metainfo } = this.content;
    this.have = (kind >> 2) & 3;
    const isMagnet = (kind & 0x10) !== 0;
    this.torrent = new Torrent(
      {
        source: isMagnet ? hashesOf(metainfo) : { info: metainfo },
        peerId: new Uint8Array(20),
        client: 'fuzz',
        engine: ENGINE,
      },
      {
        random: seededRandom(kind),
        pool: {
          lend: (length, held) => {
            if (this.lent >= MAX_LENT && held >= 2) return undefined;
            this.lent++;
            return new Uint8Array(length);
          },
          giveBack: () => this.lent--,
        },
        hash: portableHash,
        parseInfo: () => withoutLayers(metainfo),
      },
    );
    this.dataChecked();
  }

  play(bytes) {
    let at = 0;
    const next = () => bytes[at++] ?? 0;
    while (at < bytes.length) {
      const step = next();
      const slot = step >> 5;
      const { torrent } = this;
      switch (step & 31) {
        case 0:
        case 1:
          this.join(slot, next());
          break;
        case 2:
          torrent.peerLeft(this.leave(slot), this.now);
          break;
        case 3:
          this.now += 40 * next();
          if ((torrent.nextTimeout() ?? Number.POSITIVE_INFINITY) <= this.now) torrent.timePassed(this.now);
          break;
        case 4:
          this.setBlocked(slot, true);
          break;
        case 5:
          this.setBlocked(slot, false);
          break;
        case 6:
          this.answer(next());
          break;
        case 7:
          this.dataChecked();
          break;
        case 8:
          torrent.stop(new SwarmlineError('TORRENT_PAUSED', 'Paused.'), this.now);
          break;
        case 9:
          torrent.resume(slot > 3, this.now);
          break;
        case 10:
          this.found(next());
          break;
        case 11:
          this.dialled(next());
          break;
        case 12:
          if (torrent.phase === 'active')
            torrent.setFilePriorities([['skip', 'low', 'normal', 'high'][slot & 3]], this.now);
          break;
        default: {
          const length = (next() << 8) | next();
          const said = bytes.slice(at, at + length);
          at += said.length;
          torrent.receive(this.numberOf(slot), said, this.now);
        }
      }
      this.drain();
    }
  }

  /** All leave, the disk answers what is still asked: nothing remains. */
  end() {
    this.torrent.stop(new SwarmlineError('TORRENT_CLOSED', 'Closed.'), this.now);
    this.drain();
    while (this.pending.length > 0) this.answer(0);
    assert.equal(this.lent, 0, 'buffers that were lent are lost');
    assert.equal(this.peers.size, 0, 'a peer was not closed');
    assert.equal(this.torrent.stats(this.now).peerCount, 0);
  }

  join(slot, facts) {
    if (this.slotOf(slot) !== undefined) return;
    const number = ++this.joined;
    const decoder = new Decoder();
    this.peers.set(number, { slot, decoder, isBlocked: false });
    const address = { host: `10.0.0.${slot + 1}`, port: 1000 + (facts >> 6) };
    this.torrent.peerConnected(
      number,
      {
        address,
        isIncoming: (facts & 1) === 0,
        peerId: new Uint8Array(20).fill(1 + ((facts >> 4) & 3) + 4 * slot),
        extended: (facts & 2) === 0,
        fast: (facts & 4) === 0,
        v2: (facts & 8) !== 0 && this.content.metainfo.version !== 'v1',
      },
      this.now,
    );
  }

  slotOf(slot) {
    for (const [number, peer] of this.peers) if (peer.slot === slot) return number;
    return undefined;
  }

  numberOf(slot) {
    return this.slotOf(slot) ?? 0;
  }

  leave(slot) {
    const number = this.numberOf(slot);
    this.peers.delete(number);
    return number;
  }

  setBlocked(slot, isBlocked) {
    const number = this.numberOf(slot);
    const peer = this.peers.get(number);
    if (peer === undefined) return;
    peer.isBlocked = isBlocked;
    if (isBlocked) this.torrent.peerBlocked(number);
    else this.torrent.peerDrained(number, this.now);
  }

  found(byte) {
    const hosts = ['10.0.0.1', '::ffff:10.0.0.1', '0.0.0.0', '224.0.0.1', 'x', '2001:DB8::1', '10.0.0.99'];
    const address = { host: hosts[byte % hosts.length], port: byte * 257 };
    this.torrent.peersFound([address], 'tracker', this.now);
    assert.ok(this.torrent.stats(this.now).knownPeerCount <= 21);
  }

  dialled(byte) {
    const address = this.connects.shift();
    if (address === undefined) return;
    if (byte % 2 === 0) this.torrent.connectFailed(address, this.now);
    else this.torrent.connectPutOff(address, this.now);
  }

  dataChecked() {
    const { torrent } = this;
    if (torrent.phase !== 'checking') return;
    const { pieceCount } = torrent.info.layout;
    const have = this.have === 3 ? Bitfield.full(pieceCount) : new Bitfield(pieceCount);
    if (this.have === 1) for (const piece of [0, 3]) have.add(piece);
    torrent.dataChecked(have, this.now);
  }

  /** The disk's oldest answer; `byte` says whether it fails. */
  answer(byte) {
    const output = this.pending.shift();
    if (output === undefined) return;
    const { torrent, content } = this;
    const isFault = byte % 8 === 7;
    if (output.type === 'read') {
      const start = output.piece * content.metainfo.pieceLength + output.begin;
      const bytes = content.bytes.slice(start, start + output.length);
      torrent.blockRead(output.read, isFault ? undefined : bytes, this.now);
    } else if (output.type === 'hash') {
      torrent.blocksHashed(output.read, isFault ? undefined : this.digestsOf(output.piece), this.now);
    } else {
      this.lent--;
      const isRight = content.isRight(output.piece, 0, output.bytes);
      if (isFault) torrent.pieceNotStored(output.store);
      else if (isRight && !output.blockDigests) torrent.pieceStored(output.store, true, this.now);
      else {
        const digests = blockDigests(output.bytes, output.bytes.length, portableHash);
        torrent.pieceStored(output.store, { isRight, blockDigests: digests }, this.now);
      }
    }
    this.drain();
  }

  digestsOf(piece) {
    const { pieceLength } = this.content.metainfo;
    const part = this.content.bytes.subarray(piece * pieceLength, (piece + 1) * pieceLength);
    return blockDigests(part, part.length, portableHash);
  }

  drain() {
    const { torrent } = this;
    for (let output = torrent.poll(this.now); output !== undefined; output = torrent.poll(this.now)) {
      if (output.type === 'send') this.sent(output);
      else if (output.type === 'close') {
        assert.ok(output.reason instanceof SwarmlineError);
        assert.ok(this.peers.delete(output.peer), 'a peer is closed that is not here');
        this.closed.add(output.reason.code);
      } else if (output.type === 'connect') {
        assert.ok(/^(10\.0\.0\.|2001:db8::1$)/.test(output.address.host) && output.address.port > 0);
        this.connects.push(output.address);
      } else if (output.type !== 'event') {
        const { layout } = torrent.info;
        assert.ok(layout.hasPiece(output.piece));
        if (output.type === 'read') assert.ok(torrent.have.has(output.piece));
        if (output.type === 'store') assert.ok(!torrent.have.has(output.piece));
        this.pending.push(output);
      }
    }
  }

  /** What goes to a peer can be read, and asks for what there is. */
  sent({ peer: number, chunks }) {
    const peer = this.peers.get(number);
    assert.ok(peer !== undefined && !peer.isBlocked, 'bytes for a peer that is not here or takes none');
    const bytes = new Uint8Array(Buffer.concat(chunks));
    // Blocks as far as they are read ahead, metadata of a few pieces, everything else.
    assert.ok(bytes.length < ENGINE.maxReadAhead + 2 * 131_072 + ENGINE.maxUnsent + 100_000);
    peer.decoder.push(bytes);
    for (let message = peer.decoder.next(); message !== undefined; message = peer.decoder.next()) {
      if (message.type === 'request')
        assert.ok(this.torrent.info.layout.hasRange(message.piece, message.begin, message.length));
      if (message.type === 'have') assert.ok(this.torrent.have.has(message.piece));
      if (message.type === 'piece') {
        const { piece, begin, block } = message;
        assert.ok(this.content.isRight(piece, begin, block.slice()));
      }
      assert.notEqual(message.type, 'unknown');
    }
  }
}

function hashesOf({ infoHashV1, infoHashV2 }) {
  return { ...(infoHashV1 && { infoHashV1 }), ...(infoHashV2 && { infoHashV2 }) };
}

function withoutLayers({ pieceLayers: _, ...info }) {
  return info;
}

// ——— Conversations to begin with ———

const slotBits = slot => slot << 5;
const join = (slot, facts = 0) => Buffer.of(slotBits(slot), facts);
const step = (slot, op, ...more) => Buffer.of(slotBits(slot) | op, ...more);
function say(slot, ...fills) {
  const encoder = new Encoder();
  for (const fill of fills) fill(encoder);
  const said = Buffer.concat(encoder.take());
  const parts = [];
  // Steps hold 64 KiB at the most.
  for (let at = 0; at < said.length; at += 60_000) {
    const part = said.subarray(at, at + 60_000);
    parts.push(step(slot, 20, part.length >> 8, part.length & 255), part);
  }
  return Buffer.concat(parts);
}
function block(version, piece, index, isWrong = false) {
  const { bytes } = CONTENTS[version];
  const start = (2 * piece + index) * BLOCK;
  const data = bytes.slice(start, start + BLOCK);
  if (isWrong) data[5] ^= 1;
  return encoder => encoder.piece(piece, index * BLOCK, data);
}
const conversation = (kind, ...steps) => new Uint8Array(Buffer.concat([Buffer.of(kind), ...steps]));
const answers = Buffer.concat(Array.from({ length: 6 }, () => step(0, 6, 0)));
const hello = facts => encoder =>
  encoder.extended(0, encodeExtensionHandshake({ client: 'x', maxRequests: 50, ...facts }));
const info = CONTENTS[0].metainfo.raw;
const metadata = encoder =>
  encoder.extended(1, encodeMetadataMessage({ type: 'data', piece: 0, totalSize: info.length, bytes: info }));

export const seeds = [
  // A download of two pieces from two peers, one of them wrong; a third asks for what has come.
  conversation(
    0,
    join(0),
    join(1, 4),
    say(
      0,
      encoder => encoder.haveAll(),
      encoder => encoder.unchoke(),
    ),
    say(
      1,
      encoder => encoder.bitfield(Uint8Array.of(0xf8)),
      encoder => encoder.unchoke(),
    ),
    ...[0, 1, 2, 3].map(piece => say(0, block(0, piece, 0), block(0, piece, 1))),
    say(0, block(0, 4, 0)),
    say(1, block(0, 1, 0, true), block(0, 1, 1)),
    answers,
    join(2),
    say(
      2,
      encoder => encoder.haveNone(),
      encoder => encoder.interested(),
      encoder => encoder.request(0, 0, BLOCK),
      encoder => encoder.request(0, BLOCK, BLOCK),
      encoder => encoder.cancel(0, 0, BLOCK),
    ),
    answers,
  ),
  // An upload to one that stops reading, and leaves.
  conversation(
    0x0c,
    join(0),
    say(
      0,
      encoder => encoder.haveNone(),
      encoder => encoder.interested(),
      ...[0, 1, 2, 3].map(piece => encoder => encoder.request(piece, 0, BLOCK)),
    ),
    step(0, 4),
    answers,
    say(0, ...[0, 1, 2, 3].map(piece => encoder => encoder.request(piece, BLOCK, BLOCK))),
    step(0, 3, 100),
    step(0, 5),
    answers,
    step(0, 2),
  ),
  // A magnet: metadata, then what the peer had said before, then the check.
  conversation(
    0x10,
    join(0),
    say(0, hello({ metadataSize: info.length, port: 7000 }), encoder => encoder.have(1)),
    say(0, metadata),
    step(0, 7),
    say(
      0,
      encoder => encoder.unchoke(),
      encoder => encoder.allowedFast(1),
      encoder => encoder.suggest(2),
    ),
    step(0, 10, 6),
    step(0, 11, 0),
    step(0, 3, 250),
  ),
  // v2, with its words; a pause, and again.
  conversation(
    0x0d,
    join(0, 8),
    join(1, 10),
    say(0, hello({ uploadOnly: true }), encoder => encoder.haveNone()),
    say(1, encoder => encoder.interested()),
    step(0, 8),
    step(5, 9),
    step(0, 7),
    join(3, 8),
    say(3, encoder => encoder.haveAll()),
  ),
  // Flips and floods.
  conversation(
    0x06,
    join(0),
    join(0, 16),
    say(
      0,
      ...Array.from({ length: 8 }, (_, i) => encoder => (i % 2 === 0 ? encoder.unchoke() : encoder.choke())),
      ...Array.from({ length: 8 }, () => encoder => encoder.interested()),
      ...Array.from({ length: 25 }, () => encoder => encoder.request(0, 0, BLOCK)),
    ),
    join(1),
    say(1, ...Array.from({ length: 22 }, () => hello({}))),
    step(0, 12),
    step(3, 12),
  ),
];

const message = fill => {
  const encoder = new Encoder();
  fill(encoder);
  return Buffer.concat(encoder.take());
};
export const tokens = [
  ...[0, 1, 2, 3].map(slot => join(slot)),
  ...[2, 4, 5, 6, 7, 8, 9].map(op => step(0, op)),
  step(0, 3, 250),
  step(0, 6, 7),
  ...[
    encoder => encoder.haveAll(),
    encoder => encoder.haveNone(),
    encoder => encoder.unchoke(),
    encoder => encoder.choke(),
    encoder => encoder.interested(),
    encoder => encoder.have(2),
    encoder => encoder.request(1, 0, BLOCK),
    encoder => encoder.reject(1, 0, BLOCK),
    encoder => encoder.allowedFast(3),
  ].flatMap(fill => [message(fill), say(0, fill), say(1, fill)]),
];

export const maxLength = 200_000;

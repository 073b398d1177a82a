// Messages about hashes (BEP 52) to a whole torrent: one that has everything, and one that waits for its piece layers. No
// bytes bring anything but the connection's end; each request is answered once, and no hash that is given is wrong.

import assert from 'node:assert/strict';
import { Bitfield } from '../../dist/core/bytes/bitfield.js';
import { seededRandom } from '../../dist/core/bytes/prng.js';
import { Torrent } from '../../dist/core/engine/torrent.js';
import { portableHash } from '../../dist/core/metainfo/info-hash.js';
import { emptyDigest, merkleRoot } from '../../dist/core/metainfo/merkle.js';
import { blockDigests } from '../../dist/core/metainfo/piece-proof.js';
import { Decoder } from '../../dist/core/wire/decoder.js';
import { Encoder } from '../../dist/core/wire/encoder.js';
import { SimContent } from '../../dist/lab/sim/sim-content.js';

const BLOCK = 16_384;
// Five pieces of four blocks, the last of two: 8 digests wide, 32 leaves.
const { metainfo, bytes: data } = new SimContent({
  length: 17 * BLOCK + 5,
  pieceLength: 4 * BLOCK,
  version: 'v2',
});
const { pieceLayers: _, ...bare } = metainfo;
const root = metainfo.files[0].piecesRoot;
const rows = treeOf(blockDigests(data, data.length, portableHash));

export function run(bytes) {
  return [talk(metainfo, bytes), talk(bare, bytes)].join('; ');
}

function talk(info, bytes) {
  const torrent = new Torrent(
    { source: { info }, peerId: new Uint8Array(20), client: 'fuzz' },
    {
      random: seededRandom(1),
      pool: { lend: length => new Uint8Array(length), giveBack() {} },
      hash: portableHash,
      parseInfo: () => info,
    },
  );
  if (torrent.phase === 'checking') torrent.dataChecked(Bitfield.full(info.layout.pieceCount), 1000);
  const address = { host: '10.0.0.1', port: 1 };
  const peerId = new Uint8Array(20).fill(1);
  torrent.peerConnected(
    1,
    { address, isIncoming: true, peerId, fast: true, extended: false, v2: true },
    1000,
  );
  const said = [];
  let closed = '';
  const drain = () => {
    for (let output = torrent.poll(1000); output !== undefined; output = torrent.poll(1000)) {
      if (output.type === 'send') said.push(...output.chunks);
      else if (output.type === 'close') closed = output.reason.code;
      else if (output.type === 'hash') torrent.blocksHashed(output.read, blocksOf(output.piece), 1000);
    }
  };
  torrent.receive(
    1,
    messages(encoder => encoder.haveAll()),
    1000,
  );
  drain();
  torrent.receive(1, bytes, 1000);
  drain();
  const answers = checked(Buffer.concat(said));
  if (closed === '') {
    const asked = messagesIn(bytes).filter(({ type }) => type === 'hash-request').length;
    assert.equal(answers.filter(type => type !== 'hash-request').length, asked);
  }
  return `${[...new Set(answers)].sort().join()} ${torrent.phase} ${closed}`;
}

/** The types of what the torrent said about hashes, each of which is right. */
function checked(bytes) {
  const types = [];
  for (const message of messagesIn(bytes)) {
    if (!message.type.startsWith('hash')) continue;
    types.push(message.type);
    if (message.type !== 'hashes') continue;
    const { baseLayer, index, length, hashes } = message;
    assert.deepEqual(Buffer.from(message.piecesRoot), Buffer.from(root));
    for (let i = 0; i * 32 < hashes.length; i++) {
      const level = i < length ? baseLayer : baseLayer + Math.log2(length) + i - length;
      const at = i < length ? index + i : Math.floor(index / 2 ** (level - baseLayer)) ^ 1;
      const right = rows[level][at];
      assert.deepEqual(Buffer.from(hashes.subarray(32 * i, 32 * i + 32)), Buffer.from(right));
    }
  }
  return types;
}

function messagesIn(bytes) {
  const decoder = new Decoder();
  decoder.push(bytes);
  const found = [];
  try {
    for (let message = decoder.next(); message !== undefined; message = decoder.next())
      found.push(structuredClone(message));
  } catch {
    // What came before it counts.
  }
  return found;
}

function blocksOf(piece) {
  const part = data.subarray(piece * 4 * BLOCK, (piece + 1) * 4 * BLOCK);
  return blockDigests(part, part.length, portableHash);
}

/** Every level from the leaves to the root, padded. */
function treeOf(leaves) {
  const levels = [Array.from({ length: 32 }, (_, i) => leaves.slice(32 * i, 32 * i + 32))];
  for (let i = 18; i < 32; i++) levels[0][i] = emptyDigest(0);
  while (levels.at(-1).length > 1) {
    const below = levels.at(-1);
    levels.push(
      Array.from({ length: below.length / 2 }, (_, i) =>
        merkleRoot(Buffer.concat([below[2 * i], below[2 * i + 1]])),
      ),
    );
  }
  assert.deepEqual(levels[5][0], root);
  return levels;
}

function range(baseLayer, index, length, proofLayers) {
  return { piecesRoot: root, baseLayer, index, length, proofLayers };
}

function messages(...fills) {
  const encoder = new Encoder();
  for (const fill of fills) fill(encoder);
  return new Uint8Array(Buffer.concat(encoder.take()));
}

const layer = Buffer.concat(rows[2]);

export const seeds = [
  messages(encoder => encoder.hashRequest(range(2, 0, 8, 2))),
  messages(
    encoder => encoder.hashRequest(range(2, 4, 2, 2)),
    encoder => encoder.hashRequest(range(0, 4, 4, 4)),
  ),
  messages(
    encoder => encoder.hashRequest(range(0, 16, 2, 4)),
    encoder => encoder.hashRequest(range(0, 0, 32, 0)),
  ),
  messages(encoder => encoder.hashRequest(range(2, 4, 1, 2))),
  messages(encoder => encoder.hashes(range(2, 0, 8, 2), layer)),
  messages(encoder => encoder.hashReject(range(2, 0, 8, 2))),
];

export const tokens = [
  messages(encoder => encoder.hashRequest(range(0, 8, 4, 1))),
  [...root],
  ...[0, 1, 2, 3, 4, 5, 8, 16, 32, 64, 512, 0x8000_0000, 0xffff_ffff].map(number => {
    const bytes = Buffer.alloc(4);
    bytes.writeUInt32BE(number);
    return bytes;
  }),
  [0, 0, 0, 49, 21],
  [0, 0, 0, 49, 23],
  [0, 0, 1, 0x31, 22],
];

// Within what one peer may ask for, so that each request is answered.
export const maxLength = 2000;

// Parsing a torrent of 1 MiB and taking its info hash, in a fresh process: first call and median of 50.
import './help.mjs';
import { randomBytes } from 'node:crypto';
import { toHex } from '../dist/core/bytes/hex.js';
import { buildInfo, buildMetainfo, parseMetainfo, rootOfPieceLayer } from '../dist/core/metainfo/index.js';
import { nodeHash } from '../dist/io/hash-functions.js';

const pieceLength = 262_144;
const v1 = torrent('v1', 52_000, 1);
const hybrid = torrent('hybrid', 20_000, 1);
const manyFiles = torrent('v1', 5_000, 16_000);
for (const [label, bytes] of [
  ['v1, one file', v1],
  ['hybrid, one file', hybrid],
  ['v1, 16,000 files', manyFiles],
]) {
  for (const [how, options] of [
    ['node:crypto', { hash: nodeHash }],
    ['plain JavaScript', {}],
  ]) {
    const times = [];
    for (let i = 0; i < 50; i++) {
      const start = performance.now();
      parseMetainfo(bytes, options);
      times.push(performance.now() - start);
    }
    const first = times[0];
    times.sort((a, b) => a - b);
    console.log(
      `${label}, ${(bytes.length / 1024).toFixed(0)} KiB, ${how}: first ${first.toFixed(1)} ms, median ${times[25].toFixed(1)} ms`,
    );
  }
}

function torrent(version, pieceCount, fileCount) {
  const length = pieceCount * pieceLength;
  const each = Math.floor(length / fileCount);
  const layer = new Uint8Array(randomBytes(pieceCount * 32));
  const piecesRoot = rootOfPieceLayer(layer, pieceLength);
  const files = Array.from({ length: fileCount }, (_, i) => ({
    path: fileCount === 1 ? [] : ['folder', `a-file-of-some-length-${i}`],
    length: i === fileCount - 1 ? length - each * (fileCount - 1) : each,
    ...(version === 'v1' ? {} : { piecesRoot }),
  }));
  const info = buildInfo({
    version,
    name: 'name',
    pieceLength,
    isFolder: fileCount > 1,
    files,
    pieces: new Uint8Array(randomBytes(pieceCount * 20)),
  });
  return buildMetainfo(info, version === 'v1' ? {} : { pieceLayers: new Map([[toHex(piecesRoot), layer]]) });
}

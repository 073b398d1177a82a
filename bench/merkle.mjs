// SHA-256 where it is small: merkle nodes of 64 bytes, leaves of 16 KiB; through node:crypto and in plain JavaScript.
import './help.mjs';
import { createHash, hash, randomBytes } from 'node:crypto';
import { hashPair } from '../dist/core/bytes/sha256.js';
import { hashPairs } from '../dist/core/bytes/sha256-lanes.js';

const pair = randomBytes(64);
const words = new Int32Array(32);
const many = new Int32Array(1024 * 16);
const block = randomBytes(16_384);
const cases = [
  ['node, crypto.hash', 300_000, () => hash('sha256', pair, 'buffer')],
  ['node, plain JavaScript', 300_000, () => hashPair(words, 0, 8)],
  ['1,024 nodes, four at a time', 300, () => hashPairs(many, 1024)],
  ['leaf, createHash', 30_000, () => createHash('sha256').update(block).digest()],
  ['leaf, crypto.hash to a Buffer', 30_000, () => hash('sha256', block, 'buffer')],
  ['leaf, crypto.hash to a string', 30_000, () => hash('sha256', block, 'binary')],
];
for (let round = 0; round < 2; round++) {
  for (const [label, count, run] of cases) {
    const start = performance.now();
    for (let i = 0; i < count; i++) run();
    if (round === 1) console.log(`${label}: ${(((performance.now() - start) * 1e3) / count).toFixed(2)} µs`);
  }
}

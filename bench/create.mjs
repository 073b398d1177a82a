// Making a torrent, beside mktorrent, libtorrent and transmission-create: 2 GiB in one file, and 5,000 files of 500 MiB.
// Whole processes, warm cache. ROUNDS in the environment sets how often (default 5).
import './help.mjs';
import { createHash } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { largeFile, manyFiles } from './sample-data.mjs';
import { has, sideBySide } from './side-by-side.mjs';

const here = fileURLToPath(new URL('.', import.meta.url));
const rounds = Number(process.env.ROUNDS ?? 5);
const out = `/tmp/swarmline-bench-${process.pid}.torrent`;
const before = `rm -f ${out}`;

const sha1 = hashRate('sha1');
const sha256 = hashRate('sha256');
console.log(
  `One core of this machine: SHA-1 ${sha1.toFixed(0)} MB/s, SHA-256 ${sha256.toFixed(0)} MB/s (node:crypto, 1 MiB).`,
);

for (const [title, { path, bytes }, log2] of [
  ['2 GiB in one file, 1 MiB pieces', largeFile(), 20],
  ['5,000 files, 500 MiB, 256 KiB pieces', manyFiles(), 18],
]) {
  const piece = 2 ** log2;
  const ours = version =>
    `node ${here}../bin/swarmline.js create ${path} --version ${version} -l ${piece} -o ${out}`;
  const libtorrent = version =>
    `/usr/bin/python3 ${here}make-torrent-libtorrent.py ${path} ${out} ${piece} ${version}`;
  const commands = [
    ...(has('mktorrent') ? [['mktorrent -t 2', `mktorrent -t 2 -l ${log2} -o ${out} ${path}`]] : []),
    ...(has('transmission-create')
      ? [['transmission-create', `transmission-create -s ${piece / 1024} -o ${out} ${path}`]]
      : []),
    ['swarmline v1', ours('v1')],
    ['swarmline v2', ours('v2')],
    ['swarmline hybrid', ours('hybrid')],
    ...['v1', 'v2', 'hybrid'].map(version => [`libtorrent ${version}`, libtorrent(version)]),
  ];
  const medians = sideBySide(title, commands, { bytes, rounds, before });
  const mbps = label => bytes / medians.get(label).wall / 1e6;
  const lines = [
    ['v1 ÷ mktorrent -t 2', mbps('swarmline v1') / mbps('mktorrent -t 2')],
    ['v1 ÷ (2 × one core’s SHA-1)', mbps('swarmline v1') / (2 * sha1)],
    ['v2 ÷ libtorrent v2', mbps('swarmline v2') / mbps('libtorrent v2')],
    ['hybrid ÷ libtorrent hybrid', mbps('swarmline hybrid') / mbps('libtorrent hybrid')],
    [
      'hybrid ÷ (2 cores’ SHA-1 and SHA-256 together)',
      mbps('swarmline hybrid') / (2 / (1 / sha1 + 1 / sha256)),
    ],
  ];
  console.log();
  for (const [label, ratio] of lines) console.log(`${label}: ${ratio.toFixed(2)}`);
}

function hashRate(algorithm) {
  const block = Buffer.alloc(1024 ** 2, 7);
  const rates = [];
  for (let round = 0; round < 5; round++) {
    const start = performance.now();
    for (let i = 0; i < 300; i++) createHash(algorithm).update(block).digest();
    rates.push((300 * block.length) / (performance.now() - start) / 1e3);
  }
  return rates.sort((a, b) => a - b)[2];
}

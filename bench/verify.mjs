// Checking 2 GiB of data against its torrent, beside libtorrent (two hashing threads) and aria2. Whole processes, warm cache.
import './help.mjs';
import { spawnSync } from 'node:child_process';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { largeFile } from './sample-data.mjs';
import { has, sideBySide } from './side-by-side.mjs';

const here = fileURLToPath(new URL('.', import.meta.url));
const rounds = Number(process.env.ROUNDS ?? 5);
const { path, bytes } = largeFile();
const folder = dirname(path);
for (const version of ['v1', 'v2', 'hybrid']) {
  const torrent = `/tmp/swarmline-bench-${process.pid}-${version}.torrent`;
  spawnSync('node', [
    `${here}../bin/swarmline.js`,
    'create',
    path,
    '--version',
    version,
    '-l',
    '1M',
    '-f',
    '-o',
    torrent,
  ]);
  const aria2 = `aria2c --no-conf --quiet --check-integrity=true --hash-check-only=true --seed-time=0 --enable-dht=false --bt-enable-lpd=false --interface=127.0.0.1 --dir=${folder} ${torrent}`;
  const commands = [
    ['libtorrent', `/usr/bin/python3 ${here}check-libtorrent.py ${torrent} ${folder}`],
    ...(has('aria2c') && version === 'v1' ? [['aria2', aria2]] : []),
    ['swarmline', `node ${here}../bin/swarmline.js verify ${torrent} --data ${folder}`],
  ];
  sideBySide(`Check of 2 GiB, ${version}, 1 MiB pieces`, commands, {
    bytes,
    rounds,
    before: `rm -f ${folder}/*.aria2`,
  });
}

// How exactly rate limits are kept, on real sockets, disks and clocks: `node bench/limits.mjs [--seconds N]`.
//
// One session with a limit exchanges with 1, 10 and 100 others in this process. Counted are the bytes of blocks that it moves
// in ten seconds, from the second one on, against the rate that was set; what belongs to no block (0.1 %) is not in it.
import './help.mjs';
import { randomFillSync } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { createTorrent, nodeHost, parseMetainfo, Session } from '../dist/index.js';

const { values } = parseArgs({ options: { seconds: { type: 'string', default: '10' } } });
const SECONDS = Number(values.seconds);
const folder = mkdtempSync(join(tmpdir(), 'swarmline-limits-'));
process.on('exit', () => rmSync(folder, { recursive: true, force: true }));

const rates = [100_000, 1_000_000, 10_000_000];
const size = 1.6 * SECONDS * Math.max(...rates);
mkdirSync(join(folder, 'whole'));
writeFileSync(join(folder, 'whole', 'noise'), randomFillSync(Buffer.alloc(size)));
const { bytes } = await createTorrent(join(folder, 'whole', 'noise'), {
  version: 'v1',
  pieceLength: 262_144,
});
const metainfo = parseMetainfo(bytes);

console.log(`kept, over ${SECONDS} s, of the rate that was set; CPU seconds of all sessions in this process`);
console.log('direction      rate   peers   kept      CPU');
for (const direction of ['upload', 'download']) {
  for (const rate of rates) {
    for (const count of [1, 10, 100]) {
      const { kept, cpu } = await run(direction, rate, count);
      console.log(
        `${direction.padEnd(9)} ${(rate / 1000).toFixed(0).padStart(7)} kB ${String(count).padStart(5)}   ${(100 * kept).toFixed(2).padStart(6)} %  ${cpu.toFixed(2)} s`,
      );
    }
  }
}

async function run(direction, rate, count) {
  const isSeed = direction === 'upload';
  const engine = { maxPeers: 200, choker: { slots: 200 } };
  const star = await start({ [`${direction}BytesPerSecond`]: rate, engine }, isSeed, 'star');
  const others = [];
  for (let i = 0; i < count; i++) others.push(await start({ engine }, !isSeed, `other-${i}`, star.host));
  for (const { torrent } of others) {
    torrent.peersFound([star.address], 'user');
    await after(2);
  }
  await after(1000);
  const begin = performance.now();
  const cpuBefore = process.cpuUsage();
  const before = moved();
  await after(SECONDS * 1000);
  const kept = (moved() - before) / ((rate * (performance.now() - begin)) / 1000);
  const { user, system } = process.cpuUsage(cpuBefore);
  for (const { session } of [star, ...others]) await session.close();
  await star.host.disk.close();
  for (const name of ['star', ...others.map((_, i) => `other-${i}`)])
    rmSync(join(folder, name), { recursive: true, force: true });
  return { kept, cpu: (user + system) / 1e6 };

  function moved() {
    const stats = star.torrent.stats();
    return isSeed ? stats.uploaded : stats.downloaded;
  }
}

async function start(options, isSeed, name, host = nodeHost()) {
  const session = new Session({ listen: { host: '127.0.0.1', port: 0 }, ...options }, host);
  const address = await session.listen();
  const torrent = session.add({
    info: metainfo,
    downloadDir: join(folder, isSeed ? 'whole' : name),
    isVerified: isSeed,
  });
  await new Promise(resolve => torrent.on('ready', resolve));
  return { host, session, torrent, address };
}

function after(ms) {
  return new Promise(resolve => setTimeout(resolve, ms));
}

// Other programs at our tracker over UDP: libtorrent seeds, aria2 and we ourselves find it there and download from it; all
// of them are counted. In batches and one by one. (Transmission is in transmission-udp.test.ts.)

import { basename, dirname, join } from 'node:path';
import { expect, onTestFinished } from 'vitest';
import { seededRandom } from '../../src/core/bytes/prng.ts';
import { sharedClock } from '../../src/io/clock.ts';
import { startUdpFront } from '../../src/node-tracker/udp-front.ts';
import { ConnectionIds } from '../../src/tracker/connection-ids.ts';
import { MemoryStore } from '../../src/tracker/stores/memory.ts';
import { Tracker, type TrackerAnnounce } from '../../src/tracker/tracker.ts';
import { interopTest, temporaryFolder } from './peers.ts';
import { SwarmlineProcess } from './swarmline-process.ts';
import { aria2, python, startAria2, startLibtorrent } from './transfer-peers.ts';
import { makeTree, plainTreeOf } from './trees.ts';

for (const inBatches of [true, false]) {
  const how = inBatches ? 'in batches' : 'one by one';
  interopTest(`libtorrent, aria2 and we meet at our tracker over UDP, ${how}`, [python, aria2], async () => {
    const tracker = await startTracker(inBatches);
    const root = makeTree(temporaryFolder(), { isPlain: true });
    const torrent = join(temporaryFolder(), 'made.torrent');
    const wish = ['create', root, '-o', torrent, '--version', 'v1', '--tracker', tracker.url];
    const made = new SwarmlineProcess(wish);
    expect(await made.ended(), made.transcript()).toBe(0);

    await startLibtorrent({ torrent, folder: dirname(root) }).said('complete');
    const seed = await tracker.announced(({ facts }) => facts.left === 0);
    // BEP 41: the path of the URL comes with the announce.
    expect(seed).toMatchObject({ url: '/announce' });

    const folder = temporaryFolder();
    // Its UDP trackers need its DHT, which knows nobody here.
    const dht = ['--enable-dht=true', `--dht-file-path=${join(temporaryFolder(), 'dht')}`];
    const peer = await startAria2([...dht, `--dir=${folder}`, '--seed-time=0', torrent]);
    expect(await peer.program.exited, peer.program.output()).toBe(0);
    expect(plainTreeOf(join(folder, basename(root)))).toEqual(plainTreeOf(root));
    await tracker.announced(({ facts }) => facts.port === peer.port && facts.event === 'stopped');

    const ours = new SwarmlineProcess(['get', torrent, '-o', temporaryFolder(), '--no-seed']);
    expect(await ours.ended(), ours.transcript()).toBe(0);
    await expect
      .poll(() => tracker.counts(seed.facts.infoHash), { timeout: 10_000 })
      .toMatchObject({ complete: 1, incomplete: 0 });
  });
}

/** Our tracker, and what it was asked. */
async function startTracker(inBatches: boolean) {
  const random = seededRandom(1);
  const store = new MemoryStore({ memoryBytes: 1024 * 1024 }, { random });
  const tracker = new Tracker({}, { store, random });
  const seen: TrackerAnnounce[] = [];
  let woken = () => {};
  const note = (asked: TrackerAnnounce) => {
    const { facts } = asked;
    seen.push({ ...asked, facts: { ...facts, infoHash: facts.infoHash.slice() }, ip: asked.ip.slice() });
  };
  // The store is in memory, and answers at once.
  const announceNow = tracker.announceNow.bind(tracker);
  tracker.announceNow = (asked, now) => {
    note(asked);
    const answer = announceNow(asked, now);
    woken();
    return answer;
  };
  const secret = seededRandom(2).fill(new Uint8Array(16));
  const connectionIds = new ConnectionIds({ secret }, { clock: sharedClock });
  const front = await startUdpFront(
    { host: '127.0.0.1', inBatches, readsUrl: true },
    { tracker, connectionIds, clock: sharedClock },
  );
  onTestFinished(() => front.close());
  return {
    url: `udp://127.0.0.1:${front.address.port}/announce`,
    announced: async (fits: (asked: TrackerAnnounce) => boolean): Promise<TrackerAnnounce> => {
      const signal = AbortSignal.timeout(25_000);
      for (;;) {
        const found = seen.find(fits);
        if (found !== undefined) return found;
        await new Promise<void>((resolve, reject) => {
          woken = resolve;
          signal.onabort = () => reject(new Error(`It was asked in vain for, by ${seen.length} announces.`));
        });
      }
    },
    counts: (infoHash: Uint8Array) =>
      new Promise(resolve => tracker.scrape([infoHash], sharedClock.now(), ([counts]) => resolve(counts))),
  };
}

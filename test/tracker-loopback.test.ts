// Our announcing client and our tracker, over real sockets on loopback: two peers of a hybrid find each other, one of
// them knowing only half of it, and are gone when they stop.

import { expect, onTestFinished, test } from 'vitest';
import { type Address, formatAddress } from '../src/core/bytes/compact-address.ts';
import { seededRandom } from '../src/core/bytes/prng.ts';
import { nodeClock } from '../src/io/clock.ts';
import { nodeHttpClient } from '../src/io/http-client.ts';
import { serveHttp } from '../src/io/http-server.ts';
import { Discovery } from '../src/session/discovery.ts';
import { TRACKER_DEFAULTS } from '../src/session/tracker-settings.ts';
import { Trackers } from '../src/session/trackers.ts';
import { handleTrackerRequest } from '../src/tracker/http.ts';
import { MemoryStore } from '../src/tracker/stores/memory.ts';
import { Tracker } from '../src/tracker/tracker.ts';

const infoHashV1 = new Uint8Array(20).fill(1);
const infoHashV2 = new Uint8Array(32).fill(2);
const http = nodeHttpClient();

test('two peers find each other by a tracker, and leave it', async () => {
  const random = seededRandom(1);
  const store = new MemoryStore({}, { random });
  const tracker = new Tracker({ open: false }, { store, random });
  tracker.register({ infoHashV1, infoHashV2 });
  const server = await serveHttp({
    handle: (request, respond) => handleTrackerRequest(tracker, request, nodeClock.now(), respond),
  });
  onTestFinished(() => server.close());
  const url = `http://127.0.0.1:${server.address.port}/announce`;

  const seed = peer(url, [infoHashV1, infoHashV2.subarray(0, 20)], 1_001, 0);
  seed.discovery.start();
  await seed.settled;
  expect(store.peerCount).toBe(1);
  expect(seed.discovery.status()).toMatchObject([
    { state: 'working', seeds: 1, leechers: 0, error: undefined },
  ]);

  const leecher = peer(url, [infoHashV2.subarray(0, 20)], 1_002, 500);
  leecher.discovery.start();
  await leecher.settled;
  expect(leecher.found).toEqual(['127.0.0.1:1001']);
  expect(leecher.discovery.status()).toMatchObject([{ state: 'working', seeds: 1, leechers: 1 }]);

  await Promise.all([seed.discovery.stop(), leecher.discovery.stop()]);
  expect(store.peerCount).toBe(0);
});

test('a tracker that does not serve the torrent is shown with its reason', async () => {
  const random = seededRandom(1);
  const tracker = new Tracker({ open: false }, { store: new MemoryStore({}, { random }), random });
  const server = await serveHttp({
    host: '127.0.0.1',
    handle: (request, respond) => handleTrackerRequest(tracker, request, nodeClock.now(), respond),
  });
  onTestFinished(() => server.close());
  const { discovery, settled } = peer(
    `http://localhost:${server.address.port}/announce`,
    [infoHashV1],
    1_001,
    0,
  );
  discovery.start();
  await settled;
  expect(discovery.status()).toMatchObject([
    { state: 'failed', error: 'The tracker refuses: This tracker does not serve this torrent.' },
  ]);
  await discovery.stop();
});

/** A peer's discovery, what it has found, and the moment when no announce of its first round is under way. */
function peer(url: string, infoHashes: readonly Uint8Array[], port: number, left: number) {
  const found: string[] = [];
  let settle = () => {};
  const settled = new Promise<void>(resolve => {
    settle = resolve;
  });
  const trackers = new Trackers(TRACKER_DEFAULTS, {
    host: { clock: nodeClock, http, random: seededRandom(port) },
    peerId: new Uint8Array(20).fill(port),
    userAgent: 'tester',
    listen: { host: '127.0.0.1', port },
  });
  trackers.open(port);
  const discovery: Discovery = new Discovery(
    { trackers: [[url]], infoHashes },
    {
      trackers,
      facts: () => ({ left, uploaded: 0, downloaded: 0, isComplete: left === 0 }),
      peersFound: (addresses: readonly Address[]) => found.push(...addresses.map(formatAddress)),
      changed: () => {
        if (discovery.status().every(({ state }) => state === 'working' || state === 'failed')) settle();
      },
    },
  );
  return { discovery, found, settled };
}

// One address that asks a thousand times a second, each time as another peer, beside a thousand honest clients, in virtual
// time: those are all answered, and the swarm is theirs. What that costs in time is `bench/tracker-attack.mjs`.

import { expect, test } from 'vitest';
import { seededRandom } from '../core/bytes/prng.ts';
import { handleTrackerRequest } from './http.ts';
import { MemoryStore } from './stores/memory.ts';
import { Tracker } from './tracker.ts';

test('a flood from one address is refused, and takes nothing from the others', () => {
  const random = seededRandom(1);
  const store = new MemoryStore({}, { random });
  const options = { rateLimits: { requestsPerSecond: 50, burst: 1_000 }, maxPeersPerAddress: 32 };
  const tracker = new Tracker(options, { store, random });
  const ask = (remoteHost: string, peer: number, port: number, now: number): string => {
    let text = '';
    const query = `info_hash=${'t'.repeat(20)}&peer_id=${`${peer}`.padStart(20, 'x')}&port=${port}&left=1`;
    handleTrackerRequest(tracker, { path: '/announce', query, remoteHost }, now, ({ body }) => {
      text = new TextDecoder('latin1').decode(body);
    });
    return text;
  };
  let admitted = 0;
  let honestRefused = 0;
  for (let ms = 0; ms < 60_000; ms++) {
    if (!ask('203.0.113.66', ms, 1_025 + (ms % 60_000), ms).includes('asks too often')) admitted++;
    // A thousand clients, each once a second for a minute: far more often than they should.
    const client = ms % 1_000;
    if (ask(`10.${client >> 8}.${client & 255}.1`, client, 6_881, ms).includes('failure reason'))
      honestRefused++;
  }
  expect(honestRefused).toBe(0);
  // What it saved up, and fifty a second.
  expect(admitted).toBeLessThanOrEqual(1_000 + 60 * 50);
  expect(store.peerCount).toBeLessThan(1_000 + 4_000 * 0.5);
  // Its neighbour, with an address of the same /24, is no worse off.
  expect(ask('203.0.113.67', 1, 6_881, 60_000)).toContain('8:complete');
});

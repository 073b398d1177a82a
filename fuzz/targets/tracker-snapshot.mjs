// A snapshot of a tracker's swarms, as it lies on disk; its tag is put right, so that what is behind that gets through. Only a
// refusal with its sentence may come out, and then nothing is entered; what is entered gives a snapshot that says the same.

import assert from 'node:assert/strict';
import { seededRandom } from '../../dist/core/bytes/prng.js';
import { sipHash, sipKey } from '../../dist/core/bytes/siphash.js';
import { SwarmlineError } from '../../dist/core/errors.js';
import { MemoryStore } from '../../dist/tracker/stores/memory.js';
import { restoreSnapshot, takeSnapshot } from '../../dist/tracker/stores/snapshot.js';

const TIME = { now: 0, wallTime: 0 };

export function run(bytes) {
  return [bytes, tagged(bytes)].map(outcomeOf).join('; ');
}

function outcomeOf(bytes) {
  const store = newStore();
  try {
    const entered = restoreSnapshot(bytes, store, TIME);
    assert.equal(entered, store.peerCount);
    const again = newStore();
    restoreSnapshot(takeSnapshot(store, TIME), again, TIME);
    assert.equal(again.peerCount, store.peerCount);
    return `${Math.min(4, store.swarmCount)} swarms, ${Math.min(6, entered)} peers`;
  } catch (error) {
    if (!(error instanceof SwarmlineError)) throw error;
    assert.equal(error.code, 'SNAPSHOT_INVALID');
    assert.equal(store.swarmCount, 0);
    return error.message;
  }
}

function newStore() {
  return new MemoryStore({ memoryBytes: 65_536, maxSwarms: 64 }, { random: seededRandom(1) });
}

function tagged(bytes) {
  const tag = new Int32Array(2);
  sipHash(sipKey(new Uint8Array(16)), bytes, tag);
  const whole = new Uint8Array(bytes.length + 8);
  whole.set(bytes);
  new DataView(whole.buffer).setInt32(bytes.length, tag[0]);
  new DataView(whole.buffer).setInt32(bytes.length + 4, tag[1]);
  return whole;
}

function filled(swarms, peers) {
  const store = newStore();
  for (let swarm = 1; swarm <= swarms; swarm++)
    for (let n = 1; n <= peers; n++)
      for (const width of [4, 16]) {
        const role = n % 3 === 0 ? 'seed' : 'leecher';
        const infoHash = new Uint8Array(20).fill(swarm);
        const announce = {
          infoHash,
          ip: new Uint8Array(width).fill(n),
          port: n,
          role,
          completed: false,
          want4: 0,
          want6: 0,
        };
        store.announce(announce, 0, () => {});
      }
  return takeSnapshot(store, TIME);
}

const whole = [filled(0, 0), filled(1, 1), filled(3, 4)];
export const seeds = [...whole, ...whole.map(bytes => bytes.subarray(0, -8))].map(bytes => bytes.slice());
export const tokens = [
  'SWTRACK1',
  '\0\0\0\x01',
  '\0\0\0\x04',
  '\xff\xff\xff\xff',
  '\0\0\0\0',
  '\x7f\xf0\0\0\0\0\0\0',
];

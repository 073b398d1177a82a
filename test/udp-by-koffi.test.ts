// Batches by koffi, which stands in where the native module is not for the processor: held to what every front must do.

import { vi } from 'vitest';
import { seededRandom } from '../src/core/bytes/prng.ts';
import { nodeClock } from '../src/io/clock.ts';
import { nativeSocketCalls } from '../src/io/native-sockets.ts';
import { startUdpFront } from '../src/node-tracker/udp-front.ts';
import { ConnectionIds } from '../src/tracker/connection-ids.ts';
import { MemoryStore } from '../src/tracker/stores/memory.ts';
import { Tracker } from '../src/tracker/tracker.ts';
import { describeUdpFront } from './compliance/udp-front.ts';

// Before anything is imported.
vi.hoisted(() => vi.stubEnv('SWARMLINE_NATIVE', '0'));

describeUdpFront('one socket in batches by koffi', async () => {
  const random = seededRandom(1);
  const store = new MemoryStore({ memoryBytes: 4 * 1024 * 1024 }, { random });
  const connectionIds = new ConnectionIds({ secret: new Uint8Array(16).fill(1) }, { clock: nodeClock });
  const tracker = new Tracker({}, { store, random });
  const front = await startUdpFront({}, { tracker, connectionIds, clock: nodeClock });
  if (nativeSocketCalls() !== undefined || front.way !== 'UDP in batches')
    throw new Error(`This is not by koffi: ${front.way}.`);
  return front;
});

// The tracker over UDP on real sockets: the front of node:dgram, held to what every front must do; and our own session's
// client, which finds peers by it.

import { seededRandom } from '../src/core/bytes/prng.ts';
import { nodeClock } from '../src/io/clock.ts';
import { serveDatagrams } from '../src/io/udp-server.ts';
import { ConnectionIds } from '../src/tracker/connection-ids.ts';
import { MemoryStore } from '../src/tracker/stores/memory.ts';
import { Tracker } from '../src/tracker/tracker.ts';
import { UdpTracker } from '../src/tracker/udp.ts';
import { describeUdpFront } from './compliance/udp-front.ts';

for (const inBatches of [false, true]) {
  describeUdpFront(inBatches ? 'the front in batches' : 'node:dgram', async () => {
    const random = seededRandom(1);
    const tracker = new Tracker({}, { store: new MemoryStore({}, { random }), random });
    const connectionIds = new ConnectionIds({ secret: new Uint8Array(16).fill(1) }, { clock: nodeClock });
    const { handle } = new UdpTracker({}, { tracker, connectionIds });
    const options = { inBatches };
    const ipv4 = await serveDatagrams({ host: '127.0.0.1', port: 0 }, handle, nodeClock, options);
    const ipv6 = await serveDatagrams({ host: '::1', port: ipv4.address.port }, handle, nodeClock, options);
    return {
      port: ipv4.address.port,
      close: async () => {
        await ipv4.close();
        await ipv6.close();
      },
    };
  });
}

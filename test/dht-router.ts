// For tests: a node of the DHT that has no torrents, on loopback: where everybody begins.

import { onTestFinished } from 'vitest';
import { nodeHost } from '../src/io/node-host.ts';
import { Session } from '../src/session/session.ts';

/** Its address, as `--dht-router` has it. It ends with the test. */
export async function dhtRouter(): Promise<string> {
  const host = nodeHost();
  const session = new Session({ listen: { host: '127.0.0.1', port: 0 }, dht: {} }, host);
  onTestFinished(async () => {
    await session.close();
    await host.disk.close();
  });
  const { port } = (await session.listen())!;
  return `127.0.0.1:${port}`;
}

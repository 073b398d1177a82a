// Two whole trackers over one Redis, as clients see them: over HTTP and UDP, whichever of them is asked.

import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { expect, onTestFinished } from 'vitest';
import { type RunningTracker, startTracker } from '../../src/tracker.ts';
import { interopTest } from './peers.ts';
import { askRedis, redisServer, startRedis } from './redis-servers.ts';
import { SwarmlineProcess } from './swarmline-process.ts';

interopTest(
  'whichever tracker is asked, over HTTP or UDP, knows the peers of both',
  [redisServer],
  async () => {
    const { url } = await startRedis();
    const [here, there] = [await tracker(url), await tracker(url)];
    expect(await byHttp(here, 1001)).toContain('10:incompletei1e');
    const answer = await byHttp(there, 1002);
    expect(answer).toContain('10:incompletei2e');
    expect(answer).toContain(compact(1001));
    // A connection id that one of them gave is good at the other: clients may be sent to either.
    const id = await connect(here);
    const udp = await byUdp(there, id, 1003);
    expect(udp.readUInt32BE(0)).toBe(1);
    expect(udp.readUInt32BE(12)).toBe(3);
    expect(udp.toString('latin1')).toContain(compact(1001));
    expect(here.storeHealth()).toMatchObject({ state: 'up', answeredAlone: 0 });
  },
);

interopTest('a tracker whose Redis dies answers on, and says how it is', [redisServer], async () => {
  const redis = await startRedis();
  const here = await tracker(redis.url);
  await byHttp(here, 1001);
  await redis.kill();
  expect(await byHttp(here, 1002)).toContain(compact(1001));
  const { state, fault } = here.storeHealth()!;
  expect([state, fault?.message]).toEqual(['down', expect.stringMatching(/^The tracker’s store at 127/)]);
  const get = async (path: string) => (await fetch(`http://127.0.0.1:${here.address.port}${path}`)).text();
  expect(await get('/health')).toBe(
    'The tracker runs. The store of swarms cannot be reached: it answers from what it has itself.\n',
  );
  // For ten seconds nobody is sent elsewhere.
  expect(await get('/ready')).toBe('The tracker is ready.\n');
  const udp = await byUdp(here, await connect(here), 1003);
  expect(udp.readUInt32BE(12)).toBe(3);
  const metrics = await get('/metrics');
  expect(metrics).toMatch(/errors_total\{protocol="http",code="store_down"\} 1\n/);
  expect(metrics).toMatch(/errors_total\{protocol="udp",code="store_down"\} 1\n/);
  expect(metrics).toContain('swarmline_tracker_store_up{store="redis"} 0\n');
});

interopTest('the command as it is installed', [redisServer], async () => {
  const { url, port } = await startRedis();
  const process = new SwarmlineProcess(['tracker', '--host', '127.0.0.1', '--port', '0', '--store', url]);
  const [, address] = await process.said(/http:\/\/127\.0\.0\.1:(\d+)\/announce/);
  expect(await byHttp({ address: { port: Number(address) } }, 1001)).toContain('10:incompletei1e');
  expect(await askRedis(port, 'KEYS', '*')).toContain(`swarmline:{${'68'.repeat(20)}}:l4:`);
  process.signal('SIGTERM');
  expect(await process.exited).toBe(0);
});

interopTest('a store that cannot be is said at the start', [redisServer], async () => {
  await expect(startTracker({ store: 'mysql://localhost' })).rejects.toMatchObject({
    code: 'STORE_URL_INVALID',
  });
});

async function tracker(store: string): Promise<RunningTracker> {
  const started = await startTracker({ host: '127.0.0.1', store, memoryBytes: 4 * 1024 * 1024, watchMs: 0 });
  onTestFinished(() => started.close());
  return started;
}

async function byHttp(
  { address }: { readonly address: { readonly port: number } },
  port: number,
): Promise<string> {
  const query = `info_hash=${'h'.repeat(20)}&peer_id=${'p'.repeat(20)}&port=${port}&left=1&compact=1`;
  const response = await fetch(`http://127.0.0.1:${address.port}/announce?${query}`);
  return Buffer.from(await response.arrayBuffer()).toString('latin1');
}

async function connect(running: RunningTracker): Promise<Buffer> {
  const request = Buffer.from('00000417271019800000000000000007', 'hex');
  return (await exchange(running, request)).subarray(8, 16);
}

/** BEP 15, "announce request". */
function byUdp(running: RunningTracker, id: Buffer, port: number): Promise<Buffer> {
  const request = Buffer.alloc(98);
  id.copy(request);
  request.writeUInt32BE(1, 8);
  request.fill('h', 16, 36);
  request.writeUInt32BE(1, 68);
  request.writeInt32BE(-1, 92);
  request.writeUInt16BE(port, 96);
  return exchange(running, request);
}

async function exchange({ address }: RunningTracker, request: Buffer): Promise<Buffer> {
  const socket = createSocket('udp4');
  try {
    socket.send(request, address.port, '127.0.0.1');
    const [answer] = (await once(socket, 'message')) as [Buffer];
    return answer;
  } finally {
    socket.close();
  }
}

function compact(port: number): string {
  return String.fromCharCode(127, 0, 0, 1, port >>> 8, port & 0xff);
}

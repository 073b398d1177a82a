// Streams of the simulator keep the promises of host/stream.

import { describe, expect, it } from 'vitest';
import { concatBytes, equalBytes } from '../../core/bytes/bytes.ts';
import { addressBytes } from '../../core/bytes/compact-address.ts';
import type { Stream } from '../../host/stream.ts';
import type { SimHost, SimHostOptions } from './sim-host.ts';
import { World } from './world.ts';

async function joined(a: SimHostOptions, b: SimHostOptions) {
  const world = new World({ seed: 1 });
  const [dialler, listener] = [world.addHost(a), world.addHost(b)];
  let there!: Stream;
  await listener.streams.listen({ host: '::', port: 80 }, stream => {
    there = stream;
  });
  const here = await dial(world, dialler, listener, 80);
  if (here instanceof Error) throw here;
  return { world, dialler, listener, here, there };
}

async function dial(world: World, from: SimHost, to: SimHost, port: number): Promise<Stream | Error> {
  let result: Stream | Error | undefined;
  from.streams.dial({ host: to.address, port }, 10_000, settled => {
    result = settled;
  });
  await world.run(() => result !== undefined, 60_000);
  return result!;
}

describe('a stream', () => {
  it('brings all bytes in order, cut anyhow', async () => {
    const { world, here, there } = await joined({ upBytesPerSecond: 100_000 }, {});
    const sent = world.random.fill(new Uint8Array(100_000));
    const got: Uint8Array[] = [];
    let length = 0;
    there.onBytes = bytes => {
      got.push(bytes.slice());
      length += bytes.length;
    };
    for (let at = 0; at < sent.length; at += 2501)
      here.write([sent.subarray(at, at + 1), sent.subarray(at + 1, at + 2501)]);
    await world.run(() => length === sent.length, 4000);
    expect(equalBytes(concatBytes(got), sent)).toBe(true);
  });

  it('takes latency and the slower of the two lines', async () => {
    const { world, here, there } = await joined(
      { upBytesPerSecond: 1_000_000, latencyMs: 30 },
      { downBytesPerSecond: 50_000, latencyMs: 20 },
    );
    const start = world.now;
    let length = 0;
    there.onBytes = bytes => {
      length += bytes.length;
    };
    here.write([new Uint8Array(100_000)]);
    await world.run(() => length === 100_000, 10_000);
    expect(world.now - start).toBeGreaterThan(2050);
    expect(world.now - start).toBeLessThan(2100);
  });

  it('says when to wait, and when to go on', async () => {
    const { world, here, there } = await joined({ upBytesPerSecond: 100_000, sendBuffer: 50_000 }, {});
    there.onBytes = () => {};
    let drained = 0;
    here.onDrained = () => void drained++;
    expect(here.write([new Uint8Array(40_000)])).toBe(true);
    expect(here.write([new Uint8Array(40_000)])).toBe(false);
    expect(here.pending).toBe(30_000);
    await world.pass(200);
    expect([drained, here.pending > 0]).toEqual([0, true]);
    await world.pass(400);
    expect([drained, here.pending]).toEqual([1, 0]);
  });

  it('that is paused stops its sender, and loses nothing', async () => {
    const { world, here, there } = await joined({}, { window: 100_000 });
    let length = 0;
    there.onBytes = bytes => {
      length += bytes.length;
    };
    there.pause();
    expect(here.write([new Uint8Array(1_000_000)])).toBe(false);
    await world.pass(10_000);
    expect(length).toBe(0);
    expect(here.pending).toBeGreaterThan(800_000);
    there.resume();
    await world.run(() => length === 1_000_000, 10_000);
    expect(here.pending).toBe(0);
  });

  it('brings what was under way before it ends, once, at both ends', async () => {
    const { world, here, there } = await joined({ upBytesPerSecond: 1_000_000 }, {});
    const heard: string[] = [];
    there.onBytes = bytes => heard.push(String(bytes.length));
    there.onClosed = fault => heard.push(fault?.message ?? 'end');
    here.onClosed = () => heard.push('closed');
    here.write([new Uint8Array(10)]);
    here.close();
    here.close();
    expect(here.remote).toBeUndefined();
    await world.pass(1000);
    expect(heard).toEqual(['closed', '10', 'end']);
    expect(there.write([new Uint8Array(1)])).toBe(true);
  });

  it('that is reset tells both ends of a fault', async () => {
    const { world, here, there } = await joined({}, {});
    const faults: unknown[] = [];
    here.onClosed = fault => faults.push(fault);
    there.onClosed = fault => faults.push(fault);
    expect(world.network.reset(() => true)).toBe(1);
    await world.pass(1000);
    expect(faults.map(String)).toEqual([RESET, RESET]);
    expect(world.network.reset(() => true)).toBe(0);
  });

  it('of a machine that is unplugged says nothing', async () => {
    const { world, dialler, listener, here, there } = await joined({}, {});
    let calls = 0;
    here.onClosed = there.onClosed = there.onBytes = () => void calls++;
    world.network.unplug(listener);
    here.write([new Uint8Array(10)]);
    await world.pass(100_000);
    expect(calls).toBe(0);
    expect(String(await dial(world, dialler, listener, 80))).toContain('does not answer');
  });
});

describe('a dial', () => {
  it('is refused where nobody listens, after a round trip', async () => {
    const { world, dialler, listener } = await joined({}, {});
    const start = world.now;
    expect(String(await dial(world, dialler, listener, 81))).toContain('refused');
    expect(world.now - start).toBe(40);
  });

  it('to a machine behind NAT times out, and from it does not', async () => {
    const { world, dialler, listener } = await joined({ isReachable: false }, {});
    const start = world.now;
    await dialler.streams.listen({ host: '::', port: 80 }, () => {});
    expect(String(await dial(world, listener, dialler, 80))).toContain('does not answer');
    expect(world.now - start).toBe(10_000);
    expect(await dial(world, dialler, listener, 80)).not.toBeInstanceOf(Error);
  });

  it('that is given up says nothing', async () => {
    const { world, dialler, listener } = await joined({}, {});
    let calls = 0;
    dialler.streams.dial({ host: listener.address, port: 80 }, 1000, () => void calls++)();
    await world.pass(20_000);
    expect(calls).toBe(0);
  });

  it('finds no second listener at a port', async () => {
    const { listener } = await joined({}, {});
    await expect(listener.streams.listen({ host: '::', port: 80 }, () => {})).rejects.toMatchObject({
      code: 'LISTEN_FAILED',
    });
    const other = await listener.streams.listen({ host: '::', port: 0 }, () => {});
    expect(other.address.port).toBeGreaterThan(1024);
  });
});

const RESET = 'Error: The connection was reset.';

it('gives each of thousands of machines an address that there can be, and its own', () => {
  const world = new World({ seed: 1 });
  const addresses = Array.from({ length: 1000 }, () => world.addHost().address);
  expect(new Set(addresses).size).toBe(1000);
  for (const address of addresses) expect(addressBytes(address), address).toBeDefined();
});

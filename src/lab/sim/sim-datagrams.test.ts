// Datagrams of the simulator: what of host/datagram they keep, and what a network may do to them.

import { describe, expect, it } from 'vitest';
import type { DatagramSocket } from '../../host/datagram.ts';
import type { SimHostOptions } from './sim-host.ts';
import { World } from './world.ts';

async function pair(a: SimHostOptions = {}, b: SimHostOptions = {}) {
  const world = new World({ seed: 1 });
  const hosts = [world.addHost(a), world.addHost(b)] as const;
  const sockets = await Promise.all(hosts.map(host => host.datagrams.bind({ host: '0.0.0.0', port: 6881 })));
  const [here, there] = sockets as [DatagramSocket, DatagramSocket];
  const got: number[] = [];
  there.onDatagram = bytes => got.push(bytes[0]!);
  const send = (count: number, length = 100) => {
    for (let i = 0; i < count; i++) here.send(new Uint8Array(length).fill(i), there.address.host, 6881);
  };
  return { world, hosts, here, there, got, send };
}

describe('a datagram of the simulator', () => {
  it('arrives after the latency of both ends, with whom it is from', async () => {
    const { world, here, there } = await pair({ latencyMs: 30 }, { latencyMs: 20 });
    let at: [number, string, number] | undefined;
    there.onDatagram = (_, host, port) => {
      at = [world.now, host, port];
    };
    here.send(Uint8Array.of(1), there.address.host, 6881);
    await world.pass(1000);
    expect(at).toEqual([50, here.address.host, 6881]);
  });

  it('takes its turn on the line', async () => {
    const { world, there, send } = await pair({ upBytesPerSecond: 10_000 });
    const times: number[] = [];
    there.onDatagram = () => times.push(world.now);
    send(10, 1000);
    await world.pass(2000);
    expect(times).toHaveLength(10);
    expect(times[9]! - times[0]!).toBeCloseTo(900, 5);
  });

  it('is lost where too much waits, and where it is too long', async () => {
    const { world, got, send } = await pair({
      upBytesPerSecond: 10_000,
      datagrams: { queueBytes: 3000 },
    });
    send(10, 1000);
    await world.pass(2000);
    expect(got).toEqual([0, 1, 2]);
    send(1, 1473);
    await world.pass(2000);
    expect(got).toHaveLength(3);
  });

  it('is lost, comes twice and out of order as often as the weather says', async () => {
    const { world, got, send } = await pair(
      {},
      {
        datagrams: { lossPerMille: 200, repeatsPerMille: 100, jitterMs: 50 },
      },
    );
    send(200);
    await world.pass(1000);
    const different = new Set(got).size;
    expect(different).toBeGreaterThan(130);
    expect(different).toBeLessThan(185);
    expect(got.length).toBeGreaterThan(different);
    expect(got).not.toEqual([...got].sort((a, b) => a - b));
  });

  it('comes to a machine behind NAT from those alone that it has sent to', async () => {
    const { world, here, there, got, send } = await pair({}, { isReachable: false });
    send(1);
    await world.pass(100);
    expect(got).toEqual([]);
    there.send(Uint8Array.of(9), here.address.host, 6881);
    await world.pass(100);
    send(1);
    await world.pass(100);
    expect(got).toEqual([0]);
    await world.pass(120_000);
    send(1);
    await world.pass(100);
    expect(got).toEqual([0]);
  });

  it('finds nobody at a port that is closed, or a machine that is gone', async () => {
    const { world, hosts, there, got, send } = await pair();
    await expect(hosts[1].datagrams.bind({ host: '0.0.0.0', port: 6881 })).rejects.toThrow('another program');
    await expect(hosts[1].datagrams.bind({ host: '::', port: 1 })).rejects.toThrow('no such address');
    there.close();
    send(1);
    await world.pass(100);
    expect(got).toEqual([]);
    const again = await hosts[1].datagrams.bind({ host: '0.0.0.0', port: 6881 });
    again.onDatagram = bytes => got.push(bytes[0]!);
    send(2);
    await world.pass(100);
    expect(got).toEqual([0, 1]);
    world.network.unplug(hosts[1]);
    send(1);
    await world.pass(100);
    expect(got).toHaveLength(2);
  });
});

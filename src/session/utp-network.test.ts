// uTP streams between two machines of the simulator: what of host/stream they keep, whatever the network does.

import { describe, expect, it } from 'vitest';
import { concatBytes, equalBytes } from '../core/bytes/bytes.ts';
import type { Stream } from '../host/stream.ts';
import type { SimHost, SimHostOptions } from '../lab/sim/sim-host.ts';
import { World } from '../lab/sim/world.ts';
import { Schedule } from './schedule.ts';
import { UdpDemux } from './udp-demux.ts';
import { UtpNetwork, utpOptions } from './utp-network.ts';

async function networkOf(host: SimHost, onStream: (stream: Stream) => void = () => {}) {
  const { clock, random } = host;
  const demux = new UdpDemux(host.datagrams);
  const deps = { clock, random, demux, schedule: new Schedule(clock), onStream };
  const utp = new UtpNetwork(utpOptions({}), deps);
  await demux.open([{ host: '0.0.0.0', port: PORT }]);
  return utp;
}

async function joined(a: SimHostOptions = {}, b: SimHostOptions = {}) {
  const world = new World({ seed: 1 });
  const hosts = [world.addHost(a), world.addHost(b)] as const;
  let there: Stream | undefined;
  const dialler = await networkOf(hosts[0]);
  const listener = await networkOf(hosts[1], stream => {
    there = stream;
  });
  let here: Stream | Error | undefined;
  dialler.dial({ host: hosts[1].address, port: PORT }, 10_000, result => {
    here = result;
    // Who dials speaks first: before that there is nobody for the other end.
    if (!(result instanceof Error)) result.write([Uint8Array.of(7)]);
  });
  await world.run(() => there !== undefined, 20_000);
  return { world, hosts, dialler, listener, here: here as Stream, there: there! };
}

describe('a stream by uTP', () => {
  it('brings equal data through loss, repeats and another order', async () => {
    const datagrams = { lossPerMille: 50, repeatsPerMille: 50, jitterMs: 20 };
    const options = { upBytesPerSecond: 2_000_000, latencyMs: 10, datagrams };
    const { world, here, there } = await joined(options, options);
    const sent = world.random.fill(new Uint8Array(1_000_000));
    const got: Uint8Array[] = [];
    let length = 0;
    there.onBytes = bytes => {
      got.push(bytes.slice());
      length += bytes.length;
    };
    let at = 0;
    const more = () => {
      while (at < sent.length) {
        const chunk = sent.slice(at, at + 30_000);
        at += chunk.length;
        if (!here.write([chunk.subarray(0, 13), chunk.subarray(13)])) return;
      }
    };
    here.onDrained = more;
    more();
    await world.run(() => length === sent.length, 120_000);
    expect(equalBytes(concatBytes(got), sent)).toBe(true);
  });

  it('that is paused stops its sender, and loses nothing', async () => {
    const { world, here, there } = await joined();
    let length = 0;
    there.onBytes = bytes => {
      length += bytes.length;
    };
    there.pause();
    expect(here.write([new Uint8Array(20_000_000)])).toBe(false);
    await world.pass(100_000);
    expect(length).toBe(0);
    expect(here.pending).toBeGreaterThan(11_000_000);
    there.resume();
    await world.run(() => length === 20_000_000, 60_000);
    expect(here.pending).toBe(0);
  });

  it('says when to go on', async () => {
    const { world, here } = await joined();
    let drained = 0;
    here.onDrained = () => drained++;
    expect(here.write([new Uint8Array(10)])).toBe(true);
    expect(here.write([new Uint8Array(5_000_000)])).toBe(false);
    expect(drained).toBe(0);
    await world.run(() => drained === 1, 60_000);
    expect(here.pending).toBe(0);
  });

  it('brings what was written before it ends, once, at both ends', async () => {
    const { world, here, there, dialler, listener } = await joined();
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
    expect([dialler.count, listener.count]).toEqual([0, 0]);
  });

  it('whose other end hears nothing any more ends with a fault, within a minute or two', async () => {
    const { world, hosts, here } = await joined();
    let fault: Error | undefined;
    here.onClosed = reason => {
      fault = reason;
    };
    world.network.unplug(hosts[1]);
    here.write([new Uint8Array(10)]);
    await world.run(() => fault !== undefined, 130_000);
    expect(fault).toMatchObject({ code: 'UTP_TIMEOUT' });
  });

  it('is told at the close of all that its last words have arrived', async () => {
    const { world, here, there, dialler } = await joined();
    let length = 0;
    there.onBytes = bytes => {
      length += bytes.length;
    };
    here.write([new Uint8Array(60_000)]);
    await world.settle(dialler.close());
    expect([length, dialler.count]).toEqual([60_000, 0]);
  });
});

describe('a dial by uTP', () => {
  it('of nobody fails when three SYNs are not answered', async () => {
    const world = new World({ seed: 1 });
    const utp = await networkOf(world.addHost());
    let result: Stream | Error | undefined;
    utp.dial({ host: world.addHost().address, port: PORT }, 60_000, settled => {
      result = settled;
    });
    await world.run(() => result !== undefined, 20_000);
    expect(result).toMatchObject({ code: 'UTP_TIMEOUT' });
    expect(world.now).toBe(7000);
    expect(utp.count).toBe(0);
  });

  it('that is given up says nothing, and nobody there hears of it', async () => {
    const world = new World({ seed: 1 });
    const [a, b] = [world.addHost(), world.addHost()];
    let calls = 0;
    const utp = await networkOf(a);
    await networkOf(b, () => calls++);
    const giveUp = utp.dial({ host: b.address, port: PORT }, 1000, () => calls++);
    await world.pass(15);
    giveUp();
    await world.pass(20_000);
    expect([calls, utp.count]).toEqual([0, 0]);
  });

  it('of a family that there is no socket for fails', async () => {
    const world = new World({ seed: 1 });
    const utp = await networkOf(world.addHost());
    let result: unknown;
    utp.dial({ host: '2001:db8::1', port: PORT }, 1000, settled => {
      result = settled;
    });
    expect(result).toBe(undefined);
    await world.pass(10);
    expect(result).toMatchObject({ code: 'UTP_UNAVAILABLE' });
  });
});

const PORT = 6881;

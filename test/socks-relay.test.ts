// UDP through a SOCKS 5 proxy, on loopback: what goes out, what is believed, and what happens when the relay ends.

import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { DatagramSocket } from '../src/host/datagram.ts';
import type { ProxyUdp } from '../src/host/proxy.ts';
import { nodeClock } from '../src/io/clock.ts';
import { nodeNames } from '../src/io/names.ts';
import { ProxiedDatagrams } from '../src/io/proxied-datagrams.ts';
import { nodeDatagrams } from '../src/io/udp.ts';
import { encode, SocksProxy } from './interop/socks-proxy.mjs';

const LOGIN = { user: 'u', password: 'p' };

describe('UDP through a SOCKS 5 proxy', () => {
  for (const says of ['address', 'anywhere', 'name'] as const)
    it(`goes out and comes back, where the proxy says its relay by ${says}`, async () => {
      const { proxy, network } = await around({ says });
      const [socket, heard] = await socketOf(network);
      const echo = await echoAt('127.0.0.1');
      socket.send(Buffer.from('hello'), '127.0.0.1', echo.address().port);
      await expect.poll(heard.texts).toEqual([`hello from 127.0.0.1:${echo.address().port}`]);
      expect(network.udp.state).toBe('on');
      expect(network.url).toBe(`socks5://127.0.0.1:${proxy.port}`);
    });

  it('gives IPv6 and IPv4 each to the socket of its own, and names to the proxy, over one relay', async () => {
    const { proxy, network } = await around();
    const [four, heardBy4] = await socketOf(network);
    const [six, heardBy6] = await socketOf(network, '::');
    const [echo4, echo6] = [await echoAt('127.0.0.1'), await echoAt('::1')];
    six.send(Buffer.from('six'), '::1', echo6.address().port);
    await expect.poll(heardBy6.texts).toEqual([`six from ::1:${echo6.address().port}`]);
    four.send(Buffer.from('name'), 'localhost', echo4.address().port);
    await expect.poll(heardBy4.texts).toEqual([`name from 127.0.0.1:${echo4.address().port}`]);
    expect(heardBy6.texts()).toHaveLength(1);
    expect(proxy.asked).toBe(1);
    expect([four.address.port, six.address.port]).toEqual([0, 0]);
  });

  it('hears nothing from elsewhere than the relay, no fragment, and nothing that names no address', async () => {
    const { proxy, network } = await around();
    const [socket, heard] = await socketOf(network);
    const echo = await echoAt('127.0.0.1');
    const { port } = echo.address();
    socket.send(Buffer.from('first'), '127.0.0.1', port);
    await expect.poll(heard.texts).toHaveLength(1);
    const [{ inner, client }] = [...proxy.relays] as [
      SocksProxy['relays'] extends Set<infer One> ? One : never,
    ];
    const from = encode('127.0.0.1', port);
    const datagram = (fragment: number, address: Buffer) =>
      Buffer.concat([Buffer.from([0, 0, fragment]), address, Buffer.from('no')]);
    // Another program on the proxy's machine, and bare bytes of the host that was asked.
    const stranger = await echoAt('127.0.0.1');
    await sent(stranger, datagram(0, from), client!.port);
    await sent(echo, Buffer.from('no'), client!.port);
    await sent(inner, datagram(1, from), client!.port);
    await sent(inner, datagram(0, Buffer.from([3, 1, 65, 0, 80])), client!.port);
    await sent(inner, datagram(0, Buffer.from([9, 9])), client!.port);
    await sent(inner, datagram(0, encode('127.0.0.1', 0)), client!.port);
    await sent(inner, Buffer.from([0, 0]), client!.port);
    socket.send(Buffer.from('last'), '127.0.0.1', port);
    await expect.poll(heard.texts).toEqual([`first from 127.0.0.1:${port}`, `last from 127.0.0.1:${port}`]);
  });

  it('sends nothing while there is no relay, and asks for another', async () => {
    const { proxy, network, statuses } = await around();
    const [socket, heard] = await socketOf(network);
    const echo = await echoAt('127.0.0.1');
    proxy.udpAnswer = 1;
    proxy.dropRelays();
    await expect.poll(() => network.udp.state).toBe('failed');
    const faults: string[] = [];
    const ended = proxy.asked;
    socket.send(Buffer.from('lost'), '127.0.0.1', echo.address().port, ({ code }) => faults.push(code));
    expect(faults).toEqual(['SEND_FAILED']);
    await expect.poll(() => proxy.asked).toBeGreaterThan(ended + 1);
    proxy.udpAnswer = 0;
    await expect.poll(() => network.udp.state).toBe('on');
    socket.send(Buffer.from('again'), '127.0.0.1', echo.address().port);
    await expect.poll(heard.texts).toEqual([`again from 127.0.0.1:${echo.address().port}`]);
    // However often it was refused in between, that was said once.
    expect(statuses.map(({ state }) => state)).toEqual(['on', 'failed', 'failed', 'on']);
    expect(reasons(statuses)).toEqual([
      'The proxy has ended its relay of UDP.',
      'The proxy relays no UDP: it failed.',
    ]);
  });

  it('is off for good where the proxy does no such thing', async () => {
    const { proxy, network, statuses } = await around({ udpAnswer: 7 });
    const address = { host: '0.0.0.0', port: 0 };
    await expect(network.bind(address)).rejects.toMatchObject({
      code: 'LISTEN_FAILED',
      message: 'The proxy relays no UDP: it does not do that.',
    });
    expect(statuses).toHaveLength(1);
    expect(network.udp.state).toBe('off');
    expect(proxy.asked).toBe(1);
  });

  it('says that a proxy is not there, or does not know the login, and never the login', async () => {
    const { proxy, network } = await around({ password: 'hunter2' });
    await socketOf(network);
    expect(network.udp).toEqual({
      state: 'failed',
      reason: 'The proxy relays no UDP: it does not know that user and password.',
    });
    await proxy.close();
    await expect
      .poll(() => reasons([network.udp]))
      .toEqual(['The proxy cannot be reached: the connection was refused.']);
    expect(JSON.stringify({ url: network.url, udp: network.udp })).not.toContain('hunter2');
  });

  it('waits for a proxy that says nothing once, and not for each socket', async () => {
    const silent = createServer(socket => socket.on('error', () => {}));
    silent.listen(0, '127.0.0.1');
    await once(silent, 'listening');
    onTestFinished(() => void silent.close());
    const waits: number[] = [];
    const after = (delayMs: number, call: () => void) => {
      waits.push(delayMs);
      return nodeClock.after(0, call);
    };
    const { port } = silent.address() as AddressInfo;
    const network = new ProxiedDatagrams(
      { proxy: { kind: 'socks5', host: '127.0.0.1', port } },
      { clock: { ...nodeClock, after }, datagrams: nodeDatagrams, names: nodeNames },
    );
    await socketOf(network);
    await socketOf(network, '::');
    expect(waits).toEqual([10_000]);
    expect(network.udp).toEqual({ state: 'asking' });
  });

  it('has no relay any more when the last socket is closed', async () => {
    const { proxy, network } = await around();
    const [four] = await socketOf(network);
    const [six] = await socketOf(network, '::');
    four.close();
    expect(proxy.relays.size).toBe(1);
    six.close();
    await expect.poll(() => proxy.relays.size).toBe(0);
    expect(proxy.asked).toBe(1);
    // And a new one for the next.
    await socketOf(network);
    expect([network.udp.state, proxy.asked, proxy.relays.size]).toEqual(['on', 2, 1]);
  });
});

async function around({
  says = 'address' as const,
  udpAnswer = 0,
  password = LOGIN.password,
}: {
  says?: SocksProxy['says'];
  udpAnswer?: number;
  password?: string;
} = {}) {
  const proxy = await SocksProxy.listen('127.0.0.1', 0, LOGIN);
  Object.assign(proxy, { says, udpAnswer });
  const network = new ProxiedDatagrams(
    {
      proxy: { kind: 'socks5', host: '127.0.0.1', port: proxy.port, login: { user: 'u', password } },
      firstRetryMs: 5,
      lastRetryMs: 20,
    },
    { clock: nodeClock, datagrams: nodeDatagrams, names: nodeNames },
  );
  const statuses: ProxyUdp[] = [];
  network.onUdp = udp => statuses.push(udp);
  onTestFinished(() => proxy.close().catch(() => {}));
  return { proxy, network, statuses };
}

/** A socket through the proxy, and what it has heard. */
async function socketOf(network: ProxiedDatagrams, host = '0.0.0.0') {
  const socket: DatagramSocket = await network.bind({ host, port: 0 });
  onTestFinished(() => socket.close());
  const all: string[] = [];
  socket.onDatagram = (bytes, from, port) =>
    void all.push(`${Buffer.from(bytes).toString()} from ${from}:${port}`);
  return [socket, { texts: () => [...all] }] as const;
}

/** Sends back what it is sent. */
async function echoAt(host: string): Promise<Socket> {
  const socket = createSocket(host.includes(':') ? 'udp6' : 'udp4');
  socket.on('message', (bytes, from) => socket.send(bytes, from.port, from.address));
  socket.bind(0, host);
  onTestFinished(() => void socket.close());
  await once(socket, 'listening');
  return socket;
}

function sent(from: Socket, bytes: Buffer, port: number): Promise<void> {
  return new Promise(resolve => from.send(bytes, port, '127.0.0.1', () => resolve()));
}

function reasons(statuses: readonly ProxyUdp[]): string[] {
  return statuses.flatMap(status => ('reason' in status ? [status.reason] : []));
}

import { afterEach, describe, expect, it } from 'vitest';
import type { SwarmlineError } from '../core/errors.ts';
import type { DatagramSocket } from '../host/datagram.ts';
import { nodeDatagrams } from './udp.ts';

const open: DatagramSocket[] = [];
afterEach(() => {
  for (const socket of open.splice(0)) socket.close();
});

describe.each(['127.0.0.1', '::1'])('UDP on %s', host => {
  it('carries datagrams both ways, each whole, with the sender’s address', async () => {
    const [a, b] = [await bind(host), await bind(host)];
    expect(a.address).toEqual({ host, port: expect.any(Number) });
    const there = next(b);
    a.send(new Uint8Array([1, 2, 3]), host, b.address.port);
    expect(await there).toEqual({ bytes: [1, 2, 3], host, port: a.address.port });
    const back = next(a);
    b.send(new Uint8Array(0), host, a.address.port);
    expect(await back).toEqual({ bytes: [], host, port: b.address.port });
  });

  it('leaves the port of the other family free', async () => {
    const { address } = await bind(host);
    const other = host === '::1' ? '127.0.0.1' : '::1';
    expect((await bind(other, address.port)).address.port).toBe(address.port);
  });

  it('says where a port is taken', async () => {
    const { address } = await bind(host);
    await expect(nodeDatagrams.bind(address)).rejects.toMatchObject({
      code: 'LISTEN_FAILED',
      message: expect.stringMatching(/\(UDP\): another program uses it\.$/),
    });
  });

  it('says where nothing can be sent, and goes on', async () => {
    const [a, b] = [await bind(host), await bind(host)];
    const fault = await new Promise<SwarmlineError>(resolve =>
      a.send(new Uint8Array(70_000), host, b.address.port, resolve),
    );
    expect(fault).toMatchObject({ code: 'SEND_FAILED', message: expect.stringContaining('too long') });
    const other = await new Promise<SwarmlineError>(resolve =>
      a.send(new Uint8Array(1), host === '::1' ? '127.0.0.1' : '::1', 1, resolve),
    );
    expect(other).toMatchObject({ code: 'SEND_FAILED', message: expect.stringContaining('family') });
    const there = next(b);
    a.send(new Uint8Array([7]), host, b.address.port);
    expect((await there).bytes).toEqual([7]);
  });

  it('is silent once it is closed', async () => {
    const [a, b] = [await bind(host), await bind(host)];
    a.close();
    a.close();
    a.send(new Uint8Array([1]), host, b.address.port);
    b.send(new Uint8Array([1]), host, a.address.port);
  });
});

async function bind(host: string, port = 0): Promise<DatagramSocket> {
  const socket = await nodeDatagrams.bind({ host, port });
  open.push(socket);
  return socket;
}

function next(socket: DatagramSocket): Promise<{ bytes: number[]; host: string; port: number }> {
  return new Promise(resolve => {
    socket.onDatagram = (bytes, host, port) => resolve({ bytes: [...bytes], host, port });
  });
}

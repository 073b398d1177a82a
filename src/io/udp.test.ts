import { afterEach, describe, expect, it } from 'vitest';
import type { SwarmlineError } from '../core/errors.ts';
import type { DatagramSocket } from '../host/datagram.ts';
import { bindSocket, nodeDatagrams } from './udp.ts';

const open: DatagramSocket[] = [];
afterEach(() => {
  for (const socket of open.splice(0)) socket.close();
});

describe.each([
  ['127.0.0.1', true],
  ['127.0.0.1', false],
  ['::1', true],
  ['::1', false],
])('UDP on %s (in batches: %s)', (host, inBatches) => {
  const bind = async (at: string, port = 0): Promise<DatagramSocket> => {
    const socket = await bindSocket({ host: at, port }, { inBatches });
    open.push(socket);
    return socket;
  };

  it('carries more than one batch, in order, and what may be written over once it is sent', async () => {
    const [a, b] = [await bind(host), await bind(host)];
    const got: string[] = [];
    const all = new Promise<void>(resolve => {
      b.onDatagram = bytes => {
        got.push(`${bytes[0]} ${bytes.length}`);
        if (got.length === 100) resolve();
      };
    });
    let quiet = 0;
    const heard = new Promise<void>(resolve => {
      b.onQuiet = () => {
        quiet = got.length;
        resolve();
      };
    });
    const bytes = new Uint8Array(1000);
    for (let i = 0; i < 100; i++) {
      bytes[0] = i;
      a.send(a.isFreeOnceSent ? bytes : bytes.slice(), host, b.address.port);
    }
    await Promise.all([all, heard]);
    expect(got).toEqual(Array.from({ length: 100 }, (_, i) => `${i} 1000`));
    expect(quiet).toBeGreaterThan(0);
  });

  it('carries runs of one length, a shorter one at their end, and those between to others', async () => {
    const [a, b, c] = [await bind(host), await bind(host), await bind(host)];
    const got: string[] = [];
    let left = SENT.length;
    const all = new Promise<void>(resolve => {
      for (const [name, socket] of [
        ['b', b],
        ['c', c],
      ] as const)
        socket.onDatagram = (bytes, from, port) => {
          expect([from, port]).toEqual([host, a.address.port]);
          expect(bytes.every(byte => byte === bytes[0])).toBe(true);
          got.push(`${name} ${bytes[0]} ${bytes.length}`);
          if (--left === 0) resolve();
        };
    });
    for (const [i, [name, length]] of SENT.entries())
      a.send(new Uint8Array(length).fill(i + 1), host, (name === 'b' ? b : c).address.port);
    await all;
    for (const name of ['b', 'c']) {
      const wanted = SENT.map(([to, length], i) => `${to} ${length === 0 ? undefined : i + 1} ${length}`);
      const isFor = (text: string) => text.startsWith(name);
      expect(got.filter(isFor)).toEqual(wanted.filter(isFor));
    }
  });

  it('hears nothing more once it was closed by what it heard', async () => {
    const [a, b] = [await bind(host), await bind(host)];
    let count = 0;
    const closed = new Promise<void>(resolve => {
      b.onDatagram = () => {
        count++;
        b.close();
        resolve();
      };
    });
    for (let i = 0; i < 40; i++) a.send(new Uint8Array(100), host, b.address.port);
    await closed;
    const heard = next(a);
    a.send(new Uint8Array(1), host, a.address.port);
    await heard;
    expect(count).toBe(1);
  });

  it('sends what was sent before it is closed', async () => {
    const [a, b] = [await bind(host), await bind(host)];
    const there = next(b);
    a.send(Uint8Array.of(5), host, b.address.port);
    a.close();
    expect((await there).bytes).toEqual([5]);
  });

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

/** To whom, and how long. */
const SENT: readonly (readonly ['b' | 'c', number])[] = [
  ...run('b', 70, 1400),
  ['b', 7],
  ['b', 1400],
  ['b', 3],
  ...run('c', 3, 16_000),
  ['b', 1400],
  ['c', 16_000],
  ['b', 0],
  ['b', 0],
  ...run('b', 3, 20),
  ['b', 30],
];

function run(to: 'b' | 'c', count: number, length: number): ['b' | 'c', number][] {
  return Array.from({ length: count }, () => [to, length]);
}

function next(socket: DatagramSocket): Promise<{ bytes: number[]; host: string; port: number }> {
  return new Promise(resolve => {
    socket.onDatagram = (bytes, host, port) => resolve({ bytes: [...bytes], host, port });
  });
}

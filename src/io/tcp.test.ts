import { afterEach, describe, expect, it } from 'vitest';
import { concatBytes } from '../core/bytes/bytes.ts';
import type { Address } from '../core/bytes/compact-address.ts';
import type { Stream, StreamListener } from '../host/stream.ts';
import { nodeStreams } from './tcp.ts';

const open: { close(): void }[] = [];
afterEach(() => {
  for (const each of open.splice(0)) each.close();
});

describe('TCP', () => {
  it('carries chunks in order, both ways, lent for the call', async () => {
    const { dialled, accepted } = await pair();
    const there = gather(accepted, 5);
    dialled.write([new Uint8Array([1, 2]), new Uint8Array([3]), new Uint8Array([4, 5])]);
    expect(await there).toEqual(new Uint8Array([1, 2, 3, 4, 5]));
    const back = gather(dialled, 2);
    accepted.write([new Uint8Array([6, 7])]);
    expect(await back).toEqual(new Uint8Array([6, 7]));
  });

  it('leaves from the address that it is given, or not at all', async () => {
    const { accepted } = await pair('127.0.0.1');
    expect(accepted.remote?.host).toBe('127.0.0.1');
    const listener = await listen({ host: '127.0.0.1', port: 0 }, () => {});
    await expect(dial(listener.address, '192.0.2.1')).rejects.toThrow('EADDRNOTAVAIL');
  });

  it('reads into one buffer, on dialled and on accepted connections', async () => {
    const { dialled, accepted } = await pair();
    for (const [from, to] of [
      [dialled, accepted],
      [accepted, dialled],
    ] as const) {
      const buffers = new Set<ArrayBufferLike>();
      let length = 0;
      const done = new Promise<void>(resolve => {
        to.onBytes = bytes => {
          buffers.add(bytes.buffer);
          length += bytes.length;
          if (length === 3_000_000) resolve();
        };
      });
      from.write([new Uint8Array(3_000_000)]);
      await done;
      expect(buffers.size).toBe(1);
    }
  });

  it('says when it takes no more, and when it has taken everything', async () => {
    const { dialled, accepted } = await pair();
    accepted.pause();
    let written = 0;
    while (dialled.write([new Uint8Array(1_000_000)])) written++;
    expect(dialled.pending).toBeGreaterThan(0);
    const drained = new Promise<void>(resolve => {
      dialled.onDrained = resolve;
    });
    const everything = gather(accepted, (written + 1) * 1_000_000);
    accepted.resume();
    await drained;
    expect(dialled.pending).toBe(0);
    expect((await everything).length).toBe((written + 1) * 1_000_000);
  });

  it('says so also after small writes, for which Node has no event', async () => {
    const { dialled, accepted } = await pair();
    accepted.pause();
    while (dialled.write([new Uint8Array(4000), new Uint8Array(5000)]));
    expect(dialled.pending).toBeLessThan(16_384);
    const drained = new Promise<void>(resolve => {
      dialled.onDrained = resolve;
    });
    accepted.resume();
    await drained;
    expect(dialled.pending).toBe(0);
  });

  it('sends shared memory as it is', async () => {
    const { dialled, accepted } = await pair();
    const shared = new Uint8Array(new SharedArrayBuffer(100_000)).fill(9);
    const there = gather(accepted, 100_000);
    dialled.write([shared.subarray(0, 13), shared.subarray(13)]);
    expect((await there).every(byte => byte === 9)).toBe(true);
  });

  it('tells both ends that a connection is closed', async () => {
    const { dialled, accepted } = await pair();
    const ends = Promise.all([closed(dialled), closed(accepted)]);
    accepted.close();
    await ends;
    expect(dialled.write([new Uint8Array(1)])).toBe(true);
  });

  it('takes IPv4 and IPv6 on one port, and names IPv4 peers as such', async () => {
    const remotes: (string | undefined)[] = [];
    const listener = await listen({ host: '::', port: 0 }, stream => remotes.push(stream.remote?.host));
    const { port } = listener.address;
    await dial({ host: '127.0.0.1', port });
    const hosts = ['127.0.0.1'];
    if (listener.address.host === '::') {
      await dial({ host: '::1', port });
      hosts.push('::1');
    }
    await expect.poll(() => remotes).toEqual(hosts);
  });

  it('tells why it cannot dial or listen', async () => {
    const listener = await listen({ host: '127.0.0.1', port: 0 }, () => {});
    await expect(listen(listener.address, () => {})).rejects.toMatchObject({ code: 'LISTEN_FAILED' });
    listener.close();
    await expect(dial(listener.address)).rejects.toThrow();
  });
});

async function pair(localHost?: string): Promise<{ dialled: Stream; accepted: Stream }> {
  let take: (stream: Stream) => void;
  const incoming = new Promise<Stream>(resolve => {
    take = resolve;
  });
  const listener = await listen({ host: '127.0.0.1', port: 0 }, stream => take(stream));
  const dialled = await dial(listener.address, localHost);
  const accepted = await incoming;
  open.push(accepted);
  return { dialled, accepted };
}

async function listen(address: Address, onStream: (stream: Stream) => void): Promise<StreamListener> {
  const listener = await nodeStreams.listen(address, stream => {
    open.push(stream);
    onStream(stream);
  });
  open.push(listener);
  return listener;
}

function dial(address: Address, localHost?: string): Promise<Stream> {
  return new Promise((resolve, reject) => {
    const done = (result: Stream | Error) => {
      if (result instanceof Error) return reject(result);
      open.push(result);
      resolve(result);
    };
    nodeStreams.dial(address, 5000, done, localHost);
  });
}

function gather(stream: Stream, length: number): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  let gathered = 0;
  return new Promise(resolve => {
    stream.onBytes = bytes => {
      parts.push(bytes.slice());
      gathered += bytes.length;
      if (gathered >= length) resolve(concatBytes(parts));
    };
  });
}

function closed(stream: Stream): Promise<void> {
  return new Promise(resolve => {
    stream.onClosed = () => resolve();
  });
}

import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { SocketWriter } from './tcp-write.ts';

const open: { destroy(): void }[] = [];
let server: Server | undefined;
afterEach(() => {
  for (const socket of open.splice(0)) socket.destroy();
  server?.close();
});

describe.each([
  ['past the queue of Writable', true],
  ['by Writable, where Node has no other way', false],
])('a socket is written to %s', (_, hasWritev) => {
  it('in order, what waits behind a write that is under way included', async () => {
    const { near, far } = await pair();
    if (!hasWritev) Object.defineProperty(near, '_writev', { value: undefined });
    let drained = 0;
    const writer = new SocketWriter(near, () => drained++);
    far.pause();
    const sent: number[] = [];
    // More than the system takes at once.
    for (let i = 0; i < 40; i++) {
      const isTaken = writer.write([
        new Uint8Array(13).fill(i),
        new Uint8Array(100),
        new Uint8Array(400_000).fill(i),
      ]);
      expect(isTaken).toBe(writer.pending === 0);
      sent.push(i);
    }
    expect(writer.pending).toBeGreaterThan(0);
    const got: Buffer[] = [];
    let length = 0;
    far.on('data', (bytes: Buffer) => {
      got.push(bytes);
      length += bytes.length;
      if (length === 40 * 400_113) far.emit('all');
    });
    far.resume();
    await once(far, 'all');
    const bytes = Buffer.concat(got);
    expect(sent.map(i => bytes[i * 400_113 + 12])).toEqual(sent);
    expect(sent.map(i => bytes[i * 400_113 + 13])).toEqual(sent.map(() => 0));
    expect(sent.map(i => bytes[i * 400_113 + 400_112])).toEqual(sent);
    expect(writer.pending).toBe(0);
    expect(drained).toBe(1);
  });

  it('until it is closed: then nothing more is done', async () => {
    const { near, far } = await pair();
    if (!hasWritev) Object.defineProperty(near, '_writev', { value: undefined });
    let drained = 0;
    const writer = new SocketWriter(near, () => drained++);
    far.pause();
    while (writer.write([new Uint8Array(1_000_000)]));
    near.destroy();
    await once(near, 'close');
    writer.write([new Uint8Array(10)]);
    expect(drained).toBe(0);
  });

  it('and a fault ends it with that fault', async () => {
    const { near, far } = await pair();
    if (!hasWritev) Object.defineProperty(near, '_writev', { value: undefined });
    const writer = new SocketWriter(near, () => {});
    const fault = once(near, 'error');
    far.resetAndDestroy();
    await once(far, 'close');
    const again = setInterval(() => writer.write([new Uint8Array(100_000)]), 1);
    const [error] = await fault;
    clearInterval(again);
    expect(['ECONNRESET', 'EPIPE']).toContain(error.code);
  });
});

async function pair(): Promise<{ near: Socket; far: Socket }> {
  const listening = createServer();
  server = listening;
  listening.listen(0, '127.0.0.1');
  await once(listening, 'listening');
  const { port } = listening.address() as { port: number };
  const near = connect(port, '127.0.0.1');
  const [[far]] = await Promise.all([once(listening, 'connection'), once(near, 'connect')]);
  open.push(near, far);
  return { near, far };
}

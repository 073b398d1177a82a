import { describe, expect, it, onTestFinished } from 'vitest';
import { DatagramSender } from './datagram-sender.ts';
import { type LibcSockets, libcSockets } from './libc-sockets.ts';
import { bindSocket } from './udp.ts';

const EIO = -5;
const EMSGSIZE = -90;
const HEADER = 64;

/** What the system is given at each call, and says of a row. */
interface Given {
  readonly rows: number;
  readonly single: number;
}

const sockets = await libcSockets();

describe.skipIf(typeof sockets === 'string')('datagrams that leave together', () => {
  it('in a row are one to the system', async () => {
    const { sender, given, got, send } = await set(undefined);
    send(40, 1000);
    await got(40, 1000);
    expect(given).toEqual([{ rows: 1, single: 0 }]);
    sender.close();
  });

  it('go one by one where the system takes no rows, and then are given as such', async () => {
    const { sender, given, got, send } = await set(EIO);
    send(10, 1000);
    await got(10, 1000);
    expect(given).toEqual([{ rows: 1, single: 0 }, ...new Array(10).fill({ rows: 0, single: 1 })]);
    given.length = 0;
    send(5, 1000);
    await got(5, 1000);
    expect(given).toEqual([{ rows: 0, single: 5 }]);
    sender.close();
  });

  it('go one by one where the row is too long for the way, and the next row is a row again', async () => {
    const { sender, given, got, send } = await set(EMSGSIZE);
    for (let i = 0; i < 2; i++) {
      given.length = 0;
      send(3, 1000);
      await got(3, 1000);
      expect(given).toEqual([{ rows: 1, single: 0 }, ...new Array(3).fill({ rows: 0, single: 1 })]);
    }
    sender.close();
  });
});

/** `refusal`: what the system says of rows. */
async function set(refusal: number | undefined) {
  const libc = sockets as LibcSockets;
  const fd = libc.bind({ host: '127.0.0.1', port: 0 }, { isShared: false, receiveBuffer: 65_536 });
  onTestFinished(() => libc.close(fd));
  const there = await bindSocket({ host: '127.0.0.1', port: 0 });
  onTestFinished(() => there.close());
  const given: Given[] = [];
  const sender = new DatagramSender(fd, false, {
    ...libc,
    send: (file, block, at, count) => {
      const words = new Uint32Array(block.buffer, block.byteOffset);
      let rows = 0;
      for (let i = 0; i < count; i++) if (words[(at + i * HEADER + 40) >> 2] !== 0) rows++;
      given.push({ rows, single: count - rows });
      return rows > 0 && refusal !== undefined ? refusal : libc.send(file, block, at, count);
    },
  });
  const lengths: number[] = [];
  let heard = () => {};
  there.onDatagram = bytes => {
    lengths.push(bytes.length);
    heard();
  };
  return {
    sender,
    given,
    send: (count: number, length: number) => {
      for (let i = 0; i < count; i++) sender.send(new Uint8Array(length), '127.0.0.1', there.address.port);
    },
    got: async (count: number, length: number) => {
      await new Promise<void>(resolve => {
        heard = () => {
          if (lengths.length === count) resolve();
        };
        heard();
      });
      expect(lengths.splice(0)).toEqual(new Array(count).fill(length));
    },
  };
}

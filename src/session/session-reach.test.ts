import { expect, it } from 'vitest';
import type { DatagramNetwork, DatagramSocket } from '../host/datagram.ts';
import type { Stream, StreamNetwork } from '../host/stream.ts';
import { World } from '../lab/sim/world.ts';
import { Session } from './session.ts';

const STRANGER = { host: '20.0.0.9', port: 6881 };
/** BEP 29, "header format": type and version, no extension; the connection's id; times, window; its number, and the one that it answers. */
const packet = (type: number, id: number, seq: number, ack: readonly number[], ...data: readonly number[]) =>
  Uint8Array.of((type << 4) | 1, 0, 0, id, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x10, 0, 0, 0, seq, ...ack, ...data);
const [DATA, SYN] = [0, 4];

it('who comes by TCP shows that others can dial it, who comes by uTP does not', async () => {
  const world = new World({ seed: 1 });
  let come: (stream: Stream) => void = () => {};
  let socket: DatagramSocket | undefined;
  const answers: Uint8Array[] = [];
  const streams: StreamNetwork = {
    listen: async (address, onStream) => {
      come = onStream;
      return { address, close: () => {} };
    },
    dial: () => () => {},
  };
  const datagrams: DatagramNetwork = {
    bind: async address => {
      socket = {
        address,
        onDatagram: () => {},
        onQuiet: () => {},
        send: bytes => void answers.push(bytes.slice()),
        keepAlive: () => {},
        close: () => {},
      };
      return socket;
    },
  };
  const host = Object.create(world.addHost(), {
    streams: { value: streams },
    datagrams: { value: datagrams },
  });
  const session = new Session({ listen: { host: '0.0.0.0', port: 6881 } }, host);
  await world.settle(session.listen());

  const hear = (bytes: Uint8Array) => {
    socket!.onDatagram(bytes, STRANGER.host, STRANGER.port);
    socket!.onQuiet();
  };
  hear(packet(SYN, 7, 1, [0, 0]));
  const first = new DataView(answers[0]!.buffer).getUint16(16) - 1;
  hear(packet(DATA, 8, 2, [first >>> 8, first & 0xff], 19));
  expect([answers.length, session.reach.incoming]).toEqual([2, 0]);
  come(streamFrom(STRANGER));
  expect(session.reach.incoming).toBe(1);
  come(streamFrom({ host: '192.168.1.9', port: 6881 }));
  expect(session.reach.incoming).toBe(1);
});

function streamFrom(remote: Stream['remote']): Stream {
  return {
    remote,
    onBytes: () => {},
    onClosed: () => {},
    onDrained: () => {},
    write: () => true,
    pending: 0,
    pause: () => {},
    resume: () => {},
    close: () => {},
  };
}

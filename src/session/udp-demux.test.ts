import { describe, expect, it } from 'vitest';
import { encodeUtf8 } from '../core/bytes/utf8.ts';
import { World } from '../lab/sim/world.ts';
import { datagramKind } from './datagram-kind.ts';
import { UdpDemux } from './udp-demux.ts';

describe('a datagram', () => {
  it.each([
    ['d1:q4:ping1:t2:aa1:y1:qe', 'dht'],
    ['d1:q4:ping', undefined],
    ['', undefined],
    ['hello', undefined],
  ])('that reads %j is of the kind %s', (text, kind) => {
    expect(datagramKind(encodeUtf8(text))).toBe(kind);
  });

  it.each([
    [[0x01, 0, 0, 0], 'utp'],
    [[0x41, 0, 0, 0], 'utp'],
    // No such type; another version.
    [[0x51, 0, 0, 0], undefined],
    [[0x42, 0, 0, 0], undefined],
    [[0, 0, 0, 1, 9, 9, 9, 9], 'tracker'],
    [[0x65, 0x64], undefined],
  ])('that begins with %j is of the kind %s', (bytes, kind) => {
    expect(datagramKind(Uint8Array.from(bytes))).toBe(kind);
  });
});

describe('the port that all share', () => {
  it('gives each its own, and nobody what is nobody’s', async () => {
    const world = new World({ seed: 1 });
    const [here, there] = [world.addHost(), world.addHost()];
    const demux = new UdpDemux(here.datagrams);
    await demux.open([{ host: here.address, port: 6881 }]);
    const got: string[] = [];
    for (const kind of ['dht', 'utp', 'tracker'] as const)
      demux.add(kind, (bytes, host, port) => got.push(`${kind} ${bytes.length} ${host} ${port}`));
    const socket = await there.datagrams.bind({ host: '0.0.0.0', port: 7000 });
    for (const bytes of [
      encodeUtf8('d1:y1:qe'),
      Uint8Array.of(0x21, 0),
      Uint8Array.of(0, 0, 0),
      Uint8Array.of(7),
    ])
      socket.send(bytes, here.address, 6881);
    await world.pass(100);
    expect(got).toEqual(
      ['dht', 'utp', 'tracker'].map((kind, i) => `${kind} ${[8, 2, 3][i]} ${there.address} 7000`),
    );
  });
});

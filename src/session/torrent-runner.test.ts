import { expect, test } from 'vitest';
import type { Output, PeerFacts } from '../core/engine/output.ts';
import type { Torrent } from '../core/engine/torrent.ts';
import type { DiskTorrent } from '../host/disk.ts';
import type { Stream } from '../host/stream.ts';
import { TorrentRunner } from './torrent-runner.ts';

/** A runner of a torrent that wants what the test says, with one connection whose socket is full. */
function setUp() {
  const wanted: Output[] = [];
  const said: string[] = [];
  const silent = () => {};
  const torrent = {
    poll: () => wanted.shift(),
    nextTimeout: () => undefined,
    blockRead: silent,
    peerBlocked: () => said.push('blocked'),
    peerConnected: silent,
    peerDrained: () => said.push('drained'),
    peerLeft: silent,
  } as unknown as Torrent;
  const released: number[] = [];
  const runner = new TorrentRunner(torrent, {
    clock: { now: () => 0, wallTime: () => 0, after: () => silent },
    dial: silent,
    onEvent: silent,
    onDiskFault: silent,
    onConnection: silent,
    release: bytes => released.push(bytes[0]!),
  });
  const reads: ((bytes: Uint8Array) => void)[] = [];
  const read: DiskTorrent['read'] = (_piece, _begin, _length, done) => void reads.push(done);
  runner.disk = { read } as DiskTorrent;
  const stream = { close: silent, write: () => false } as unknown as Stream;
  runner.peerConnected(1, stream, {} as PeerFacts, new Uint8Array(0));

  const does = (...outputs: Output[]) => {
    wanted.push(...outputs);
    runner.tell(silent);
  };
  /** Has the disk read a block whose first byte is `mark`. */
  const reading = (mark: number) => {
    does({ type: 'read', read: mark, peer: 1, piece: 0, begin: 0, length: 1 });
    reads.shift()!(Uint8Array.of(mark));
  };
  return { does, reading, stream, released, said };
}

const SEND: Output = { type: 'send', peer: 1, chunks: [] };
const CLOSE = { type: 'close', peer: 1, reason: new Error('enough') } as unknown as Output;

test('what was read is free again when it is sent', () => {
  const { does, reading, stream, released } = setUp();
  reading(1);
  does(SEND);
  reading(2);
  stream.onDrained();
  expect(released).toEqual([1]);
});

test('what was read for a peer that has left is free again', () => {
  const { does, reading, stream, released } = setUp();
  reading(1);
  does(SEND);
  reading(2);
  stream.onClosed();
  expect(released.sort()).toEqual([1, 2]);
});

test('what was read for a peer that is let go is free again once its socket is gone, and once', () => {
  const { does, reading, stream, released } = setUp();
  reading(1);
  does(SEND);
  reading(2);
  does(CLOSE);
  stream.onDrained();
  expect(released).toEqual([]);
  stream.onClosed();
  stream.onClosed();
  expect(released.sort()).toEqual([1, 2]);
});

test('the torrent hears at once that a socket took everything, or that it has to wait', () => {
  const { does, stream, said } = setUp();
  does(SEND);
  expect(said).toEqual(['blocked']);
  stream.onDrained();
  stream.write = () => true;
  does(SEND);
  expect(said).toEqual(['blocked', 'drained', 'drained']);
});

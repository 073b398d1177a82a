import { expect, it } from 'vitest';
import type { PeerStats } from '../core/engine/stats.ts';
import { Receivers } from './receivers.ts';

it('what has come to receivers counts, also of those who have gone, and not of seeds that came by', () => {
  const { receivers, peers, completed } = watched();
  peers([
    ['10.0.0.1', 0.5],
    ['10.0.0.2', 0.25],
    ['10.0.0.9', 1, 0],
  ]);
  receivers.look(1000);
  expect(receivers.facts()).toMatchObject({ moved: 750, receivers: 2, complete: 0, sent: 300 });
  peers([['10.0.0.2', 1]]);
  receivers.look(2000);
  expect(receivers.facts()).toMatchObject({ moved: 1500, receivers: 2, complete: 1, leftMs: undefined });
  expect(completed).toEqual([1]);
});

it('who has told the tracker that all is there is complete, and counts once', () => {
  const { receivers, peers, completed } = watched();
  peers([['10.0.0.1', 0.9]]);
  receivers.look(0);
  receivers.announced({ host: '10.0.0.1', port: 1 }, { peerId: idOf(1), hasAll: true }, 0);
  receivers.announced({ host: '10.0.0.1', port: 1 }, { peerId: idOf(1), hasAll: true }, 0);
  receivers.announced({ host: '10.0.0.7', port: 1 }, { peerId: idOf(7), hasAll: true }, 0);
  peers([['10.0.0.1', 1]]);
  receivers.look(1000);
  expect(completed).toEqual([1]);
});

it('who comes and goes between two looks is a receiver all the same', () => {
  const { receivers, completed } = watched();
  receivers.announced({ host: '10.0.0.1', port: 1 }, { peerId: idOf(1), hasAll: false }, 0);
  receivers.announced({ host: '10.0.0.1', port: 1 }, { peerId: idOf(1), hasAll: true }, 100);
  expect(completed).toEqual([1]);
  expect(receivers.facts()).toMatchObject({ receivers: 1, complete: 1, moved: 1000 });
});

it('who is seen at the port that it dials from, and announces another, is one receiver', () => {
  const { receivers, peers, completed } = watched();
  peers([['10.0.0.1', 0.5]]);
  receivers.look(0);
  receivers.announced({ host: '10.0.0.1', port: 6881 }, { peerId: idOf(1), hasAll: false }, 0);
  receivers.announced({ host: '2001:db8::1', port: 6881 }, { peerId: idOf(1), hasAll: true }, 0);
  peers([['10.0.0.1', 1]]);
  receivers.look(1000);
  expect(completed).toEqual([1]);
  expect(receivers.facts()).toMatchObject({ receivers: 1, complete: 1, moved: 1000 });
});

it('what was sent has moved, though no piece of it is whole yet', () => {
  const { receivers, peers } = watched();
  peers([['10.0.0.1', 0.1]]);
  receivers.look(0);
  expect(receivers.facts()).toMatchObject({ moved: 300, sent: 300 });
});

it('two that turn out to be one count once', () => {
  const { receivers, peers } = watched();
  // It comes under another peer id than the one that it announces (libtorrent), and says where it listens later.
  receivers.announced({ host: '10.0.0.5', port: 1 }, { peerId: idOf(50), hasAll: false }, 0);
  receivers.announced({ host: '10.0.0.9', port: 5000 }, { peerId: idOf(5), hasAll: false }, 0);
  expect(receivers.facts().receivers).toBe(2);
  peers([['10.0.0.5', 0.5]]);
  receivers.look(0);
  expect(receivers.facts()).toMatchObject({ receivers: 1, moved: 500 });
});

it('the last of those who wait says when all are done, as soon as that is known of each', () => {
  const { receivers, peers } = watched();
  for (let second = 0; second <= 60; second++) {
    peers([
      ['10.0.0.1', second / 100],
      ['10.0.0.2', second / 200],
    ]);
    receivers.look(second * 1000);
  }
  expect(receivers.facts().leftMs! / 1000).toBeCloseTo(140, 0);
  peers([
    ['10.0.0.1', 0.6],
    ['10.0.0.2', 0.3],
    ['10.0.0.3', 0],
  ]);
  receivers.look(61_000);
  expect(receivers.facts().leftMs).toBeUndefined();
});

/** Of the peer with that number. */
function idOf(number: number): Uint8Array {
  return new Uint8Array(20).fill(number);
}

function watched() {
  let current: PeerStats[] = [];
  const completed: number[] = [];
  const receivers = new Receivers(
    {
      info: { layout: { dataLength: 1000 } } as never,
      peers: () => current,
      stats: () => ({ uploaded: 300 }) as never,
    },
    count => completed.push(count),
  );
  const peers = (list: readonly (readonly [host: string, progress: number, uploaded?: number])[]) => {
    current = list.map(
      ([host, progress, uploaded = 1]) =>
        ({
          address: { host, port: 1 },
          peerId: idOf(Number(host.split('.')[3])),
          progress,
          uploaded,
          webSeed: undefined,
        }) as PeerStats,
    );
  };
  return { receivers, peers, completed };
}

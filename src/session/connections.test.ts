// Torrents that want as many peers as they can get, on a clock that the test moves.

import { expect, test } from 'vitest';
import { HandClock } from '../../test/hand-clock.ts';
import { type ConnectionLimits, Connections, type TorrentConnections } from './connections.ts';

test('dials are paced, after as many at once', () => {
  const { clock, torrent } = setUp({ dialsPerSecond: 10 });
  const one = torrent({ wants: 100 });
  expect(one.dialled).toBe(10);
  clock.pass(1000);
  expect(one.dialled).toBe(20);
  clock.pass(2000);
  expect(one.dialled).toBe(40);
});

test('no more stand open at a time than may', () => {
  const { clock, torrent } = setUp({ maxDialling: 4 });
  const one = torrent({ wants: 100 });
  clock.pass(5000);
  expect(one.dialled).toBe(4);
  one.share.dialEnded();
  expect(one.dialled).toBe(5);
});

test('torrents take turns; those that seed have one in ten', () => {
  const { clock, torrent } = setUp({ dialsPerSecond: 20 });
  const [first, second] = [torrent({ wants: 100 }), torrent({ wants: 100 })];
  const seed = torrent({ wants: 100, isSeeding: true });
  expect([first.dialled, second.dialled, seed.dialled]).toEqual([20, 0, 0]);
  clock.pass(2000);
  expect(first.dialled + second.dialled + seed.dialled).toBe(60);
  expect(seed.dialled).toBe(4);
  expect(second.dialled).toBe(18);
});

test('where all places are taken nobody dials, until somebody goes', () => {
  const { clock, torrent } = setUp({ maxConnections: 5 });
  const one = torrent({ wants: 100 });
  one.come(5);
  const two = torrent({ wants: 2 });
  clock.pass(10_000);
  expect(one.dialled + two.dialled).toBe(5);
  one.go(1);
  expect(one.dialled + two.dialled).toBe(6);
});

test('a torrent that has hardly any peers gets a place from the one that has most, if one is idle there', () => {
  const { clock, connections, torrent } = setUp({ maxConnections: 6 });
  const rich = torrent({ wants: 6 });
  rich.come(6);
  rich.idle = 4;
  const poor = torrent({ wants: 10 });
  clock.pass(5000);
  expect(connections.count).toBe(6);
  expect([rich.share.connected, poor.share.dialling]).toEqual([4, 2]);
  rich.idle = 0;
  clock.pass(5000);
  expect(rich.share.connected).toBe(4);
});

test('a newcomer has a place that is free, or one of the torrent that has most, never one of its own', () => {
  const { connections, torrent } = setUp({ maxConnections: 4 });
  const [rich, poor] = [torrent({ wants: 0 }), torrent({ wants: 0 })];
  rich.come(3);
  rich.idle = 3;
  connections.greetingBegan(at(1));
  expect(connections.hasPlaceFor(rich.share, 4)).toBe(true);
  expect(connections.hasPlaceFor(rich.share, 3)).toBe(false);
  expect(connections.hasPlaceFor(poor.share, 3)).toBe(true);
  expect(rich.share.connected).toBe(2);
});

test('fewer places: the worst of the torrents with most go', () => {
  const { connections, torrent } = setUp({ maxConnections: 10 });
  const [rich, poor] = [torrent({ wants: 0 }), torrent({ wants: 0 })];
  rich.come(7);
  poor.come(3);
  connections.setLimits({ ...connections.limits, maxConnections: 6 });
  expect([rich.share.connected, poor.share.connected]).toEqual([3, 3]);
});

test('counts what a host has, of IPv6 what a network has, and forgets who has gone', () => {
  const { connections, torrent } = setUp({});
  const { share } = torrent({ wants: 0 });
  share.came({ host: '2001:db8::1', port: 1 });
  connections.greetingBegan({ host: '2001:db8::ffff:2', port: 2 });
  expect(connections.countFrom({ host: '2001:db8::3', port: 3 })).toBe(2);
  share.went({ host: '2001:db8::1', port: 1 });
  connections.greetingEnded({ host: '2001:db8::ffff:2', port: 2 });
  expect(connections.countFrom({ host: '2001:db8::3', port: 3 })).toBe(0);
  expect(connections.count).toBe(0);
});

test('no timer runs while nobody waits', () => {
  const { clock, torrent } = setUp({ dialsPerSecond: 10 });
  torrent({ wants: 10 });
  expect(clock.timers.length).toBe(0);
  const late = torrent({ wants: 5 });
  expect(clock.timers.length).toBe(1);
  clock.pass(1000);
  expect(late.dialled).toBe(5);
  expect(clock.timers.length).toBe(0);
});

function setUp(limits: Partial<ConnectionLimits>) {
  const clock = new HandClock();
  const connections = new Connections(
    { maxConnections: 1000, maxDialling: 1000, dialsPerSecond: 1000, ...limits },
    clock,
  );
  const torrent = (options: { wants: number; isSeeding?: boolean }) => new TestTorrent(connections, options);
  return { clock, connections, torrent };
}

/** Dials as much as it may; nothing ever comes of it. */
class TestTorrent {
  readonly share: TorrentConnections;
  dialled = 0;
  /** Of its peers, those that can go. */
  idle = 0;
  #wants: number;
  #isWaiting = false;

  constructor(connections: Connections, options: { wants: number; isSeeding?: boolean }) {
    this.#wants = options.wants;
    this.share = connections.join({
      isSeeding: () => options.isSeeding === true,
      dialsAllowed: () => {
        this.#isWaiting = false;
        this.#dialMore();
      },
      dropWorst: (count, mayGo) => {
        const dropped = mayGo === 'idle' ? Math.min(count, this.idle) : count;
        if (mayGo === 'idle') this.idle -= dropped;
        this.go(dropped);
        return dropped;
      },
    });
    this.#dialMore();
  }

  come(count: number): void {
    for (let i = 0; i < count; i++) {
      this.share.came(at(i));
      if (this.share.dialling > 0) this.share.dialEnded();
    }
  }

  go(count: number): void {
    for (let i = 0; i < count; i++) this.share.went(at(i));
  }

  #dialMore(): void {
    while (!this.#isWaiting && this.dialled < this.#wants) {
      if (this.share.mayDial()) this.dialled++;
      else this.#isWaiting = true;
    }
  }
}

function at(i: number) {
  return { host: `192.0.2.${i + 1}`, port: 6881 };
}

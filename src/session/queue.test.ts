// The queue on a clock that is moved by hand: torrents are names, and rates are what the test says.

import { describe, expect, it } from 'vitest';
import { World } from '../lab/sim/world.ts';
import { Queue, type QueueKind, type QueueLimits, QueuePlace } from './queue.ts';

const NONE = Number.POSITIVE_INFINITY;

class TestTorrent {
  readonly name: string;
  readonly place: QueuePlace;
  /** Bytes a second. */
  rate = 100_000;
  moved = 0;
  movedAt = 0;
  peers = 1;
  looks = 0;
  readonly told: string[];

  constructor(queue: Queue, name: string, told: string[], now: () => number) {
    this.name = name;
    this.told = told;
    this.place = new QueuePlace(queue, {
      bytesMoved: () => {
        this.looks++;
        this.moved += (this.rate * (now() - this.movedAt)) / 1000;
        this.movedAt = now();
        return this.moved;
      },
      hasPeers: () => this.peers > 0,
      turnCame: () => told.push(`+${name}`),
      turnEnded: () => told.push(`-${name}`),
    });
  }
}

function setUp(limits: Partial<QueueLimits>) {
  const world = new World({ seed: 1 });
  const timers = { set: 0 };
  const clock = {
    ...world.clock,
    after: (ms: number, call: () => void) => {
      timers.set++;
      return world.after(ms, call);
    },
  };
  const queue = new Queue(clock, { slowBytesPerSecond: 2048, slowAfterMs: 60_000 });
  queue.setLimits({ maxActiveDownloads: NONE, maxActiveSeeds: NONE, maxActive: NONE, ...limits });
  const told: string[] = [];
  const add = (names: string, kind: QueueKind = 'download') => {
    const torrents = [...names].map(name => new TestTorrent(queue, name, told, () => world.now));
    for (const { place } of torrents) {
      place.join();
      place.enter(kind);
    }
    return torrents;
  };
  /** What was told since it was asked last. */
  const news = () => told.splice(0).join(' ');
  return { world, queue, timers, add, news };
}

function active(torrents: readonly TestTorrent[]): string {
  return torrents
    .filter(({ place }) => place.isActive)
    .map(({ name }) => name)
    .join('');
}

describe('of torrents that download', () => {
  it('the first are active, and the next when one has ended', () => {
    const { add, news } = setUp({ maxActiveDownloads: 2 });
    const torrents = add('abcd');
    expect(active(torrents)).toBe('ab');
    expect(torrents.map(({ place }) => place.isWaiting)).toEqual([false, false, true, true]);
    expect(news()).toBe('');
    torrents[0]!.place.leave();
    expect(news()).toBe('+c');
    torrents[1]!.place.quit();
    expect(news()).toBe('+d');
    expect(torrents[3]!.place.position).toBe(2);
  });

  it('one that is moved before others takes the place of the last that is active', () => {
    const { add, news } = setUp({ maxActiveDownloads: 2 });
    const torrents = add('abcd');
    torrents[3]!.place.move(0);
    expect(news()).toBe('-b +d');
    expect(active(torrents)).toBe('ad');
    expect(torrents.map(({ place }) => place.position)).toEqual([1, 2, 3, 0]);
    torrents[3]!.place.move(NONE);
    expect(news()).toBe('-d +b');
    expect(torrents.map(({ place }) => place.position)).toEqual([0, 1, 2, 3]);
  });

  it('any may be moved anywhere, any number of times, and nobody else changes places', () => {
    const { add, queue } = setUp({ maxActiveDownloads: 1 });
    const torrents = add('abcd');
    for (let i = 0; i < 200; i++) torrents[i % 2 === 0 ? 3 : 2]!.place.move(1);
    const order = () => [...torrents].sort((a, b) => a.place.position - b.place.position);
    expect(order().map(({ name }) => name)).toEqual(['a', 'c', 'd', 'b']);
    expect(new Set(torrents.map(({ place }) => place.order)).size).toBe(4);
    expect(active(torrents)).toBe('a');
    queue.setLimits({ maxActiveDownloads: 2, maxActiveSeeds: NONE, maxActive: NONE });
    expect(active(torrents)).toBe('ac');
  });

  it('one that is forced neither waits nor takes a place', () => {
    const { add, news } = setUp({ maxActiveDownloads: 1 });
    const torrents = add('abc');
    torrents[2]!.place.force(true);
    expect(news()).toBe('+c');
    expect(active(torrents)).toBe('ac');
    torrents[0]!.place.force(true);
    expect(news()).toBe('+b');
    torrents[0]!.place.force(false);
    expect(news()).toBe('-b');
    expect(active(torrents)).toBe('ac');
  });
});

describe('limits', () => {
  it('of downloads and of seeds are kept each, and of all together, downloads before seeds', () => {
    const { add, queue, news } = setUp({ maxActiveDownloads: 2, maxActiveSeeds: 2 });
    const seeds = add('abc', 'seed');
    const downloads = add('xyz');
    expect(active([...seeds, ...downloads])).toBe('abxy');
    queue.setLimits({ maxActiveDownloads: 2, maxActiveSeeds: 2, maxActive: 3 });
    expect(news()).toBe('-b');
    downloads[0]!.place.leave();
    expect(news()).toBe('+z');
    downloads[1]!.place.leave();
    expect(news()).toBe('+b');
    expect(downloads[0]!.place.enter('download')).toBe(true);
    expect(news()).toBe('-b');
  });

  it('can be set and lifted while torrents are active', () => {
    const { add, queue, news } = setUp({});
    const torrents = add('abcd');
    expect(active(torrents)).toBe('abcd');
    queue.setLimits({ maxActiveDownloads: 1, maxActiveSeeds: NONE, maxActive: NONE });
    expect(news()).toBe('-d -c -b');
    queue.setLimits({ maxActiveDownloads: NONE, maxActiveSeeds: NONE, maxActive: NONE });
    expect(news()).toBe('+b +c +d');
    torrents[0]!.place.leave();
    expect(torrents[0]!.place.enter('seed')).toBe(true);
  });

  it('of 0 let only those be active that are forced', () => {
    const { add } = setUp({ maxActive: 0 });
    const torrents = add('ab');
    expect(active(torrents)).toBe('');
    torrents[1]!.place.force(true);
    expect(active(torrents)).toBe('b');
  });

  it('of seeds hold for one whose download has come to its end', () => {
    const { add, news } = setUp({ maxActiveDownloads: 1, maxActiveSeeds: 1 });
    add('a', 'seed');
    const [b, c] = add('bc');
    expect(b!.place.enter('seed')).toBe(false);
    expect(news()).toBe('+c');
    expect(active([b!, c!])).toBe('c');
  });
});

describe('one that is slow for a minute', () => {
  it('gives its place to the next and stays active, until it is busy again', async () => {
    const { world, add, news } = setUp({ maxActiveDownloads: 1 });
    const [a, b] = add('ab');
    a!.rate = 2000;
    await world.pass(55_000);
    expect(news()).toBe('');
    await world.pass(10_000);
    expect(news()).toBe('+b');
    expect(active([a!, b!])).toBe('ab');
    a!.rate = 5000;
    await world.pass(10_000);
    expect(news()).toBe('-b');
  });

  it('counts among all that are active', async () => {
    const { world, add, news } = setUp({ maxActiveDownloads: 1, maxActive: 2 });
    const [a, b] = add('abc');
    a!.rate = 0;
    b!.rate = 0;
    await world.pass(65_000);
    expect(news()).toBe('+b');
    await world.pass(120_000);
    expect(news()).toBe('');
  });

  it('and has no peers is not looked at any more, before a peer comes', async () => {
    const { world, add, news } = setUp({ maxActiveSeeds: 1 });
    const [a] = add('ab', 'seed');
    a!.rate = 0;
    a!.peers = 0;
    await world.pass(65_000);
    const { looks } = a!;
    await world.pass(600_000);
    expect(a!.looks).toBe(looks);
    expect(news()).toBe('+b');
    a!.peers = 1;
    a!.rate = 1_000_000;
    a!.place.peerJoined();
    await world.pass(10_000);
    expect(news()).toBe('-b');
  });
});

describe('ten thousand torrents', () => {
  it('without limits cost no timer', () => {
    const { add, timers } = setUp({});
    for (let i = 0; i < 10_000; i++) add('a', 'seed');
    expect(timers.set).toBe(0);
  });

  it('that are idle cost one timer at a time and no look once they are known to be', async () => {
    const { world, add, timers, news } = setUp({ maxActiveSeeds: 5_000 });
    const torrents = Array.from({ length: 10_000 }, () => add('a', 'seed')[0]!);
    for (const torrent of torrents) {
      torrent.rate = 0;
      torrent.peers = 0;
    }
    await world.pass(200_000);
    expect(torrents.filter(({ place }) => place.isActive)).toHaveLength(10_000);
    expect(news().split(' ')).toHaveLength(5_000);
    const { set } = timers;
    const looks = torrents.reduce((sum, torrent) => sum + torrent.looks, 0);
    expect(set).toBeLessThan(20);
    expect(looks).toBeLessThan(10_000 * 9);
    await world.pass(3_600_000);
    expect(timers.set).toBe(set);
    expect(torrents.reduce((sum, torrent) => sum + torrent.looks, 0)).toBe(looks);
  });
});

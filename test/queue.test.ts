// Queueing, pausing, and how long is seeded: whole sessions on virtual machines, and what passes their lines is counted.

import { describe, expect, it } from 'vitest';
import { PEX_DEFAULTS } from '../src/core/engine/pex-options.ts';
import { SimContent } from '../src/lab/sim/sim-content.ts';
import type { SimHost } from '../src/lab/sim/sim-host.ts';
import { FOLDER, SimPeer } from '../src/lab/sim/sim-peer.ts';
import { World } from '../src/lab/sim/world.ts';
import type { AddOptions } from '../src/session/add-options.ts';
import { Session } from '../src/session/session.ts';
import type { SessionTorrent } from '../src/session/session-torrent.ts';
import type { SessionOptions } from '../src/session/settings.ts';

const LENGTH = 8_000_000;
const CONTENTS = [1, 2, 3, 4].map(seed => new SimContent({ length: LENGTH, pieceLength: 65_536, seed }));
const MINUTE = 60_000;

describe('torrents that are queued', () => {
  it('are downloaded one after the other, in the order of their positions', async () => {
    const { world, star, host } = await meet(4, { maxActiveDownloads: 1 });
    const done: number[] = [];
    for (const [i, torrent] of star.torrents.entries()) torrent.on('complete', () => done.push(i));
    expect(states(star)).toEqual(['downloading', 'queued', 'queued', 'queued']);
    star.torrents[3]!.queueUp();
    star.torrents[3]!.queueUp();
    star.torrents[2]!.queueTop();
    expect(star.torrents.map(torrent => torrent.queuePosition)).toEqual([1, 3, 0, 2]);
    await world.pass(100);
    expect(states(star)).toEqual(['queued', 'queued', 'downloading', 'queued']);
    await world.run(() => done.length === 4, 2 * MINUTE);
    expect(done).toEqual([2, 0, 3, 1]);
    // One after the other at 1 MB/s each, and a second or so in between.
    expect(world.now).toBeLessThan(45_000);
    expect(host.downlink.total).toBeLessThan(1.02 * 4 * LENGTH);
  });

  it('exchange nothing, dial nobody and let nobody in', async () => {
    const { world, star, host, others } = await meet(2, { maxActiveDownloads: 1 });
    const [first, second] = star.torrents;
    await world.run(() => first!.stats().isComplete, MINUTE);
    await world.pass(5_000);
    star.setLimits({ maxActiveDownloads: 0, maxActiveSeeds: 0 });
    expect(states(star)).toEqual(['queued', 'queued']);
    await world.pass(1_000);
    const before = linesOf(host);
    const { downloaded } = second!.stats();
    others[1]!.torrent.peersFound([addressOf(host)], 'user');
    second!.peersFound([others[1]!.address], 'user');
    await world.pass(5 * MINUTE);
    expect(second!.stats().downloaded).toBe(downloaded);
    expect(second!.connectionCount).toBe(0);
    // All that passes is what strangers say before it is known what they want: plainly it is not answered, enciphered
    // it takes a key.
    expect(linesOf(host).up - before.up).toBeLessThan(10_000);
    expect(linesOf(host).down - before.down).toBeLessThan(10_000);
    star.setLimits({ maxActiveDownloads: 1 });
    await world.run(() => second!.stats().isComplete, MINUTE);
  });

  it('begin when the one before has been slow for a minute, though it goes on', async () => {
    const { world, star, others } = await meet(2, { maxActiveDownloads: 1 });
    await world.run(() => star.torrents[0]!.stats().downloaded > 1_000_000, MINUTE);
    others[0]!.session.setLimits({ uploadBytesPerSecond: 1_000 });
    await world.pass(50_000);
    expect(states(star)).toEqual(['downloading', 'queued']);
    await world.run(() => star.torrents[1]!.stats().isComplete, MINUTE);
    expect(star.torrents[0]!.state).toBe('downloading');
  });

  it('go on at once where they are forced, and wait where they have been paused', async () => {
    const { world, star } = await meet(3, { maxActiveDownloads: 1 });
    const [first, second, third] = star.torrents;
    third!.setForced(true);
    second!.pause();
    await world.pass(1_000);
    expect(states(star)).toEqual(['downloading', 'paused', 'downloading']);
    second!.resume();
    expect(states(star)).toEqual(['downloading', 'queued', 'downloading']);
    first!.pause();
    await world.pass(1_000);
    expect(states(star)).toEqual(['paused', 'downloading', 'downloading']);
    await world.run(() => third!.stats().isComplete, MINUTE);
  });

  it('wait for one that fails or is closed no longer', async () => {
    const { world, star } = await meet(3, { maxActiveDownloads: 1 });
    const [first, second, third] = star.torrents;
    void first!.close();
    await world.pass(1_000);
    expect(second!.state).toBe('downloading');
    second!.recheck();
    await world.pass(1_000);
    // What is checked takes no place: the next has it, and this one comes before it again.
    expect([second!.state, third!.state]).toEqual(['downloading', 'queued']);
  });

  it('as magnets look for their metadata when it is their turn', async () => {
    const { world, star } = await meet(2, { maxActiveDownloads: 1 }, ({ metainfo }) => {
      const { infoHashV1, name } = metainfo;
      return { magnet: { infoHashV1: infoHashV1!, name } };
    });
    expect(states(star)).toEqual(['metadata', 'queued']);
    await world.run(() => star.torrents[0]!.stats().isComplete, MINUTE);
    await world.run(() => star.torrents[1]!.stats().isComplete, MINUTE);
    expect(states(star)).toEqual(['seeding', 'seeding']);
  });

  it('seed in turns, and tell each time what they are', async () => {
    const { world, star } = await meet(3, { maxActiveSeeds: 1, maxActiveDownloads: 1 });
    const told: string[] = [];
    for (const [i, torrent] of star.torrents.entries())
      torrent.on('state', state => {
        if (state !== 'checking') told.push(`${i} ${state}`);
      });
    await world.run(() => star.torrents.every(torrent => torrent.stats().isComplete), 2 * MINUTE);
    await world.pass(100);
    expect(states(star)).toEqual(['seeding', 'queued', 'queued']);
    expect(told).toEqual(['0 seeding', '1 downloading', '1 queued', '2 downloading', '2 queued']);
  });

  it('are hashed a few at a time', async () => {
    const world = new World({ seed: 1 });
    const host = world.addHost({ disk: { bytesPerSecond: 8_000_000 } });
    const session = new Session({ listen: false, maxChecking: 1 }, host);
    for (const content of CONTENTS) {
      world.addContent(content);
      host.disk.fill(folderOf(content), content);
      session.add({ info: content.metainfo, downloadDir: folderOf(content) });
    }
    const progress = () => session.torrents.map(torrent => torrent.checkProgress);
    await world.pass(1_500);
    expect(states(session)).toEqual(['seeding', 'checking', 'checking', 'checking']);
    expect(progress()).toEqual([1, 0, 0, 0]);
    session.setLimits({ maxChecking: 3 });
    await world.pass(4_000);
    expect(states(session)).toEqual(['seeding', 'seeding', 'seeding', 'seeding']);
  });
});

describe('a pause', () => {
  it('of a download and of a seed lets not one byte more through', async () => {
    // Whoever is asked for a key gives one, before it is known for which torrent.
    const { world, star, host, others } = await meet(1, { encryption: 'off' });
    const leecher = new SimPeer(world, { content: CONTENTS[0]!, upBytesPerSecond: 1_000_000 });
    leecher.start();
    await world.pass(100);
    leecher.torrent.peersFound([addressOf(host)], 'user');
    const torrent = star.torrents[0]!;
    await world.run(
      () => torrent.stats().downloaded > 2_000_000 && torrent.stats().uploaded > 500_000,
      MINUTE,
    );
    torrent.pause();
    const { downloaded, uploaded } = torrent.stats();
    const given = others[0]!.torrent.stats().uploaded;
    // What the system has been given already goes out; what others sent before they heard of it comes, and goes nowhere.
    await world.pass(1_000);
    const up = host.uplink.total;
    const down = host.downlink.total;
    await world.pass(10 * MINUTE);
    expect(torrent.state).toBe('paused');
    expect(torrent.stats()).toMatchObject({ downloaded, uploaded, peerCount: 0, downloadBytesPerSecond: 0 });
    expect(host.uplink.total).toBe(up);
    // Greetings of those who try again.
    expect(host.downlink.total - down).toBeLessThan(10_000);
    expect(others[0]!.torrent.stats().uploaded - given).toBeLessThan(1_000_000);
    torrent.resume();
    await world.run(() => torrent.stats().isComplete, MINUTE);
  });
});

describe('a torrent is seeded', () => {
  it('until so much has been given, and is paused then', async () => {
    const { world, torrent, host, told } = await seedOne({ seedRatio: 1.5, encryption: 'off' });
    await world.run(() => torrent.state === 'paused', 2 * MINUTE);
    const { uploaded } = torrent.stats();
    // Looked at once a second.
    expect(uploaded / LENGTH).toBeGreaterThanOrEqual(1.5);
    expect(uploaded / LENGTH).toBeLessThan(1.5 + 1_100_000 / LENGTH);
    expect(told).toEqual(['ratio']);
    await world.pass(1_000);
    const { up } = linesOf(host);
    await world.pass(10 * MINUTE);
    expect(linesOf(host).up).toBe(up);
  });

  it('and goes on where the user wants it to, until limits are set anew', async () => {
    const { world, torrent, told } = await seedOne({ seedRatio: 0.5 });
    await world.run(() => torrent.state === 'paused', MINUTE);
    torrent.resume();
    const { uploaded } = torrent.stats();
    await world.run(() => torrent.stats().uploaded > uploaded + 2_000_000, MINUTE);
    expect(torrent.state).toBe('seeding');
    torrent.setSeedLimits({ seedRatio: 0.1 });
    expect(torrent.state).toBe('paused');
    expect(told).toEqual(['ratio', 'ratio']);
  });

  it('for so long, all runs and no pauses counted', async () => {
    const { world, torrent, told } = await seedOne({ seedTimeMs: 10 * MINUTE });
    await world.pass(4 * MINUTE);
    torrent.pause();
    await world.pass(60 * MINUTE);
    torrent.resume();
    await world.pass(5 * MINUTE);
    expect(torrent.state).toBe('seeding');
    await world.pass(2 * MINUTE);
    expect(torrent.state).toBe('paused');
    expect(told).toEqual(['time']);
    expect(torrent.totals().seedingMs).toBeGreaterThanOrEqual(10 * MINUTE);
    expect(torrent.totals().seedingMs).toBeLessThan(10 * MINUTE + 100);
  });

  it('until nobody has wanted anything for so long', async () => {
    const { world, torrent, told, leechers } = await seedOne({ seedIdleMs: 5 * MINUTE });
    await world.run(() => leechers.every(leecher => leecher.isComplete), 2 * MINUTE);
    await world.pass(290_000);
    expect(torrent.state).toBe('seeding');
    await world.pass(15_000);
    expect(torrent.state).toBe('paused');
    expect(told).toEqual(['idle']);
  });

  it('on, where the program only wants to be told', async () => {
    const { world, torrent, told } = await seedOne({
      seedRatio: 0.2,
      seedTimeMs: 5_000,
      atSeedLimit: 'tell',
    });
    await world.pass(MINUTE);
    expect(torrent.state).toBe('seeding');
    expect(told.sort()).toEqual(['ratio', 'time']);
  });

  it('as its own limits say, and as the session’s say where it has none', async () => {
    const { world, star, told } = await seedOne({ seedTimeMs: MINUTE }, { seedTimeMs: 3 * MINUTE });
    const [torrent] = star.torrents;
    expect(torrent!.seedLimits).toMatchObject({
      seedRatio: Number.POSITIVE_INFINITY,
      seedTimeMs: 3 * MINUTE,
    });
    await world.pass(2 * MINUTE);
    expect(torrent!.state).toBe('seeding');
    await world.pass(2 * MINUTE);
    expect(torrent!.state).toBe('paused');
    torrent!.resume();
    torrent!.setSeedLimits({});
    await world.pass(100);
    expect(torrent!.state).toBe('paused');
    expect(told).toEqual(['time', 'time']);
    star.setLimits({ seedTimeMs: 60 * MINUTE });
    torrent!.resume();
    await world.pass(MINUTE);
    expect(torrent!.state).toBe('seeding');
    expect(() => torrent!.setSeedLimits({ seedRatio: -1 })).toThrow(TypeError);
  });

  it('not at all with a ratio of 0: it ends when it is complete', async () => {
    const { world, star } = await meet(1, { seedRatio: 0 });
    const [torrent] = star.torrents;
    await world.run(() => torrent!.state === 'paused', MINUTE);
    expect(torrent!.stats()).toMatchObject({ isComplete: true, uploaded: 0 });
  });
});

it('a swarm with queues and limits is the same every time', async () => {
  const run = async () => {
    const { world, star } = await meet(4, { maxActiveDownloads: 2, maxActiveSeeds: 1, seedIdleMs: 10_000 });
    await world.run(() => states(star).every(state => state === 'paused'), 10 * MINUTE);
    return { now: world.now, events: world.eventCount, trace: world.trace.hash };
  };
  expect(await run()).toEqual(await run());
});

/** One session with so many torrents, of each of which another machine has everything and gives 1 MB/s. */
async function meet(
  count: number,
  options: SessionOptions,
  sourceOf: (content: SimContent) => Partial<AddOptions> = ({ metainfo }) => ({ info: metainfo }),
) {
  const world = new World({ seed: 1 });
  const contents = CONTENTS.slice(0, count).map(content => world.addContent(content));
  const others = contents.map(
    content => new SimPeer(world, { content, isSeed: true, upBytesPerSecond: 1_000_000 }),
  );
  for (const other of others) other.start();
  await world.pass(100);
  const { host, star } = await addStar(world, options);
  for (const [i, content] of contents.entries()) {
    const torrent = star.add({ ...sourceOf(content), downloadDir: folderOf(content) });
    torrent.peersFound([others[i]!.address], 'user');
  }
  await world.pass(100);
  return { world, star, host, others };
}

/** One that has everything, and four who want it and know nobody else; `limits` are the torrent's. */
async function seedOne(options: SessionOptions, limits: AddOptions['seedLimits'] = {}) {
  const world = new World({ seed: 1 });
  const content = world.addContent(CONTENTS[0]!);
  const { host, star } = await addStar(world, options);
  host.disk.fill(folderOf(content), content);
  const torrent = star.add({
    info: content.metainfo,
    downloadDir: folderOf(content),
    seedLimits: limits,
  });
  const told: string[] = [];
  torrent.on('seed-limit', ({ limit }) => told.push(limit));
  // They give nothing to each other.
  const leechers = [1, 2, 3, 4].map(
    () => new SimPeer(world, { content, session: { uploadBytesPerSecond: 0 } }),
  );
  for (const leecher of leechers) leecher.start();
  await world.pass(100);
  for (const leecher of leechers) leecher.torrent.peersFound([addressOf(host)], 'user');
  return { world, host, star, torrent, told, leechers };
}

async function addStar(world: World, options: SessionOptions): Promise<{ host: SimHost; star: Session }> {
  const host = world.addHost({ upBytesPerSecond: 1_000_000, downBytesPerSecond: 8_000_000 });
  // Nobody is told of others.
  const engine = { pex: { ...PEX_DEFAULTS, isOn: false } };
  const star = new Session({ listen: addressOf(host), engine, ...options }, host);
  await world.settle(star.listen());
  return { host, star };
}

function addressOf(host: SimHost) {
  return { host: host.address, port: 6881 };
}

function folderOf(content: SimContent): string {
  return `${FOLDER}-${CONTENTS.indexOf(content)}`;
}

function states(session: Session): SessionTorrent['state'][] {
  return session.torrents.map(torrent => torrent.state);
}

function linesOf({ uplink, downlink }: SimHost) {
  return { up: uplink.total, down: downlink.total };
}

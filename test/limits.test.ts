// Rate limits: whole sessions on virtual machines. What passes the line of the one that has the limit is counted, so
// everything that is said counts, wherever it is said.

import { describe, expect, it } from 'vitest';
import { PEX_DEFAULTS } from '../src/core/engine/pex-options.ts';
import { SimContent } from '../src/lab/sim/sim-content.ts';
import { FOLDER, SimPeer, type SimPeerOptions } from '../src/lab/sim/sim-peer.ts';
import { World } from '../src/lab/sim/world.ts';
import type { SessionTorrent } from '../src/session/session-torrent.ts';
import type { SessionOptions } from '../src/session/settings.ts';

const CONTENT = new SimContent({ length: 40_000_000, pieceLength: 262_144 });
const OTHER_CONTENT = new SimContent({ length: 20_000_000, pieceLength: 262_144, seed: 2 });
/** Nobody is told of others. */
const NO_PEX = { ...PEX_DEFAULTS, isOn: false };
const KIB = 1024;
const MB = 1_000_000;

describe('a rate that is limited', () => {
  for (const count of [1, 10, 100]) {
    it(`is kept to within 3 % in ten seconds when ${count} are uploaded to, and each gets as much`, async () => {
      const { world, star, others } = await meet(count, {
        isSeed: true,
        session: { uploadBytesPerSecond: MB },
      });
      await expectRate(world, () => star.host.uplink.total, MB);
      const got = others.map(other => other.torrent.stats().downloaded).sort((a, b) => a - b);
      // But for a few that had to wait for a repeat until the last first copies were out.
      const few = Math.floor(count / 50);
      expect(spread(got.slice(few, count - few))).toBeLessThan(6 * 16_384);
      expect(got[0]).toBeGreaterThan(0);
    });

    it(`is kept to within 3 % in ten seconds when ${count} are downloaded from, and each gives as much`, async () => {
      const { world, star, others } = await meet(count, { session: { downloadBytesPerSecond: MB } });
      await expectRate(world, () => star.host.downlink.total, MB);
      expect(spread(others.map(other => other.torrent.stats().uploaded))).toBeLessThan(6 * 16_384);
    });
  }

  it('is kept from 60 kB/s on, both ways at a time', async () => {
    const session = { uploadBytesPerSecond: 60_000, downloadBytesPerSecond: 60_000 };
    const { world, star } = await meet(8, { session });
    const leecher = new SimPeer(world, { content: CONTENT });
    leecher.start();
    await world.pass(30_000);
    leecher.torrent.peersFound([star.address], 'user');
    await expectRate(world, () => star.host.downlink.total, 60_000);
    await expectRate(world, () => star.host.uplink.total, 60_000);
  });

  it('does not hold for a torrent that is not to honour it, whose own still does', async () => {
    const { world, star } = await meet(4, { session: { downloadBytesPerSecond: 100_000 } });
    await expectRate(world, () => star.host.downlink.total, 100_000);
    star.torrent.setHonorsSessionRates(false);
    star.torrent.setLimits({ downloadBytesPerSecond: 500_000 });
    await expectRate(world, () => star.host.downlink.total, 500_000);
    star.torrent.setHonorsSessionRates(true);
    await expectRate(world, () => star.host.downlink.total, 100_000);
    star.torrent.setLimits({ downloadBytesPerSecond: Number.POSITIVE_INFINITY });
    star.torrent.setHonorsSessionRates(false);
    expect(star.torrent.honorsSessionRates).toBe(false);
    await world.run(() => star.isComplete, 10_000);
  });

  it('of a group is shared by its torrents, within the session’s or beside it', async () => {
    const { world, star } = await meet(4, { session: { downloadBytesPerSecond: 300_000 } });
    star.session.setRateGroup('slow', { downloadBytesPerSecond: 100_000 });
    star.torrent.setRateGroup('slow');
    await expectRate(world, () => star.host.downlink.total, 100_000);
    star.session.setRateGroup('slow', { downloadBytesPerSecond: 500_000 });
    await expectRate(world, () => star.host.downlink.total, 300_000);
    star.session.setRateGroup('slow', { honorsSessionRates: false });
    await expectRate(world, () => star.host.downlink.total, 500_000);
    expect(star.session.rateGroups.get('slow')).toEqual({
      uploadBytesPerSecond: Number.POSITIVE_INFINITY,
      downloadBytesPerSecond: 500_000,
      honorsSessionRates: false,
    });
    star.torrent.setRateGroup(undefined);
    await expectRate(world, () => star.host.downlink.total, 300_000);
  });

  it('can be changed at any time, and lifted', async () => {
    const { world, star } = await meet(4, { session: { downloadBytesPerSecond: MB } });
    await world.pass(1000);
    star.session.setLimits({ downloadBytesPerSecond: 100_000 });
    await expectRate(world, () => star.host.downlink.total, 100_000);
    star.torrent.setLimits({ downloadBytesPerSecond: 60_000 });
    await expectRate(world, () => star.host.downlink.total, 60_000);
    star.session.setLimits({ downloadBytesPerSecond: Number.POSITIVE_INFINITY });
    star.torrent.setLimits({ downloadBytesPerSecond: 500_000 });
    expect(star.session.limits).toMatchObject({
      uploadBytesPerSecond: Number.POSITIVE_INFINITY,
      downloadBytesPerSecond: Number.POSITIVE_INFINITY,
    });
    await expectRate(world, () => star.host.downlink.total, 500_000);
    star.torrent.setLimits({ downloadBytesPerSecond: Number.POSITIVE_INFINITY });
    await world.run(() => star.isComplete, 10_000);
  });

  it('holds at once for what is on its way when it is set, and nobody is thought slow for it', async () => {
    // 40 ms away: some hundred blocks are under way when the limit comes.
    const { world, star } = await meet(8, { session: {}, latencyMs: 40 });
    await world.run(() => star.torrent.stats().downloaded > 10 * MB, 60_000);
    star.session.setLimits({ downloadBytesPerSecond: 50_000 });
    const before = star.torrent.stats().downloaded;
    for (let second = 0; second < 60; second++) {
      await world.pass(1000);
      expect(star.torrent.peers().filter(peer => peer.isSnubbed)).toEqual([]);
    }
    const kept = (star.torrent.stats().downloaded - before) / (60 * 50_000);
    // A read takes what is there: a window of 256 KiB.
    expect(Math.abs(kept - 1)).toBeLessThan(0.1);
  });

  it('of 100 KiB/s is shared by fifty without one of them being thought slow', async () => {
    const { world, star, others } = await meet(50, { session: { downloadBytesPerSecond: 100 * KIB } });
    for (let second = 0; second < 60; second++) {
      await world.pass(1000);
      expect(star.torrent.peers().filter(peer => peer.isSnubbed)).toEqual([]);
    }
    expect(star.torrent.peers()).toHaveLength(50);
    const given = others.map(other => other.torrent.stats().uploaded);
    expect(Math.min(...given)).toBeGreaterThan(60_000);
    await expectRate(world, () => star.host.downlink.total, 100 * KIB);
    expect(star.torrent.stats().wasted).toBe(0);
  });

  it('is used up although most are slow', async () => {
    const { world, star } = await meet(40, {
      session: { downloadBytesPerSecond: 200_000 },
      upBytesPerSecond: 1000,
    });
    const fast = new SimPeer(world, { content: CONTENT, isSeed: true });
    fast.start();
    await world.pass(10_000);
    fast.torrent.peersFound([star.address], 'user');
    // The slow ones take sixteen seconds for a block: by then it is known how little they use of their part.
    await world.pass(20_000);
    await expectRate(world, () => star.host.downlink.total, 200_000);
  });

  it('of 0 lets nothing but words through', async () => {
    const { world, star } = await meet(3, { session: { downloadBytesPerSecond: 0 } });
    await world.pass(60_000);
    expect(star.torrent.stats()).toMatchObject({ downloaded: 0, peerCount: 3 });
    star.session.setLimits({ downloadBytesPerSecond: MB });
    await expectRate(world, () => star.host.downlink.total, MB);
  });

  it('of uploads does not hold up our own requests', async () => {
    const lines = { upBytesPerSecond: MB };
    const { world, star, others } = await meet(2, { session: { uploadBytesPerSecond: 30_000 }, ...lines });
    // It gives and takes.
    const leecher = new SimPeer(world, { content: CONTENT, ...lines });
    leecher.start();
    await world.pass(1000);
    leecher.torrent.peersFound([others[0]!.address, star.address], 'user');
    const before = star.torrent.stats();
    await world.pass(15_000);
    const after = star.torrent.stats();
    expect(after.uploaded - before.uploaded).toBeGreaterThan(14 * 30_000);
    expect(after.downloaded - before.downloaded).toBeGreaterThan(15 * MB);
  });

  it('is no limit for local peers where the settings say so', async () => {
    const session = { downloadBytesPerSecond: 10_000, limitsLocalPeers: false };
    const { world, star } = await meet(2, { session });
    await world.run(() => star.isComplete, 20_000);
  });

  it('counts the packets too where the settings say so', async () => {
    const { world, star } = await meet(4, { session: { downloadBytesPerSecond: MB, limitsPackets: true } });
    await expectRate(world, () => star.host.downlink.total, (MB * 1460) / 1500);
  });

  it('that is no number is refused', async () => {
    const { star } = await meet(1, { session: {} });
    expect(() => star.session.setLimits({ uploadBytesPerSecond: -1 })).toThrow(TypeError);
    expect(() => star.torrent.setLimits({ downloadBytesPerSecond: Number.NaN })).toThrow(TypeError);
  });
});

describe('connections', () => {
  it('are made at the pace that is set, and part with the worst when fewer may be', async () => {
    const world = new World({ seed: 1 });
    const content = world.addContent(CONTENT);
    const seeds = Array.from(
      { length: 30 },
      () => new SimPeer(world, { content, isSeed: true, upBytesPerSecond: 50_000 }),
    );
    const star = new SimPeer(world, { content, session: { dialsPerSecond: 5 } });
    for (const peer of [star, ...seeds]) peer.start();
    await world.pass(100);
    star.torrent.peersFound(
      seeds.map(seed => seed.address),
      'user',
    );
    expect(star.torrent.connectionCount).toBe(5);
    await world.pass(2100);
    expect(star.torrent.connectionCount).toBe(15);
    await world.pass(5000);
    expect(star.torrent.peers()).toHaveLength(30);
    star.session.setLimits({ maxConnections: 12 });
    expect(star.torrent.connectionCount).toBe(12);
    star.torrent.setLimits({ maxPeers: 4 });
    expect(star.torrent.connectionCount).toBe(4);
    await world.pass(60_000);
    expect(star.torrent.connectionCount).toBe(4);
  });
});

describe('torrents of one session', () => {
  it('get as much each, however many peers they have', async () => {
    const { world, star } = await meet(10, { isSeed: true, session: { uploadBytesPerSecond: MB } });
    const second = shareToo(world, star);
    const leecher = new SimPeer(world, { content: OTHER_CONTENT });
    leecher.start();
    await world.pass(2000);
    leecher.torrent.peersFound([star.address], 'user');
    await world.pass(2000);
    const before = [star.torrent, second].map(torrent => torrent.stats().uploaded);
    await expectRate(world, () => star.host.uplink.total, MB);
    const [first, other] = [star.torrent, second].map((torrent, i) => torrent.stats().uploaded - before[i]!);
    expect(first! / other!).toBeGreaterThan(0.97);
    expect(first! / other!).toBeLessThan(1.03);
  });

  it('of a group share its limit, whatever the session’s is', async () => {
    const { world, star } = await meet(6, { isSeed: true, session: { uploadBytesPerSecond: MB } });
    const second = shareToo(world, star);
    const leecher = new SimPeer(world, { content: OTHER_CONTENT });
    leecher.start();
    await world.pass(2000);
    leecher.torrent.peersFound([star.address], 'user');
    await world.pass(2000);
    star.session.setRateGroup('both', { uploadBytesPerSecond: 400_000 });
    for (const torrent of [star.torrent, second]) torrent.setRateGroup('both');
    star.session.setLimits({ uploadBytesPerSecond: Number.POSITIVE_INFINITY });
    const before = [star.torrent, second].map(torrent => torrent.stats().uploaded);
    await expectRate(world, () => star.host.uplink.total, 400_000);
    const [first, other] = [star.torrent, second].map((torrent, i) => torrent.stats().uploaded - before[i]!);
    expect(first! / other!).toBeGreaterThan(0.9);
    expect(first! / other!).toBeLessThan(1.1);
  });

  it('take what another one leaves', async () => {
    const { world, star } = await meet(5, { isSeed: true, session: { uploadBytesPerSecond: MB } });
    const second = shareToo(world, star);
    second.setLimits({ uploadBytesPerSecond: 200_000 });
    const leecher = new SimPeer(world, { content: OTHER_CONTENT });
    leecher.start();
    await world.pass(2000);
    leecher.torrent.peersFound([star.address], 'user');
    await world.pass(2000);
    const before = second.stats().uploaded;
    await expectRate(world, () => star.host.uplink.total, MB);
    expect((second.stats().uploaded - before) / (15 * 200_000)).toBeCloseTo(1, 1);
  });
});

/** The second torrent of a peer, of which it has everything. */
function shareToo(world: World, star: SimPeer): SessionTorrent {
  const content = world.addContent(OTHER_CONTENT);
  star.host.disk.fill(`${FOLDER}-2`, content);
  return star.session.add({ info: content.metainfo, downloadDir: `${FOLDER}-2` });
}

interface Meeting extends Partial<SimPeerOptions> {
  readonly isSeed?: boolean;
  /** Of the star. */
  readonly session: SessionOptions;
}

/** One that has a limit, and so many others that it exchanges with and that know nobody else; the rest is the others'. */
async function meet(count: number, { isSeed = false, session, ...rest }: Meeting) {
  const engine = { choker: { slots: 200 }, maxPeers: 200, pex: NO_PEX };
  const world = new World({ seed: 1 });
  const content = world.addContent(CONTENT);
  const star = new SimPeer(world, { content, isSeed, session: { engine, ...session } });
  const others = Array.from(
    { length: count },
    () => new SimPeer(world, { content, isSeed: !isSeed, session: { engine }, ...rest }),
  );
  for (const peer of [star, ...others]) peer.start();
  await world.pass(100);
  for (const [i, other] of others.entries()) {
    other.torrent.peersFound([star.address], 'user');
    // No more than are greeted at a time.
    if (i % 20 === 19) await world.pass(50);
  }
  return { world, star, others };
}

/** Over the ten seconds from now, and over ten that begin later. */
async function expectRate(world: World, bytes: () => number, rate: number): Promise<void> {
  const atStart = bytes();
  await world.pass(5000);
  const later = bytes();
  await world.pass(5000);
  const overTen = [(bytes() - atStart) / (10 * rate)];
  await world.pass(5000);
  overTen.push((bytes() - later) / (10 * rate));
  for (const kept of overTen) expect(Math.abs(kept - 1), `${kept}`).toBeLessThan(0.03);
}

function spread(values: readonly number[]): number {
  return Math.max(...values) - Math.min(...values);
}

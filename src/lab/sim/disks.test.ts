// Disks that are slow, full, failing and rotten: what a session makes of them.

import { describe, expect, it } from 'vitest';
import { SwarmlineError } from '../../core/errors.ts';
import { Session } from '../../session/session.ts';
import { SimContent } from './sim-content.ts';
import { FOLDER } from './sim-peer.ts';
import { SimSwarm } from './sim-swarm.ts';

const MIB = 1_048_576;

function swarmOf(): SimSwarm {
  const swarm = new SimSwarm({ seed: 1, content: { length: 4 * MIB, pieceLength: 65_536 } });
  swarm.addSeed();
  return swarm;
}

describe('a slow disk', () => {
  it('slows its machine down to its rate, in bounded memory, and nobody else', async () => {
    const swarm = swarmOf();
    const [slow] = swarm.addLeechers(1, { disk: { bytesPerSecond: 100_000, pieceBytes: 262_144 } });
    const others = swarm.addLeechers(3);
    let mostLent = 0;
    slow!.host.disk.pool.onLent = lent => {
      mostLent = Math.max(mostLent, lent);
    };
    await swarm.runAll(120_000);
    expect(slow!.completedAt! - slow!.startedAt).toBeGreaterThan(40_000);
    expect(slow!.completedAt! - slow!.startedAt).toBeLessThan(70_000);
    for (const other of others) expect(other.completedAt! - other.startedAt).toBeLessThan(10_000);
    expect(mostLent).toBeLessThanOrEqual(262_144);
  });
});

describe('a torrent that is moved', () => {
  it('goes on downloading at the other place, and nobody notices', async () => {
    const swarm = swarmOf();
    const [leecher] = swarm.addLeechers(1, { downBytesPerSecond: 500_000 });
    await swarm.world.pass(1000);
    leecher!.start();
    await swarm.world.pass(3000);
    const { torrent } = leecher!;
    const had = torrent.stats().piecesHave;
    expect(had).toBeGreaterThan(4);
    const left: unknown[] = [];
    torrent.on('peer', event => event.type === 'peer-left' && left.push(event.reason?.code));
    await swarm.world.settle(torrent.moveTo('/elsewhere'));
    expect([torrent.downloadDir, torrent.state, left]).toEqual(['/elsewhere', 'downloading', []]);
    await swarm.complete([leecher!], 60_000);
    expect(left.filter(code => code !== 'PEER_NOT_NEEDED')).toEqual([]);
    expect(torrent.stats().wasted).toBe(0);
  });
});

describe('a disk that is to give a torrent all its room', () => {
  it('says at once where it has too little, and has taken nothing; with room it is filled from what it has taken', async () => {
    const swarm = swarmOf();
    const host = swarm.world.addHost({ disk: { capacity: 3 * MIB } });
    const session = new Session({ listen: false, allocation: 'full' }, host);
    const torrent = session.add({ info: swarm.content.metainfo, downloadDir: FOLDER });
    const errors: string[] = [];
    torrent.on('error', ({ code }) => errors.push(code));
    await swarm.world.pass(1000);
    expect([errors, torrent.state, host.disk.used]).toEqual([['DISK_FULL'], 'failed', 0]);
    host.disk.capacity = 4 * MIB;
    host.disk.bytesPerSecond = 2 * MIB;
    torrent.resume();
    await swarm.world.pass(1000);
    expect(torrent.state).toBe('allocating');
    await swarm.world.pass(1500);
    expect([torrent.state, host.disk.used]).toEqual(['downloading', 4 * MIB]);
    host.disk.bytesPerSecond = Number.POSITIVE_INFINITY;
    torrent.peersFound([swarm.seeds[0]!.address], 'user');
    await swarm.world.pass(60_000);
    expect([errors.length, torrent.state, host.disk.used]).toEqual([1, 'seeding', 4 * MIB]);
  });
});

describe('a full disk', () => {
  it('stops that torrent with DISK_FULL and goes on from there when there is room', async () => {
    const swarm = swarmOf();
    const [full] = swarm.addLeechers(1, { disk: { capacity: MIB } });
    const others = swarm.addLeechers(3);
    await swarm.world.pass(1000);
    for (const leecher of swarm.leechers) leecher.start();
    await swarm.complete(others, 60_000);
    expect(full!.torrent.state).toBe('failed');
    expect(full!.errors.map(({ code }) => code)).toEqual(['DISK_FULL']);
    expect(full!.host.disk.used).toBe(MIB);
    full!.host.disk.capacity = Number.POSITIVE_INFINITY;
    full!.torrent.resume();
    await swarm.complete([full!], 60_000);
    // What was there was kept.
    expect(full!.torrent.stats().downloaded).toBeLessThan(4.5 * MIB);
    expect(full!.host.disk.pool.lent).toBe(0);
  });

  it('stops the torrent that lies on it, and not its neighbour', async () => {
    const swarm = swarmOf();
    const { world } = swarm;
    const other = world.addContent(new SimContent({ length: 2 * MIB, pieceLength: 65_536, seed: 7 }));
    const seedHost = world.addHost();
    seedHost.disk.fill(FOLDER, other);
    const seed = new Session({ listen: { host: seedHost.address, port: 1000 } }, seedHost);
    const host = world.addHost();
    const session = new Session({ listen: false }, host);
    await seed.listen();
    seed.add({ info: other.metainfo, downloadDir: FOLDER });
    const there = session.add({ info: other.metainfo, downloadDir: '/there' });
    const here = session.add({ info: swarm.content.metainfo, downloadDir: '/full' });
    host.disk.fullFolders.add('/full');
    await world.pass(1000);
    here.peersFound([swarm.seeds[0]!.address], 'user');
    there.peersFound([{ host: seedHost.address, port: 1000 }], 'user');
    await world.run(() => there.stats().isComplete && here.state === 'failed', 30_000);
    expect([there.state, here.state, here.error?.code]).toEqual(['seeding', 'failed', 'DISK_FULL']);
    host.disk.fullFolders.clear();
    here.resume();
    await world.run(() => here.state === 'seeding', 60_000);
  });
});

describe('a failing disk', () => {
  it('of a seed stops its torrent; the others have what is there, and go on when it works again', async () => {
    const swarm = swarmOf();
    const { world } = swarm;
    const [seed] = swarm.seeds;
    const leechers = swarm.addLeechers(2);
    world.after(3000, () => {
      seed!.host.disk.fault = new SwarmlineError('DISK_FAILED', 'The disk reports a fault.');
    });
    await world.pass(1000);
    for (const leecher of leechers) leecher.start();
    await world.run(() => seed!.torrent.state === 'failed', 10_000);
    expect(leechers.some(leecher => leecher.isComplete)).toBe(false);
    seed!.host.disk.fault = undefined;
    seed!.torrent.resume();
    await swarm.complete(leechers, 120_000);
  });

  it('that has rotten pieces spoils nothing: they are fetched of others', async () => {
    const swarm = swarmOf();
    const [seed] = swarm.seeds;
    const second = swarm.addSeed();
    await swarm.world.pass(500);
    // Unnoticed: the check is over.
    for (let piece = 0; piece < 8; piece++) seed!.host.disk.rot(FOLDER, piece * 8);
    const [leecher] = swarm.addLeechers(1);
    await swarm.runAll(300_000);
    expect(leecher!.host.disk.wrongPieces.length).toBeLessThanOrEqual(3);
    expect(leecher!.banned.map(({ host }) => host)).not.toContain(second.host.address);
  });
});

it('a power cut loses what was not synced, and the rest is found again', async () => {
  const swarm = swarmOf();
  const [leecher] = swarm.addLeechers(1, { disk: { syncMs: 2000 } });
  const { world, content } = swarm;
  await world.pass(1000);
  leecher!.start();
  await world.run(() => leecher!.hasStarted && leecher!.torrent.stats().piecesHave === 48, 60_000);
  leecher!.vanish('without a word');
  leecher!.host.disk.crash();
  const again = swarm.restart(leecher!);
  again.start();
  await world.run(() => again.hasStarted && again.torrent.state !== 'checking', 10_000);
  const { piecesHave } = again.torrent.stats();
  // Two seconds of the seed's megabyte each.
  expect(piecesHave).toBeGreaterThanOrEqual(48 - 34);
  expect(piecesHave).toBeLessThan(48);
  await swarm.complete([again], 60_000);
  expect(again.torrent.stats().downloaded).toBe((64 - piecesHave) * content.metainfo.pieceLength);
});

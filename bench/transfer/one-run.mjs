// One run: a seed and its leechers start, the clock runs from the moment that the leechers are told of the torrent to the last
// one's last checked piece, all end, and their data is compared. What is not whole and right has no figures.
import { closeSync, mkdirSync, mkdtempSync, openSync, readSync, rmSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { after, machineCpuSeconds } from './peer-process.mjs';

/**
 * `client` (of clients.mjs), `payload` and `torrent` (paths), `leechers`, `encryption`, `transport`, `ethernet`, `timeoutSeconds`; where: `network`,
 * `meetingPlace`, `work` (a folder for what this run writes). Answers figures; a run that failed answers `{ fault }`.
 */
export async function oneRun(options) {
  const { work, payload, leechers, meetingPlace } = options;
  const folder = mkdtempSync(join(work, 'run-'));
  const peers = [];
  try {
    const wishes = [];
    for (let i = 0; i <= leechers; i++) wishes.push(await wishFor(options, folder, i));
    meetingPlace.clear(wishes.map(({ port, address }) => [port, address]));
    for (const wish of wishes) peers.push(options.client.peer(wish));
    const [seed, ...others] = peers;
    await seed.start();
    // The seed is there, and known, before anybody asks for it.
    await seed.until('announced', async () => meetingPlace.seen.has(seed.wish.port));
    await Promise.all(others.map(peer => peer.start()));
    const figures = await measure(peers, options);
    if (figures.fault !== undefined) return figures;
    // What is still on its way to the disk is there when a program has ended.
    await stopAll(peers);
    for (const { dir } of wishes.slice(1))
      if (!isEqual(payload, join(dir, basename(payload))))
        return { fault: 'its data is wrong', isWrong: true };
    return figures;
  } catch (error) {
    return { fault: error.message };
  } finally {
    await stopAll(peers);
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  }
}

async function wishFor({ network, payload, torrent, encryption, transport, ethernet }, folder, index) {
  const role = index === 0 ? 'seed' : 'leech';
  const home = join(folder, `peer-${index}`);
  mkdirSync(join(home, 'data'), { recursive: true });
  const dir = role === 'seed' ? dirname(payload) : join(home, 'data');
  const place = { address: network.address(index), ...(await network.ports(index)) };
  return {
    role,
    home,
    dir,
    torrent,
    encryption,
    transport,
    ethernet,
    prefix: network.prefix(index),
    ...place,
  };
}

async function measure(peers, { payload, network, timeoutSeconds }) {
  const [seed, ...leechers] = peers;
  const ports = peers.map(({ wish }) => wish.port);
  const bytes = statSync(payload).size * leechers.length;
  const cpuBefore = peers.map(peer => peer.cpuSeconds());
  const machineBefore = machineCpuSeconds();
  const sentBefore = network.sentBytes?.();
  const anonymous = peers.map(() => 0);
  const start = performance.now();
  let connectedAt;
  let nextSample = start;
  await Promise.all(leechers.map(leecher => leecher.go()));
  while (leechers.some(({ doneAt }) => doneAt === undefined)) {
    const now = performance.now();
    if (now > start + timeoutSeconds * 1000) {
      const have = leechers.reduce((sum, leecher) => sum + leecher.have, 0);
      const soFar = have > 0 ? `, with ${(have / 1e6).toFixed(0)} of ${(bytes / 1e6).toFixed(0)} MB` : '';
      return { fault: `not done after ${timeoutSeconds} s${soFar}`, isLate: true };
    }
    if (connectedAt === undefined && seed.isConnected(ports)) connectedAt = now;
    if (now >= nextSample) {
      nextSample = now + SAMPLE_MS;
      for (const [i, peer] of peers.entries()) anonymous[i] = Math.max(anonymous[i], peer.memory().anonymous);
    }
    await Promise.all(leechers.map(leecher => (leecher.doneAt === undefined ? leecher.look() : undefined)));
    for (const peer of peers) peer.mustRun();
    await after(connectedAt === undefined ? CONNECTING_MS : LOOK_MS);
  }
  const cpu = peers.map((peer, i) => peer.cpuSeconds() - cpuBefore[i]);
  const all = sum(cpu);
  const resident = peers.map(peer => peer.memory().peak);
  const seconds = (Math.max(...leechers.map(({ doneAt }) => doneAt)) - start) / 1000;
  const firstAt = Math.min(...leechers.map(({ firstAt: at }) => at));
  const first = (firstAt - start) / 1000;
  return {
    seconds,
    rate: bytes / seconds,
    rateAfterStart: bytes / Math.max(seconds - first, LOOK_MS / 1000),
    first,
    // Seen at most one look late, so never less than nothing.
    firstOfConnection: Math.max(0, firstAt - (connectedAt ?? start)) / 1000,
    cpuSeed: cpu[0],
    cpuLeech: all - cpu[0],
    cpu: all,
    otherCpu: Math.max(0, machineCpuSeconds() - machineBefore - all),
    memorySeed: resident[0],
    memoryLeech: Math.max(...resident.slice(1)),
    anonymousSeed: anonymous[0],
    anonymousLeech: Math.max(...anonymous.slice(1)),
    ...(sentBefore === undefined
      ? {}
      : { copies: (network.sentBytes()[0] - sentBefore[0]) / statSync(payload).size }),
  };
}

async function stopAll(peers) {
  await Promise.all(peers.map(peer => peer.stop()));
}

/** Whether two files hold the same bytes. */
export function isEqual(one, other) {
  const files = [];
  try {
    for (const path of [one, other]) files.push(openSync(path, 'r'));
    for (;;) {
      const [a, b] = files.map((file, i) => chunks[i].subarray(0, readSync(file, chunks[i])));
      if (Buffer.compare(a, b) !== 0) return false;
      if (a.length === 0) return true;
    }
  } catch (error) {
    if (error.code === 'ENOENT') return false;
    throw error;
  } finally {
    for (const file of files) closeSync(file);
  }
}

function sum(numbers) {
  return numbers.reduce((total, number) => total + number, 0);
}

const LOOK_MS = 20;
const CONNECTING_MS = 5;
const SAMPLE_MS = 200;
const CHUNK_BYTES = 1024 ** 2;
// Pages of WebAssembly's memory: files are read several times as fast into memory that starts at a page (aligned-read.mjs).
const { buffer } = new WebAssembly.Memory({ initial: (2 * CHUNK_BYTES) / 65_536 });
const chunks = [0, 1].map(i => new Uint8Array(buffer, i * CHUNK_BYTES, CHUNK_BYTES));

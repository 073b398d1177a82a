// How threads of the tracker had best share swarms: locks on one memory, or each swarm owned by one thread and asked by ring.
//
//   node bench/tracker-threads.mjs [--seconds 2] [--threads 2]     build first
//
// Announces of 100,000 peers in 10,000 swarms, 50 wanted, straight to the store: no sockets. `owned` is the best case of
// messages: rings in shared memory, polled without pause, 64 announces at a time; of these those of other threads' swarms
// go there as they came (20 + 8 bytes) and come back as answers.

import './help.mjs';
import { parseArgs } from 'node:util';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { seededRandom } from '../dist/core/bytes/prng.js';
import { MemoryStore, newStoreMemory } from '../dist/tracker/stores/memory.js';

const SWARMS = 10_000;
const PEERS = 10;
const BATCH = 64;
const SLOT = 512;
const STORE = { memoryBytes: 64 * 1024 * 1024 };

if (isMainThread) await main();
else await { locked, owned }[workerData.way](workerData);

async function main() {
  const { values } = parseArgs({ options: { seconds: { type: 'string' }, threads: { type: 'string' } } });
  const seconds = Number(values.seconds ?? 2);
  const threads = Number(values.threads ?? 2);
  const ways = [
    ['one thread, memory of its own', 'locked', 1, false],
    ['one thread, shared memory (locks)', 'locked', 1, true],
    [`${threads} threads, shared memory (locks)`, 'locked', threads, true],
    [`${threads} threads, swarms owned, rings`, 'owned', threads, false],
  ];
  const rates = new Map(ways.map(([label]) => [label, []]));
  for (let round = 0; round < 5; round++)
    for (const [label, ...way] of ways) rates.get(label).push(await run(seconds, ...way));
  console.log('| way | announces/s | of one thread |\n| --- | ---: | ---: |');
  let first;
  for (const [label, values] of rates) {
    const median = values.sort((a, b) => a - b)[2];
    first ??= median;
    console.log(`| ${label} | ${Math.round(median / 1000)} k | ${(median / first).toFixed(2)} |`);
  }
}

async function run(seconds, way, threads, isShared) {
  const memory = isShared ? newStoreMemory(STORE) : undefined;
  const rings = new SharedArrayBuffer(threads * threads * (64 + BATCH * SLOT));
  const start = new SharedArrayBuffer(8);
  const counts = await Promise.all(
    Array.from({ length: threads }, (_, thread) => {
      const worker = new Worker(new URL(import.meta.url), {
        workerData: { way, thread, threads, memory, rings, start, seconds },
      });
      return new Promise((resolve, reject) => {
        worker.once('message', resolve);
        worker.once('error', reject);
      });
    }),
  );
  return counts.reduce((sum, count) => sum + count, 0) / seconds;
}

function announces(thread) {
  const random = seededRandom(thread + 1);
  const hashes = Array.from({ length: SWARMS }, (_, n) => seededRandom(n + 1).fill(new Uint8Array(20)));
  const announce = {
    infoHash: hashes[0],
    ip: new Uint8Array([10, 0, 0, 1]),
    port: 1,
    role: 'leecher',
    completed: false,
    want4: 50,
    want6: 0,
  };
  const next = () => {
    const swarm = random.below(SWARMS);
    announce.infoHash = hashes[swarm];
    announce.port = 1 + random.below(PEERS);
    announce.role = announce.port % 4 === 3 ? 'seed' : 'leecher';
    return swarm;
  };
  return { announce, next, hashes };
}

/** All threads begin at once; the first second warms up. */
function begin({ start, threads, seconds }) {
  const words = new Int32Array(start);
  Atomics.add(words, 0, 1);
  while (Atomics.load(words, 0) < threads);
  const from = performance.now() + 1_000;
  return { from, until: from + seconds * 1_000 };
}

function locked(data) {
  const { announce, next } = announces(data.thread);
  const store = new MemoryStore(STORE, { random: seededRandom(data.thread), memory: data.memory });
  let bytes = 0;
  const done = ({ peers }) => {
    bytes += peers.length;
  };
  const { from, until } = begin(data);
  let count = 0;
  for (let now = performance.now(); now < until; now = performance.now()) {
    for (let i = 0; i < BATCH; i++) {
      next();
      store.announce(announce, now, done);
    }
    if (now >= from) count += BATCH;
  }
  parentPort.postMessage(count + 0 * bytes);
}

/** A ring from each thread to each other: word 0 is how many requests wait, word 1 how many answers. */
function owned(data) {
  const { thread, threads, rings } = data;
  const { announce, next } = announces(thread);
  const store = new MemoryStore(STORE, { random: seededRandom(thread) });
  const words = new Int32Array(rings);
  const bytes = new Uint8Array(rings);
  const ringAt = (from, to) => (from * threads + to) * (64 + BATCH * SLOT);
  const asked = { ...announce, infoHash: new Uint8Array(20) };
  let at = 0;
  const answer = ({ peers, complete, incomplete }) => {
    words[at >> 2] = complete;
    words[(at >> 2) + 1] = incomplete;
    words[(at >> 2) + 2] = peers.length;
    for (let i = 0; i < peers.length; i++) bytes[at + 12 + i] = peers[i];
  };
  const ignore = () => {};
  const serve = now => {
    for (let other = 0; other < threads; other++) {
      if (other === thread) continue;
      const ring = ringAt(other, thread);
      const waiting = Atomics.load(words, ring >> 2);
      if (waiting === 0) continue;
      for (let i = 0; i < waiting; i++) {
        at = ring + 64 + i * SLOT;
        for (let k = 0; k < 20; k++) asked.infoHash[k] = bytes[at + k];
        asked.port = bytes[at + 20];
        asked.role = bytes[at + 21] === 1 ? 'seed' : 'leecher';
        store.announce(asked, now, answer);
      }
      Atomics.store(words, ring >> 2, 0);
      Atomics.store(words, (ring >> 2) + 1, waiting);
    }
  };
  const { from, until } = begin(data);
  let count = 0;
  for (let now = performance.now(); now < until; now = performance.now()) {
    const sent = new Array(threads).fill(0);
    for (let i = 0; i < BATCH; i++) {
      const owner = next() % threads;
      if (owner === thread) {
        store.announce(announce, now, ignore);
        continue;
      }
      const slot = ringAt(thread, owner) + 64 + sent[owner]++ * SLOT;
      for (let k = 0; k < 20; k++) bytes[slot + k] = announce.infoHash[k];
      bytes[slot + 20] = announce.port;
      bytes[slot + 21] = announce.role === 'seed' ? 1 : 0;
    }
    for (let other = 0; other < threads; other++)
      if (sent[other] > 0) Atomics.store(words, ringAt(thread, other) >> 2, sent[other]);
    for (let other = 0; other < threads; other++) {
      if (sent[other] === 0) continue;
      const ring = ringAt(thread, other) >> 2;
      while (Atomics.load(words, ring + 1) === 0 && performance.now() < until) serve(now);
      Atomics.store(words, ring + 1, 0);
    }
    serve(now);
    if (now >= from) count += BATCH;
  }
  parentPort.postMessage(count);
}

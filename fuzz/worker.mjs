// Runs one target: first its corpus, then mutations of what is known, until time or runs are over or a fault is found.

import { parentPort, workerData } from 'node:worker_threads';
import { seededRandom } from '../dist/core/bytes/prng.js';
import { ProtocolError } from '../dist/core/errors.js';
import { mutate } from './mutate.mjs';

const SLOW_MS = 1000;
const MAX_POOL = 1000;
const MAX_SHRINKS = 2000;

const { counters, input } = workerData.shared;
const { run, seeds, tokens = [], maxLength = 4096, bencoded = false } = await import(workerData.target);
const random = seededRandom(workerData.seed);
const behaviours = new Set();
const kept = [];
let runs = 0;

parentPort.postMessage(fuzz());

function fuzz() {
  const pool = [];
  for (const { file, bytes } of workerData.corpus) {
    const fault = attempt(bytes);
    if (fault !== undefined) return { fault, runs, bytes, file };
    if (bytes.length <= maxLength) pool.push(bytes);
  }
  for (const seed of seeds) {
    const fault = attempt(seed);
    if (fault !== undefined) return { fault, runs, bytes: seed };
    pool.push(seed);
  }
  const end = performance.now() + workerData.seconds * 1000;
  const firstRun = runs;
  while (runs - firstRun < workerData.runs && ((runs & 63) !== 0 || performance.now() < end)) {
    const bytes = mutate(pool[random.below(pool.length)], { pool, random, tokens, maxLength, bencoded });
    const before = behaviours.size;
    const fault = attempt(bytes);
    if (fault !== undefined) return { fault, runs, bytes: shrink(bytes, fault) };
    if (behaviours.size > before) {
      kept.push(bytes);
      if (pool.length < MAX_POOL) pool.push(bytes);
      else pool[random.below(MAX_POOL)] = bytes;
    }
  }
  return { runs, corpus: workerData.corpus.length, behaviours: behaviours.size, kept };
}

/** What is wrong with the target on these bytes; undefined where nothing is. */
function attempt(bytes) {
  runs++;
  input.set(bytes.subarray(0, input.length));
  Atomics.store(counters, 1, Math.min(bytes.length, input.length));
  Atomics.store(counters, 0, runs);
  const { fault, isSlow } = timed(bytes);
  if (fault !== undefined || !isSlow) return fault;
  // The machine may have been busy: it is slow only if it is so each time.
  return timed(bytes).isSlow && timed(bytes).isSlow ? `a run takes more than ${SLOW_MS} ms` : undefined;
}

function timed(bytes) {
  const start = performance.now();
  let fault;
  try {
    // A copy each: a target that writes into its input is at fault, and must not spoil the pool.
    const given = bytes.slice();
    behaviours.add(`fine: ${run(given)}`);
    if (Buffer.compare(given, bytes) !== 0) fault = 'the target wrote into its input';
  } catch (error) {
    if (error instanceof ProtocolError) behaviours.add(`${error.code}: ${shapeOf(error)}`);
    else fault = error instanceof Error ? (error.stack ?? String(error)) : `it threw ${String(error)}`;
  }
  return { fault, isSlow: performance.now() - start > SLOW_MS };
}

/** The same sentence about other numbers and names is nothing new. */
function shapeOf({ message, where }) {
  const general = message.replace(where || '…', '…').replace(/"[\s\S]*"/, '"…"');
  return general.replace(/\d+/g, '#').slice(0, 80);
}

/** Leaves out what the fault does not need. */
function shrink(bytes, fault) {
  if (fault.startsWith('a run takes')) return bytes;
  const kind = fault.split('\n')[0].replace(/\d+/g, '#');
  let least = bytes;
  let attempts = 0;
  for (let size = least.length >> 1; size > 0; size = size >> 1) {
    for (let at = 0; at + size <= least.length && attempts < MAX_SHRINKS; attempts++) {
      const shorter = Buffer.concat([least.subarray(0, at), least.subarray(at + size)]);
      if (timed(shorter).fault?.split('\n')[0].replace(/\d+/g, '#') === kind) least = shorter;
      else at += size;
    }
  }
  return new Uint8Array(least);
}

// How many threads are started, with threads that only count what they are asked.
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { DiskJob, DiskRequest } from './disk-jobs.ts';
import { DiskThreads } from './disk-threads.ts';
import { shaLanes } from './sha-lanes.ts';

const started = vi.hoisted(() => [] as { asked: DiskRequest[]; answer(): void }[]);

vi.mock('node:worker_threads', async importOriginal => {
  const { EventEmitter } = await import('node:events');
  class Worker extends EventEmitter {
    readonly asked: DiskRequest[] = [];
    constructor() {
      super();
      started.push(this);
    }
    answer(): void {
      for (const { id } of this.asked.splice(0)) this.emit('message', { id });
    }
    postMessage(request: DiskRequest): void {
      this.asked.push(request);
    }
    ref(): void {}
    unref(): void {}
  }
  return { ...(await importOriginal<object>()), Worker };
});

beforeEach(() => {
  started.length = 0;
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

const owner = { torrent: 1, opened: () => ({ folder: '/', files: [], markCount: 0 }) };
const read: DiskJob = { kind: 'read', torrent: 1, bytes: new Uint8Array(1), segments: [], times: [] };
const store: DiskJob = {
  ...{ kind: 'store', torrent: 1, bytes: new Uint8Array(1), times: [], blockDigests: false, marks: [] },
  piece: { piece: 0, length: 1, segments: [], check: { kind: 'sha1', digest: new Uint8Array(20) } },
};
const check: DiskJob = { kind: 'check', torrent: 1, pieces: [] };

function give(threads: DiskThreads, job: DiskJob, count: number): void {
  for (let i = 0; i < count; i++) threads.run(owner, job, () => {});
}

it('a few reads wait for the one thread that gets on', () => {
  const threads = new DiskThreads({ count: 3, maxOpenFiles: 10 });
  for (let i = 0; i < 20; i++) {
    give(threads, read, 5);
    vi.advanceTimersByTime(100);
    started[0]!.answer();
  }
  expect(started).toHaveLength(1);
});

it('many reads are spread over as many threads as there may be', () => {
  const threads = new DiskThreads({ count: 3, maxOpenFiles: 10 });
  give(threads, read, 100);
  expect(started).toHaveLength(3);
});

it('pieces that are hashed side by side, and reads beside them, wait for the one thread', () => {
  const threads = new DiskThreads({ count: 3, maxOpenFiles: 10 });
  give(threads, store, 16);
  give(threads, read, 7);
  expect(started).toHaveLength(1);
});

it.runIf(shaLanes !== undefined)(
  'pieces for SHA-1 keep to one thread, many as they are, while its disk gets on',
  () => {
    const threads = new DiskThreads({ count: 3, maxOpenFiles: 10 });
    give(threads, store, 200);
    expect(started).toHaveLength(1);
    vi.advanceTimersByTime(1000);
    give(threads, store, 16);
    expect(started).toHaveLength(2);
  },
);

it('no read waits long behind a disk that does not answer', () => {
  const threads = new DiskThreads({ count: 3, maxOpenFiles: 10 });
  give(threads, read, 1);
  vi.advanceTimersByTime(1000);
  give(threads, read, 1);
  expect(started).toHaveLength(2);
});

it('checks are given to a thread each', () => {
  const threads = new DiskThreads({ count: 3, maxOpenFiles: 10 });
  give(threads, check, 2);
  expect(started).toHaveLength(2);
});

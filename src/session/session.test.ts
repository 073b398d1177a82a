// A session on a host that stands still: time, streams and the disk do what the test says, when it says so.

import { describe, expect, it } from 'vitest';
import { noise, torrentOf } from '../../test/torrents.ts';
import type { Address } from '../core/bytes/compact-address.ts';
import { seededRandom } from '../core/bytes/prng.ts';
import { portableHash } from '../core/metainfo/info-hash.ts';
import { wireInfoHashes } from '../core/metainfo/metainfo.ts';
import { encodeHandshake } from '../core/wire/handshake.ts';
import type { DiskTorrent, FileStates, FlushedFiles } from '../host/disk.ts';
import type { Host } from '../host/host.ts';
import type { Stream } from '../host/stream.ts';
import { Session } from './session.ts';
import type { SessionOptions } from './settings.ts';

describe('a listener that throws', () => {
  it('is told to whoever listens to faults, and the exchange goes on', async () => {
    const { host, session } = await setUp();
    const faults: unknown[] = [];
    session.on('fault', fault => faults.push(fault));
    const torrent = session.add({ info: FILM, downloadDir: '/films' });
    torrent.on('ready', () => {
      throw BUG;
    });
    host.disks[0]!.checked();
    expect(faults).toEqual([BUG]);
    expect(host.timers).toEqual([]);
    expect(torrent.state).toBe('downloading');
  });

  it('is thrown once more where nobody listens to faults, from a timer', async () => {
    const { host, session } = await setUp();
    const torrent = session.add({ info: FILM, downloadDir: '/films' });
    torrent.on('ready', () => {
      throw BUG;
    });
    host.disks[0]!.checked();
    expect(torrent.state).toBe('downloading');
    expect(() => host.fireTimers(0)).toThrow(BUG);
  });

  it('is not lost where the listener to faults throws', async () => {
    const { host, session } = await setUp();
    session.on('fault', fault => {
      throw fault;
    });
    const torrent = session.add({ info: FILM, downloadDir: '/films' });
    torrent.on('ready', () => {
      throw BUG;
    });
    host.disks[0]!.checked();
    expect(() => host.fireTimers(0)).toThrow(BUG);
  });
});

describe('a torrent that came with a signal', () => {
  it('is closed when that is aborted, and is not added where that was', async () => {
    const { host, session } = await setUp();
    const controller = new AbortController();
    const { signal } = controller;
    const torrent = session.add({ info: FILM, downloadDir: '/films', signal });
    host.disks[0]!.checked();
    expect(torrent.state).toBe('downloading');
    controller.abort();
    expect(torrent.state).toBe('closed');
    expect(session.torrents).toEqual([]);
    expect(() => session.add({ info: FILM, downloadDir: '/films', signal })).toThrow(signal.reason);
  });

  it('leaves the signal alone when it is closed before', async () => {
    const { session } = await setUp();
    const { signal } = new AbortController();
    const listeners: unknown[] = [];
    signal.addEventListener = (_: string, listener: unknown) => void listeners.push(listener);
    signal.removeEventListener = (_: string, listener: unknown) =>
      void listeners.splice(listeners.indexOf(listener), 1);
    const torrent = session.add({ info: FILM, downloadDir: '/films', signal });
    expect(listeners).toHaveLength(1);
    void torrent.close();
    expect(listeners).toHaveLength(0);
  });
});

describe('those who dial us', () => {
  it('are let in a few a host, whether they have greeted or not, and again when some have left', async () => {
    const { host, session } = await setUp({ maxPerHost: 3 });
    session.add({ info: FILM, downloadDir: '/films' });
    host.disks[0]!.checked();
    const streams = times(3, () => host.incoming('192.0.2.1'));
    streams[0]!.onBytes(handshake());
    expect(session.torrents[0]!.connectionCount).toBe(1);
    expect(host.incoming('192.0.2.1').isOpen).toBe(false);
    expect(host.incoming('192.0.2.2').isOpen).toBe(true);
    streams[0]!.onClosed();
    expect(streams.map(stream => stream.isOpen)).toEqual([true, true, true]);
    expect(host.incoming('192.0.2.1').isOpen).toBe(true);
    expect(host.incoming('192.0.2.1').isOpen).toBe(false);
  });

  it('are one host with all of an IPv6 network, and any number on this machine', async () => {
    const { host } = await setUp({ maxPerHost: 2 });
    const open = ['2001:db8::1', '2001:db8::2', '2001:db8::ffff:3', '2001:db8:0:1::1'].map(
      address => host.incoming(address).isOpen,
    );
    expect(open).toEqual([true, true, false, true]);
    expect(times(10, () => host.incoming('127.0.0.1').isOpen)).not.toContain(false);
    expect(times(10, () => host.incoming('::1').isOpen)).not.toContain(false);
  });

  it('and say nothing are no more than so many, and for so long', async () => {
    const { host } = await setUp();
    const open = times(70, i => host.incoming(`192.0.2.${i}`).isOpen);
    expect(open.filter(isOpen => isOpen)).toHaveLength(64);
    host.fireTimers(10_000);
    expect(host.incoming('192.0.2.100').isOpen).toBe(true);
  });

  it('and are long about it make room for others, where there is no other place', async () => {
    const { host } = await setUp();
    const slow = times(64, i => host.incoming(`192.0.2.${i}`));
    expect(host.incoming('198.51.100.1').isOpen).toBe(false);
    host.now += 2000;
    const others = times(3, i => host.incoming(`198.51.100.${i}`));
    expect(others.map(({ isOpen }) => isOpen)).toEqual([true, true, true]);
    expect(slow.map(({ isOpen }) => isOpen).indexOf(true)).toBe(3);
    // Those that came just now make no room.
    times(100, i => host.incoming(`203.0.113.${i}`));
    expect(others.map(({ isOpen }) => isOpen)).toEqual([true, true, true]);
    expect(slow.every(({ isOpen }) => !isOpen)).toBe(true);
  });

  it('and speak a byte every few seconds have no more time than the others, encrypted or not', async () => {
    const { host } = await setUp();
    for (const bytes of [handshake(), new Uint8Array(96).fill(0xab)]) {
      const stream = host.incoming('192.0.2.1');
      for (let i = 0; i < 3; i++) stream.onBytes(bytes.slice(i, i + 1));
      expect(stream.isOpen).toBe(true);
      // The same time limit since the first byte: the last one does not set it anew.
      host.fireTimers(10_000);
      expect(stream.isOpen).toBe(false);
    }
  });

  it('ten thousand times from one host hold no more than its places', async () => {
    const { host, session } = await setUp();
    session.add({ info: FILM, downloadDir: '/films' });
    host.disks[0]!.checked();
    const streams = times(10_000, i =>
      host.incoming(i % 2 === 0 ? '192.0.2.1' : `2001:db8::${i.toString(16)}`),
    );
    expect(streams.filter(({ isOpen }) => isOpen)).toHaveLength(20);
    for (const stream of streams.filter(({ isOpen }) => isOpen)) stream.onClosed();
    expect(host.timers).toEqual([]);
  });

  it('leave places for our own dials', async () => {
    const { host, session } = await setUp({ maxConnections: 10, dialPlaces: 4 });
    const open = times(10, i => host.incoming(`192.0.2.${i}`).isOpen);
    expect(open.filter(isOpen => isOpen)).toHaveLength(6);
    const torrent = session.add({ info: FILM, downloadDir: '/films' });
    host.disks[0]!.checked();
    torrent.peersFound(
      times(10, i => ({ host: `198.51.100.${i + 1}`, port: 6881 })),
      'tracker',
    );
    expect(host.dials).toHaveLength(4);
  });
});

describe('upload slots', () => {
  it('of a torrent follow the session until it has its own, and are checked', async () => {
    const { session } = await setUp({ uploadSlots: 6 });
    const torrent = session.add({ info: FILM, downloadDir: '/films' });
    expect(torrent.limits.uploadSlots).toBe(6);
    session.setLimits({ uploadSlots: 'rate' });
    expect(session.limits.uploadSlots).toBe('rate');
    expect(torrent.limits.uploadSlots).toBe('rate');
    torrent.setLimits({ uploadSlots: 2 });
    session.setLimits({ uploadSlots: 12 });
    expect(torrent.limits.uploadSlots).toBe(2);
    for (const wrong of [-1, 1.5, Number.NaN]) {
      expect(() => torrent.setLimits({ uploadSlots: wrong })).toThrow('uploadSlots is to be a whole number');
      expect(() => session.setLimits({ uploadSlots: wrong })).toThrow('uploadSlots is to be a whole number');
    }
    expect(torrent.limits.uploadSlots).toBe(2);
  });

  it('are the engine’s where the session says nothing, and those of `add` for one torrent', async () => {
    const { session } = await setUp({ engine: { choker: { slots: 3 } } });
    expect(session.limits.uploadSlots).toBe(3);
    const torrent = session.add({ info: FILM, downloadDir: '/films', limits: { uploadSlots: 'rate' } });
    expect(torrent.limits.uploadSlots).toBe('rate');
  });
});

describe('torrents that nobody wants', () => {
  it('have no timer', async () => {
    const { host, session } = await setUp();
    const torrent = session.add({ info: FILM, downloadDir: '/films' });
    host.disks[0]!.checked();
    expect(host.timers).toEqual([]);
    // Addresses that wait for a place need none either.
    session.setLimits({ maxConnections: 0 });
    torrent.peersFound([{ host: '192.0.2.1', port: 6881 }], 'tracker');
    host.fireTimers(10_000);
    expect(host.timers).toHaveLength(1);
    torrent.pause();
    expect(torrent.connectionCount).toBe(0);
  });
});

describe('closing', () => {
  it('does not claim the hashes of others', async () => {
    const { session } = await setUp();
    const torrent = session.add({ info: FILM, downloadDir: '/films' });
    expect(() => session.add({ info: FILM, downloadDir: '/films' })).toThrow('here already');
    for (const hash of wireInfoHashes(FILM)) expect(session.find(hash)).toBe(torrent);
    void torrent.close();
    for (const hash of wireInfoHashes(FILM)) expect(session.find(hash)).toBeUndefined();
  });

  it('a torrent twice waits for its files twice, and so does closing the session', async () => {
    const { host, session } = await setUp();
    const torrent = session.add({ info: FILM, downloadDir: '/films' });
    host.disks[0]!.checked();
    const settled: string[] = [];
    for (const [name, closing] of [
      ['first', torrent.close()],
      ['second', torrent.close()],
      ['session', session.close()],
      ['session again', session.close()],
    ] as const)
      void closing.then(() => settled.push(name));
    await promisesRun();
    expect(torrent.state).toBe('closed');
    expect(settled).toEqual([]);
    expect(host.disks[0]!.closings).toHaveLength(1);
    host.disks[0]!.closings[0]!();
    await promisesRun();
    expect(settled.sort()).toEqual(['first', 'second', 'session', 'session again']);
  });

  it('a torrent once more, by the listener that hears of it, is one closing', async () => {
    const { host, session } = await setUp();
    const torrent = session.add({ info: FILM, downloadDir: '/films' });
    host.disks[0]!.checked();
    const closings: Promise<void>[] = [];
    torrent.on('state', () => closings.push(torrent.close()));
    closings.push(torrent.close());
    await promisesRun();
    expect(closings).toHaveLength(2);
    expect(closings[0]).toBe(closings[1]);
    expect(host.disks[0]!.closings).toHaveLength(1);
  });
});

async function setUp(options: SessionOptions = {}): Promise<{ host: StillHost; session: Session }> {
  const host = new StillHost();
  const session = new Session(options, host);
  await session.listen();
  return { host, session };
}

class StillHost implements Host {
  readonly random = seededRandom(1);
  readonly hash = portableHash;
  timers: { readonly delayMs: number; readonly call: () => void }[] = [];
  readonly disks: StillDisk[] = [];
  readonly dials: Address[] = [];
  now = 1000;
  #onStream: (stream: Stream) => void = () => {};

  readonly clock = {
    now: () => this.now,
    wallTime: () => 0,
    after: (delayMs: number, call: () => void) => {
      const timer = { delayMs, call };
      this.timers.push(timer);
      return () => {
        this.timers = this.timers.filter(other => other !== timer);
      };
    },
  };

  readonly streams: Host['streams'] = {
    listen: async (address, onStream) => {
      this.#onStream = onStream;
      return { address, close: () => {} };
    },
    dial: address => {
      this.dials.push(address);
      return () => {};
    },
  };

  readonly disk: Host['disk'] = {
    pool: { lend: length => new Uint8Array(length), giveBack: () => {} },
    open: () => {
      const disk = new StillDisk();
      this.disks.push(disk);
      return disk;
    },
    release: () => {},
    close: async () => {},
  };

  readonly http: Host['http'] = { get: () => Promise.reject(new TypeError('no tracker is asked here')) };

  /** Calls what waits no longer than that. */
  fireTimers(upToMs: number): void {
    const due = this.timers.filter(timer => timer.delayMs <= upToMs);
    this.timers = this.timers.filter(timer => timer.delayMs > upToMs);
    for (const { call } of due) call();
  }

  /** Somebody dials us. */
  incoming(host: string): StillStream {
    const stream = new StillStream({ host, port: 50_000 });
    this.#onStream(stream);
    return stream;
  }
}

class StillStream implements Stream {
  onBytes: (bytes: Uint8Array) => void = () => {};
  onClosed: (fault?: Error) => void = () => {};
  onDrained: () => void = () => {};
  readonly pending = 0;
  isOpen = true;
  readonly remote: Address;

  constructor(remote: Address) {
    this.remote = remote;
  }

  write(): boolean {
    return true;
  }
  pause(): void {}
  resume(): void {}
  close(): void {
    this.isOpen = false;
  }
}

/** Answers when it is told to. */
class StillDisk implements DiskTorrent {
  /** The check comes to its end: nothing was there. */
  checked: () => void = () => {};
  readonly closings: (() => void)[] = [];

  check(_: unknown, done: () => void): () => void {
    this.checked = done;
    return () => {};
  }
  look(done: (result: FileStates) => void): void {
    done({ lengths: Float64Array.of(-1), modifiedMs: new Float64Array(1) });
  }
  flush(done: (result: FlushedFiles) => void): void {
    done({ files: [], lengths: new Float64Array(0), modifiedMs: new Float64Array(0) });
  }
  store(): void {}
  read(): void {}
  hashBlocks(): void {}
  setWanted(_: unknown, done: (result: { readonly lost: readonly number[] }) => void): void {
    done({ lost: [] });
  }
  adopt(_: unknown, { done }: { readonly done: () => void }): () => void {
    done();
    return () => {};
  }

  reserve(_: unknown, { done }: { readonly done: () => void }): () => void {
    done();
    return () => {};
  }
  move(): () => void {
    return () => {};
  }
  tidy(): void {}
  finish(done: () => void): void {
    done();
  }
  close(done: () => void): void {
    this.closings.push(done);
  }
}

function times<Result>(count: number, call: (i: number) => Result): Result[] {
  return Array.from({ length: count }, (_, i) => call(i));
}

async function promisesRun(): Promise<void> {
  for (let i = 0; i < 10; i++) await Promise.resolve();
}

function handshake(): Uint8Array {
  return encodeHandshake({
    infoHash: wireInfoHashes(FILM)[0]!,
    peerId: new Uint8Array(20).fill(7),
    extended: true,
    fast: true,
    dht: false,
    v2: false,
  });
}

const BUG = new Error('a bug of the program');
const FILM = torrentOf([{ path: [], data: noise(100_000, 1) }], { name: 'film', version: 'hybrid' }).metainfo;

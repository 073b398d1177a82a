// What every SwarmStore must do, told as announces to a small swarm. Each store's test calls this with a way to make one.

import { describe, expect, it } from 'vitest';
import { addressBytes, decodeCompactList, formatAddress } from '../../src/core/bytes/compact-address.ts';
import type { SwarmCounts } from '../../src/core/tracker/announce.ts';
import type { SwarmAnnounce, SwarmStore } from '../../src/tracker/swarm-store.ts';

export interface StoreLimits {
  readonly peerTimeoutMs: number;
}

export function describeSwarmStore(
  name: string,
  make: (limits: StoreLimits) => SwarmStore | Promise<SwarmStore>,
): void {
  const open = async () => new Visitor(await make({ peerTimeoutMs: 10 * MINUTE }));

  describe(`${name} as a SwarmStore`, () => {
    it('gives nobody to the first peer, and the first peer to the second', async () => {
      const store = await open();
      expect(await store.leecher('192.0.2.1')).toEqual([]);
      expect(await store.leecher('192.0.2.2')).toEqual(['192.0.2.1:6881']);
      expect(await store.leecher('192.0.2.1')).toEqual(['192.0.2.2:6881']);
    });

    it('takes an address with another port for another peer', async () => {
      const store = await open();
      await store.leecher('192.0.2.1', { port: 1 });
      expect(await store.leecher('192.0.2.1', { port: 65_535 })).toEqual(['192.0.2.1:1']);
      expect(await store.counts()).toMatchObject({ incomplete: 2 });
    });

    it('gives seeds to leechers, and leechers alone to seeds', async () => {
      const store = await open();
      await store.seed('192.0.2.1');
      expect(await store.seed('192.0.2.2')).toEqual([]);
      expect(await store.leecher('192.0.2.3')).toEqual(['192.0.2.1:6881', '192.0.2.2:6881']);
      expect(await store.seed('192.0.2.1')).toEqual(['192.0.2.3:6881']);
      expect(await store.counts()).toEqual({ complete: 2, incomplete: 1, downloaded: 0 });
    });

    it('gives peers of both families, each in its own list', async () => {
      const store = await open();
      await store.leecher('192.0.2.1');
      await store.leecher('2001:db8::1', { port: 1 });
      expect(await store.leecher('192.0.2.9')).toEqual(['192.0.2.1:6881', '[2001:db8::1]:1']);
      expect(await store.leecher('2001:db8::9')).toEqual([
        '192.0.2.1:6881',
        '192.0.2.9:6881',
        '[2001:db8::1]:1',
      ]);
      expect(await store.leecher('192.0.2.1', { want4: 0 })).toEqual([
        '[2001:db8::1]:1',
        '[2001:db8::9]:6881',
      ]);
      expect(await store.leecher('192.0.2.1', { want6: 0 })).toEqual(['192.0.2.9:6881']);
      expect(await store.counts()).toMatchObject({ incomplete: 4 });
    });

    it('keeps swarms apart', async () => {
      const store = await open();
      await store.leecher('192.0.2.1', { infoHash: hash(1) });
      expect(await store.leecher('192.0.2.2', { infoHash: hash(2) })).toEqual([]);
      const counts = await store.scrape([hash(2), hash(3), hash(1)]);
      expect(counts).toEqual([
        { complete: 0, incomplete: 1, downloaded: 0 },
        undefined,
        { complete: 0, incomplete: 1, downloaded: 0 },
      ]);
    });

    it('forgets a peer that leaves, and gives it nobody', async () => {
      const store = await open();
      await store.leecher('192.0.2.1');
      await store.seed('192.0.2.2');
      expect(await store.tell('192.0.2.1', { role: 'gone' })).toEqual([]);
      expect(await store.leecher('192.0.2.3')).toEqual(['192.0.2.2:6881']);
      expect(await store.tell('192.0.2.77', { role: 'gone' })).toEqual([]);
      expect(await store.counts()).toMatchObject({ complete: 1, incomplete: 1 });
    });

    it('makes no swarm for a peer that leaves it', async () => {
      const store = await open();
      expect(await store.tell('192.0.2.1', { role: 'gone' })).toEqual([]);
      expect(await store.scrape([hash(1)])).toEqual([undefined]);
    });

    it('moves a peer from the leechers to the seeds and back', async () => {
      const store = await open();
      await store.leecher('192.0.2.1');
      await store.seed('192.0.2.1');
      expect(await store.counts()).toEqual({ complete: 1, incomplete: 0, downloaded: 0 });
      await store.leecher('192.0.2.1');
      expect(await store.counts()).toEqual({ complete: 0, incomplete: 1, downloaded: 0 });
    });

    it('counts a download once, and only for a leecher that it knew', async () => {
      const store = await open();
      await store.leecher('192.0.2.1');
      for (let i = 0; i < 3; i++) await store.seed('192.0.2.1', { completed: true });
      await store.seed('192.0.2.2', { completed: true });
      expect(await store.counts()).toEqual({ complete: 2, incomplete: 0, downloaded: 1 });
    });

    it('forgets a peer that has not announced for the time-out, and keeps one that has', async () => {
      const store = await open();
      await store.leecher('192.0.2.1');
      await store.leecher('2001:db8::1');
      await store.leecher('192.0.2.2');
      store.now += 8 * MINUTE;
      await store.leecher('192.0.2.2');
      store.now += 5 * MINUTE;
      expect(await store.leecher('192.0.2.3')).toEqual(['192.0.2.2:6881']);
      expect(await store.counts()).toMatchObject({ incomplete: 2 });
    });

    it('forgets them too when nobody but a scrape asks', async () => {
      const store = await open();
      await store.seed('192.0.2.1');
      store.now += 13 * MINUTE;
      const [counts] = await store.scrape([hash(1)]);
      expect(counts?.complete ?? 0).toBe(0);
    });

    it('gives as many as are wanted, different ones, never the asker', async () => {
      const store = await open();
      const hosts = Array.from({ length: 100 }, (_, i) => `192.0.2.${i}`);
      for (const [i, host] of hosts.entries()) await (i % 3 === 0 ? store.seed(host) : store.leecher(host));
      for (const want4 of [0, 1, 7, 50, 98, 99, 100, 200]) {
        for (const asker of ['192.0.2.1', '192.0.2.98']) {
          const peers = await store.leecher(asker, { want4 });
          expect(peers).toHaveLength(Math.min(want4, 99));
          expect(new Set(peers).size).toBe(peers.length);
          expect(peers).not.toContain(`${asker}:6881`);
        }
      }
      const forSeed = await store.seed('192.0.2.0', { want4: 200 });
      expect(forSeed).toHaveLength(66);
      expect(forSeed).not.toContain('192.0.2.3:6881');
    });

    it('gives every peer its turn', async () => {
      const store = await open();
      for (let i = 0; i < 60; i++) await store.leecher(`192.0.2.${i}`);
      const seen = new Map<string, number>();
      for (let round = 0; round < 600; round++) {
        for (const peer of await store.leecher('192.0.2.7', { want4: 10 }))
          seen.set(peer, (seen.get(peer) ?? 0) + 1);
      }
      expect(seen.size).toBe(59);
      // 600 × 10 ÷ 59 is 102 on average; a quarter of that would be eight standard deviations away.
      expect(Math.min(...seen.values())).toBeGreaterThan(25);
      expect(Math.max(...seen.values())).toBeLessThan(200);
    });
  });
}

/** Announces to a store, and reads its answers as sorted addresses. */
class Visitor {
  now = 100 * MINUTE;
  readonly #store: SwarmStore;

  constructor(store: SwarmStore) {
    this.#store = store;
  }

  leecher(host: string, more: Partial<SwarmAnnounce> = {}): Promise<string[]> {
    return this.tell(host, { role: 'leecher', ...more });
  }

  seed(host: string, more: Partial<SwarmAnnounce> = {}): Promise<string[]> {
    return this.tell(host, { role: 'seed', ...more });
  }

  tell(host: string, more: Partial<SwarmAnnounce> & Pick<SwarmAnnounce, 'role'>): Promise<string[]> {
    const plain = {
      infoHash: hash(1),
      ip: addressBytes(host)!,
      port: 6881,
      completed: false,
      want4: 50,
      want6: 50,
    };
    return new Promise((resolve, reject) =>
      this.#store.announce({ ...plain, ...more }, this.now, answer => {
        if (answer === undefined) return reject(new Error('The store is full.'));
        // The arrays are lent: they are read now.
        const peers = [...decodeCompactList(answer.peers, 4), ...decodeCompactList(answer.peers6, 16)];
        resolve(peers.map(formatAddress).sort());
      }),
    );
  }

  scrape(infoHashes: readonly Uint8Array[]): Promise<readonly (SwarmCounts | undefined)[]> {
    return new Promise(resolve => this.#store.scrape(infoHashes, this.now, resolve));
  }

  async counts(): Promise<SwarmCounts | undefined> {
    return (await this.scrape([hash(1)]))[0];
  }
}

function hash(n: number): Uint8Array {
  return new Uint8Array(20).fill(n);
}

const MINUTE = 60_000;

import { describe, expect, it } from 'vitest';
import { HandClock } from '../../test/hand-clock.ts';
import { seededRandom } from '../core/bytes/prng.ts';
import { type DhtItem, isMutable, type MutableItem } from '../core/dht/items.ts';
import { encodeTorrentItem } from '../core/dht/torrent-item.ts';
import { Follower, type Release } from './follower.ts';
import { type PublishedRelease, Publisher } from './publisher.ts';

const KEY = new Uint8Array(32).fill(1);
const SALT = Uint8Array.of(2);
const torrent = (number: number) => ({ infoHashV2: new Uint8Array(32).fill(number) });

/** Nodes that keep the newest item, as BEP 44 wants them. */
class Nodes {
  item: MutableItem | undefined;
  puts = 0;
  isSilent = false;

  async findMutable(): Promise<DhtItem | undefined> {
    return this.isSilent ? undefined : this.item;
  }

  async putItem(item: MutableItem, cas?: number): Promise<number> {
    this.puts++;
    const { item: before } = this;
    if (this.isSilent || (before !== undefined && before.seq > item.seq)) return 0;
    if (cas !== undefined && before !== undefined && before.seq !== cas) return 0;
    this.item = item;
    return 8;
  }
}

function publisher(nodes: Nodes, clock: HandClock, least?: number) {
  const published: PublishedRelease[] = [];
  const channel = { key: KEY, salt: SALT, ...(least === undefined ? {} : { least }) };
  const sign = () => new Uint8Array(64);
  const made = new Publisher(channel, { dht: nodes, clock, sign }, release => published.push(release));
  return { made, published };
}

function follower(nodes: Nodes, clock: HandClock, known?: MutableItem) {
  const releases: Release[] = [];
  const silences: number[] = [];
  const channel = { key: KEY, salt: SALT, pollMs: 300_000, known };
  const made = new Follower(
    channel,
    { dht: nodes, clock, random: seededRandom(1) },
    { release: release => releases.push(release), silent: tries => silences.push(tries) },
  );
  return { made, releases, silences };
}

/** What is asked and answered meanwhile. */
async function settled(): Promise<void> {
  for (let i = 0; i < 20; i++) await Promise.resolve();
}

async function pass(clock: HandClock, ms: number): Promise<void> {
  clock.pass(ms);
  await settled();
}

describe('a publisher', () => {
  it('numbers releases one after the other, and puts each again before nodes forget it', async () => {
    const [nodes, clock] = [new Nodes(), new HandClock()];
    const { made, published } = publisher(nodes, clock);
    made.publish(torrent(1));
    await settled();
    expect(published).toEqual([{ seq: 1, nodes: 8 }]);
    made.publish(torrent(2));
    await settled();
    expect(published.at(-1)).toEqual({ seq: 2, nodes: 8 });
    await pass(clock, 60_000);
    await pass(clock, 3_000_000);
    await pass(clock, 3_000_000);
    expect(published.slice(2)).toEqual(Array(3).fill({ seq: 2, nodes: 8 }));
    made.close();
    await pass(clock, 10_000_000);
    expect(published).toHaveLength(5);
  });

  it('goes on from what another run has signed, and from what it is told', async () => {
    const [nodes, clock] = [new Nodes(), new HandClock()];
    const first = publisher(nodes, clock, 7);
    first.made.publish(torrent(1));
    await settled();
    expect(nodes.item?.seq).toBe(7);
    first.made.close();
    const again = publisher(nodes, clock);
    again.made.publish(torrent(1));
    await settled();
    // It is the newest already.
    expect(again.published).toEqual([{ seq: 7, nodes: 8 }]);
    again.made.publish(torrent(2));
    await settled();
    expect(again.published.at(-1)?.seq).toBe(8);
  });

  it('tries again, less and less often, while there are no nodes, and finds a later number that it did not know', async () => {
    const [nodes, clock] = [new Nodes(), new HandClock()];
    const { made, published } = publisher(nodes, clock);
    nodes.isSilent = true;
    made.publish(torrent(1));
    await settled();
    for (const ms of [2000, 4000, 8000]) await pass(clock, ms);
    expect(published).toEqual(Array(4).fill({ seq: 1, nodes: 0 }));
    nodes.isSilent = false;
    nodes.item = { key: KEY, salt: SALT, seq: 5, value: encodeTorrentItem(torrent(9)), signature: KEY };
    await pass(clock, 16_000);
    expect(published.at(-1)).toEqual({ seq: 6, nodes: 8 });
  });
});

describe('a follower', () => {
  it('tells each newer release once', async () => {
    const [nodes, clock] = [new Nodes(), new HandClock()];
    const { made, published } = publisher(nodes, clock);
    const { made: following, releases } = follower(nodes, clock);
    made.publish(torrent(1));
    await settled();
    following.start();
    await settled();
    expect(releases).toEqual([{ seq: 1, ...torrent(1) }]);
    await pass(clock, 330_000);
    expect(releases).toHaveLength(1);
    made.publish(torrent(2));
    await settled();
    await pass(clock, 330_000);
    expect(releases.slice(1)).toEqual([{ seq: published.at(-1)!.seq, ...torrent(2) }]);
  });

  it('believes nothing older than what it knows, nor what names no torrent', async () => {
    const [nodes, clock] = [new Nodes(), new HandClock()];
    const known = { key: KEY, salt: SALT, seq: 5, value: encodeTorrentItem(torrent(5)), signature: KEY };
    const { made, releases } = follower(nodes, clock, known);
    nodes.item = { ...known, seq: 4, value: encodeTorrentItem(torrent(4)) };
    made.start();
    await settled();
    nodes.item = { ...known, seq: 6, value: Uint8Array.of(0x69, 0x31, 0x65) };
    await pass(clock, 330_000);
    expect(releases).toEqual([]);
    nodes.item = { ...known, seq: 7, value: encodeTorrentItem(torrent(7)) };
    await pass(clock, 330_000);
    expect(releases).toEqual([{ seq: 7, ...torrent(7) }]);
  });

  it('asks soon again where nothing is found, and then less often', async () => {
    const [nodes, clock] = [new Nodes(), new HandClock()];
    const { made, silences } = follower(nodes, clock);
    made.start();
    await settled();
    for (const ms of [2000, 4000, 8000]) await pass(clock, ms);
    expect(silences).toEqual([1, 2, 3, 4]);
    made.close();
    await pass(clock, 1_000_000);
    expect(silences).toHaveLength(4);
  });

  it('keeps a channel alive whose publisher is away', async () => {
    const [nodes, clock] = [new Nodes(), new HandClock()];
    const item = { key: KEY, salt: SALT, seq: 3, value: encodeTorrentItem(torrent(3)), signature: KEY };
    nodes.item = item;
    const { made } = follower(nodes, clock);
    made.start();
    await settled();
    nodes.item = undefined;
    for (let i = 0; i < 12; i++) await pass(clock, 330_000);
    expect(nodes.item).toEqual(item);
    expect(nodes.puts).toBeLessThanOrEqual(3);
    expect(isMutable(item)).toBe(true);
  });
});

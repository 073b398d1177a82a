import { describe, expect, it } from 'vitest';
import { HandClock } from '../../test/hand-clock.ts';
import { formatAddress } from '../core/bytes/compact-address.ts';
import { seededRandom } from '../core/bytes/prng.ts';
import { encodeLocalAnnounce, parseLocalAnnounce } from '../core/lsd/packet.ts';
import type { MulticastGroup } from '../host/multicast.ts';
import { LocalDiscovery, type LocalTorrent } from './local-discovery.ts';

class Group implements MulticastGroup {
  onDatagram: MulticastGroup['onDatagram'] = () => {};
  readonly sent: Uint8Array[] = [];
  send(bytes: Uint8Array): void {
    this.sent.push(bytes);
  }
  hasNewNetwork = false;
  looks = 0;
  refresh(): boolean {
    this.looks++;
    return this.hasNewNetwork;
  }
  close(): void {}
}

const hashOf = (number: number) => {
  const hash = new Uint8Array(20);
  new DataView(hash.buffer).setUint32(0, number);
  return hash;
};
const torrent = (number: number, more: Partial<LocalTorrent> = {}): LocalTorrent => ({
  isStopped: false,
  info: { private: false },
  trackerTiers: [],
  wireInfoHashes: [hashOf(number)],
  ...more,
});

async function started(torrents: LocalTorrent[], host = '0.0.0.0') {
  const clock = new HandClock();
  const group = new Group();
  const found: string[] = [];
  const joined: string[] = [];
  const discovery = new LocalDiscovery(
    { host, port: 6881 },
    {
      clock,
      random: seededRandom(1),
      torrents: () => torrents,
      found: (hash, address) => found.push(`${hash[3]} at ${formatAddress(address)}`),
      multicast: {
        join: async address => {
          joined.push(address.host);
          return group;
        },
      },
    },
  );
  await Promise.resolve();
  await Promise.resolve();
  const told = () =>
    group.sent
      .splice(0)
      .map(bytes =>
        parseLocalAnnounce(bytes)!.infoHashes.map(hash => new DataView(hash.buffer).getUint32(0)),
      );
  return { clock, group, found, joined, told, discovery };
}

describe('local discovery', () => {
  it('tells all torrents, twenty at a time, a second apart, every five minutes', async () => {
    const torrents = Array.from({ length: 45 }, (_, i) => torrent(i));
    const { clock, told } = await started(torrents);
    clock.pass(10_000);
    const first = told();
    expect(first.map(hashes => hashes.length)).toEqual([20, 20, 5]);
    expect(first.flat()).toEqual(torrents.map((_, i) => i));
    clock.pass(280_000);
    expect(told()).toEqual([]);
    clock.pass(20_000);
    expect(told()).toHaveLength(3);
  });

  it('tells all of them at once where there is a network that was not there before', async () => {
    const { clock, group, told } = await started([torrent(1)]);
    clock.pass(3000);
    expect(told()).toEqual([[1]]);
    group.hasNewNetwork = true;
    clock.pass(4000);
    group.hasNewNetwork = false;
    expect(told()).toEqual([[1]]);
    const { looks } = group;
    clock.pass(60_000);
    expect(told()).toEqual([]);
    expect(group.looks - looks).toBeLessThanOrEqual(6);
  });

  it('tells nothing of private torrents, of those that stand still, and of magnets that may be private', async () => {
    const { clock, told } = await started([
      torrent(1, { info: { private: true } }),
      torrent(2, { isStopped: true }),
      torrent(3, { info: undefined, trackerTiers: [['http://x/']] }),
      torrent(4, { info: undefined }),
    ]);
    clock.pass(10_000);
    expect(told()).toEqual([[4]]);
  });

  it('says a torrent that comes soon, and with it all that comes at the same time', async () => {
    const torrents = [torrent(1)];
    const { clock, told, discovery } = await started(torrents);
    clock.pass(10_000);
    told();
    for (const number of [2, 3]) {
      torrents.push(torrent(number));
      discovery.torrentCame();
    }
    clock.pass(1_500);
    expect(told()).toEqual([[1, 2, 3]]);
  });

  it('hears others on this network, and neither itself nor the rest of the world', async () => {
    const { clock, group, found } = await started([torrent(1)]);
    clock.pass(2000);
    const say = (host: string, cookie?: string) =>
      group.onDatagram(encodeLocalAnnounce({ infoHashes: [hashOf(7)], port: 7000, cookie }, 4), host, 1);
    group.onDatagram(group.sent[0]!, '192.168.1.2', 1);
    say('20.0.0.1');
    expect(found).toEqual([]);
    say('192.168.1.3', 'x');
    say('fe80::1');
    expect(found).toEqual(['7 at 192.168.1.3:7000', '7 at [fe80::1]:7000']);
  });

  it('listens to so much a second', async () => {
    const { group, found } = await started([]);
    const infoHashes = Array.from({ length: 20 }, (_, i) => hashOf(i));
    for (let i = 0; i < 100; i++)
      group.onDatagram(encodeLocalAnnounce({ infoHashes, port: 7000, cookie: 'x' }, 4), '192.168.1.3', 1);
    expect(found).toHaveLength(100);
  });

  it('speaks to nobody where only this machine is listened to', async () => {
    expect((await started([torrent(1)], '127.0.0.1')).joined).toEqual([]);
    expect((await started([torrent(1)], '::')).joined).toEqual(['239.192.152.143', 'ff15::efc0:988f']);
  });
});

// `swarmline channel` as a user has it: a publisher, a follower, and a node of the DHT between them, in processes of their own.

import { existsSync, mkdirSync, readFileSync, readlinkSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { realSwarmline } from './command-line.ts';
import { dhtRouter } from './dht-router.ts';
import { fileTree } from './file-trees.ts';
import { SwarmlineProcess } from './interop/swarmline-process.ts';
import { treeOf } from './interop/trees.ts';
import { noise } from './torrents.ts';

test('a follower gets each release, and of each what has changed', async () => {
  const root = fileTree({
    'data/large': noise(3_000_000, 1),
    'data/small': noise(100_000, 2),
    'data/sub/other': noise(200_000, 3),
  });
  const [data, mirror, key] = ['data', 'mirror', 'channel.key'].map(name => join(root, name)) as [
    string,
    string,
    string,
  ];
  const env = { XDG_STATE_HOME: join(root, 'state') };
  const made = realSwarmline(['channel', 'create', key, '--json'], '', env);
  const { link } = JSON.parse(made.out) as { link: string };
  const network = ['--bind', '127.0.0.1', '--port', '0', '--dht-router', await dhtRouter(), '--json'];
  const publish = async () => {
    const publisher = new SwarmlineProcess(['channel', 'publish', key, data, ...network], env);
    await publisher.said(/"published","release":\d+,"nodes":[1-9]/);
    return publisher;
  };
  const follower = () =>
    new SwarmlineProcess(['channel', 'follow', link, '-o', mirror, '--every', '1s', ...network], env);

  const first = await publish();
  const following = follower();
  await following.said(/"complete","release":1,"length":3300000,"fetched":33\d{5}/, 'out', PATIENCE_MS);
  expect(treeOf(join(mirror, 'latest/data'))).toEqual(treeOf(data));
  await first.interrupted();

  const large = noise(3_000_000, 1);
  large.fill(9, 1_000_000, 1_000_010);
  writeFileSync(join(data, 'large'), large);
  const second = await publish();
  // A piece or two of the large file; the others are under two names, or clones.
  await following.said(/"complete","release":2,"length":3300000,"fetched":\d{4,6},/, 'out', PATIENCE_MS);
  expect(treeOf(join(mirror, 'latest/data'))).toEqual(treeOf(data));
  expect(readlinkSync(join(mirror, 'latest'))).toBe('2');
  await second.interrupted();
  await following.interrupted();

  // The next run knows what there is, and the third release pushes the first out.
  writeFileSync(join(data, 'small'), noise(100_000, 4));
  await publish();
  const again = follower();
  await again.said(/"complete","release":3,"length":3300000,"fetched":100000,/, 'out', PATIENCE_MS);
  await again.said(/"removed","release":1/, 'out', PATIENCE_MS);
  expect([1, 2, 3].map(release => existsSync(join(mirror, `${release}`)))).toEqual([false, true, true]);
  expect(treeOf(join(mirror, 'latest/data'))).toEqual(treeOf(data));
}, 500_000);

test('a publisher whose memory cannot be written goes on, and a folder has one channel', async () => {
  const root = fileTree({ 'data/x': 'x' });
  const [key, mirror] = [join(root, 'channel.key'), join(root, 'mirror')];
  const env = { XDG_STATE_HOME: join(root, 'state') };
  const { link } = JSON.parse(realSwarmline(['channel', 'create', key, '--json'], '', env).out) as {
    link: string;
  };
  const ofKey = /btpk:([0-9a-f]+)/.exec(link)![1]!;
  // Where the new file is to be written.
  mkdirSync(join(root, 'state/swarmline/channels', `${ofKey}.unfinished`), { recursive: true });
  const network = ['--bind', '127.0.0.1', '--port', '0', '--dht-router', await dhtRouter(), '--json'];
  const publisher = new SwarmlineProcess(['channel', 'publish', key, join(root, 'data'), ...network], env);
  await publisher.said(/will not be remembered/, 'err');
  await publisher.said(/"published","release":1,"nodes":[1-9]/);
  await new SwarmlineProcess(['channel', 'follow', link, '-o', mirror, '--once', ...network], env).exited;
  const other = link.replace(ofKey, '0'.repeat(64));
  const refused = realSwarmline(['channel', 'follow', other, '-o', mirror, '--once', ...network], '', env);
  expect([refused.status, refused.err]).toEqual([2, expect.stringContaining('Another channel is followed')]);
  expect(treeOf(join(mirror, 'latest/data'))).toEqual(treeOf(join(root, 'data')));
  expect(await publisher.interrupted()).toBe(0);
}, 100_000);

test('a key is for its owner, and a link that is none is told', () => {
  const root = fileTree({ x: 'x' });
  const key = join(root, 'channel.key');
  const made = realSwarmline(['channel', 'create', key, '--name', 'News & more', '--salt', 'a'], '', {});
  expect(made.out).toMatch(/^magnet:\?xs=urn:btpk:[0-9a-f]{64}&s=61&dn=News%20%26%20more\n$/);
  expect(statSync(key).mode & 0o077).toBe(0);
  const before = readFileSync(key);
  const again = realSwarmline(['channel', 'create', key], '', {});
  expect([again.status, again.err]).toEqual([1, expect.stringContaining('is not written over')]);
  expect(readFileSync(key)).toEqual(before);
  const torrent = 'magnet:?xt=urn:btih:c12fe1c06bba254a9dc9f519b335aa7c1367a88a';
  const wrong = realSwarmline(['channel', 'follow', torrent, '-o', root], '', {});
  expect([wrong.status, wrong.err]).toEqual([1, expect.stringContaining('no "xs=urn:btpk:')]);
});

test('a channel refuses what it cannot keep to', () => {
  const root = fileTree({ x: 'x', 'filter.dat': 'nobody\nat\nall\n' });
  const key = join(root, 'channel.key');
  const { link } = JSON.parse(realSwarmline(['channel', 'create', key, '--json'], '', {}).out) as {
    link: string;
  };
  const env = { XDG_STATE_HOME: join(root, 'state') };
  for (const what of [
    ['follow', link, '-o', join(root, 'mirror')],
    ['publish', key, join(root, 'x')],
  ]) {
    const refused = (...how: string[]) => {
      const { status, err } = realSwarmline(['channel', ...what, '--bind', '127.0.0.1', ...how], '', env);
      return [status, err];
    };
    expect(refused('--proxy', 'http://127.0.0.1:9')).toEqual([
      2,
      expect.stringContaining('a proxy by HTTP carries no UDP'),
    ]);
    expect(refused('--proxy', 'socks5://127.0.0.1:9', '--interface', 'lo')).toEqual([
      2,
      expect.stringContaining('leave one of them out'),
    ]);
    expect(refused('--interface', 'none0')).toEqual([
      1,
      expect.stringContaining('no interface "none0" that is up'),
    ]);
    expect(refused('--ip-filter', join(root, 'filter.dat'))).toEqual([
      1,
      expect.stringContaining('filter.dat'),
    ]);
  }
});

// A publisher may be announced a moment after it was looked for: then it is looked for again, less and less often.
const PATIENCE_MS = 150_000;

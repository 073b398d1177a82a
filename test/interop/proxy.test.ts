// A download behind a proxy: all of it goes through the proxy, and no packet leaves past it, though there is a way. Counted
// by nftables in a network of the test's own.

import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'vitest';
import { Machine, namespaces } from './namespaces.ts';
import { foreignProgram, interopTest, temporaryFolder } from './peers.ts';
import { create } from './transfer-peers.ts';
import { makeTree, plainTreeOf } from './trees.ts';

const nft = foreignProgram('nft');
const NODES = fileURLToPath(new URL('dht-nodes.mjs', import.meta.url));
const SERVER = fileURLToPath(new URL('proxy-server.mjs', import.meta.url));

for (const proxy of ['socks5://u:p@10.1.0.2:1080', 'http://10.1.0.2:1081'])
  interopTest(`nothing leaves past ${proxy.split(':')[0]}`, [namespaces, nft], async () => {
    const { client, address, root } = await network();
    const folder = temporaryFolder();
    const get = client.swarmline([
      'get',
      address,
      '-o',
      folder,
      '--no-seed',
      '--no-resume',
      '--proxy',
      proxy,
    ]);
    expect(await get.exited, get.output()).toBe(0);
    expect(plainTreeOf(join(folder, root.split('/').at(-1)!))).toEqual(plainTreeOf(root));
    expect(pastProxy(client)).toBe(0);
    // Said once, and only where it is so.
    expect(get.output().split('A proxy by HTTP carries no UDP')).toHaveLength(
      proxy.startsWith('http') ? 2 : 1,
    );
  });

interopTest(
  'a magnet is fetched by the DHT and uTP through SOCKS 5, and nothing leaves another way',
  [namespaces, nft],
  async () => {
    const { client, far, root } = await network();
    const { magnet } = await seedInDht(far, root);
    const folder = temporaryFolder();
    const get = client.swarmline([
      ...['get', magnet, '-o', folder, '--no-seed', '--no-resume', '--json', '--transport', 'utp'],
      ...['--dht-router', 'router.example:6881', '--dht-router', '10.2.0.2:6881'],
      ...['--proxy', 'socks5://u:p@10.1.0.2:1080'],
    ]);
    expect(await get.exited, get.output()).toBe(0);
    expect(get.output()).toMatch(/"url":"socks5:\/\/10.1.0.2:1080","udp":"on"/);
    expect(get.output()).toMatch(/"peer-joined".*"address":"10\.2\.0\.2:/);
    expect(plainTreeOf(join(folder, root.split('/').at(-1)!))).toEqual(plainTreeOf(root));
    expect(pastProxy(client)).toBe(0);
    // The proxy is the only one who has sent anything to the machine behind it.
    expect(counted(far)).toBe(0);
  },
);

interopTest(
  'a daemon behind SOCKS 5 fetches by the DHT, and nothing leaves another way',
  [namespaces, nft],
  async () => {
    const { client, far, root } = await network();
    const { magnet } = await seedInDht(far, root);
    const folder = temporaryFolder();
    const daemon = client.swarmline([
      ...['daemon', '--state-folder', join(folder, 'state'), '--download-dir', join(folder, 'data')],
      ...['--rpc-port', '9797', '--dht-router', '10.2.0.2:6881', '--proxy', 'socks5://u:p@10.1.0.2:1080'],
      ...['--port-forward', 'on', '--lsd', 'on'],
    ]);
    await expect.poll(daemon.output, { timeout: 15_000 }).toMatch(/The proxy relays UDP\./);
    const adding = client.swarmline(['ctl', 'add', magnet]);
    expect(await adding.exited, adding.output()).toBe(0);
    await expect.poll(daemon.output, { timeout: 30_000 }).toMatch(/All of ".*" is there\./);
    expect(plainTreeOf(join(folder, 'data', root.split('/').at(-1)!))).toEqual(plainTreeOf(root));
    daemon.signal('SIGTERM');
    expect(await daemon.exited, daemon.output()).toBe(0);
    expect(pastProxy(client)).toBe(0);
    expect(counted(far)).toBe(0);
  },
);

for (const [name, args, sentence] of [
  ['refuses UDP', ['no-udp'], 'The proxy relays no UDP: it does not do that.'],
  ['goes away', [], 'The proxy has ended its relay of UDP.'],
] as const)
  interopTest(`UDP goes nowhere where the proxy ${name}`, [namespaces, nft], async () => {
    const { client, far, server, root } = await network(args);
    const { magnet } = await seedInDht(far, root);
    // Nobody has it: what is looked for is looked for again and again.
    const other = magnet
      .replace(/btih:[0-9a-f]{40}/, `btih:${'5'.repeat(40)}`)
      .replace(/&xt=urn:btmh[^&]*/, '');
    const get = client.swarmline([
      ...['get', other, '-o', temporaryFolder(), '--no-resume', '--dht-router', '10.2.0.2:6881'],
      ...['--peer', '10.2.0.2:6882', '--proxy', 'socks5://u:p@10.1.0.2:1080'],
    ]);
    if (name === 'goes away') {
      await expect.poll(() => counted(server.machine), { timeout: 20_000 }).toBeGreaterThan(0);
      server.signal('SIGKILL');
    }
    await expect.poll(get.output, { timeout: 20_000 }).toContain(sentence);
    const before = get.output();
    get.signal('SIGINT');
    await get.exited;
    expect(before.split(sentence)).toHaveLength(2);
    expect(pastProxy(client)).toBe(0);
    expect(counted(far)).toBe(0);
  });

interopTest(
  'a channel is followed, and published in, through SOCKS 5, and nothing leaves another way',
  [namespaces, nft],
  async () => {
    const { client, far, root } = await network();
    const node = far.start(process.execPath, [NODES, '10.2.0.2', '10.2.0.3']);
    await expect.poll(node.output, { timeout: 15_000 }).toMatch(/^ready/m);
    const proxied = ['--dht-router', '10.2.0.2:6881', '--proxy', 'socks5://u:p@10.1.0.2:1080', '--json'];
    const direct = ['--bind', '10.2.0.2', '--port', '6882', '--dht-router', '10.2.0.2:6881', '--json'];

    const theirs = await channel(far);
    const publishing = far.swarmline(['channel', 'publish', theirs.key, root, ...direct]);
    await expect
      .poll(publishing.output, { timeout: 30_000 })
      .toMatch(/"published","release":1,"nodes":[1-9]/);
    const mirror = temporaryFolder();
    const follow = ['channel', 'follow', theirs.link, '-o', mirror, '--once', '--every', '1s'];
    // A name is nobody's to look up.
    const following = client.swarmline([...follow, ...proxied, '--peer', 'far.example:6882']);
    expect(await following.exited, following.output()).toBe(0);
    expect(following.output()).toContain('"event":"proxy","url":"socks5://10.1.0.2:1080","udp":"on"');
    expect(plainTreeOf(join(mirror, 'latest', root.split('/').at(-1)!))).toEqual(plainTreeOf(root));
    publishing.signal('SIGINT');
    await publishing.exited;

    const ours = await channel(client);
    const hidden = client.swarmline(['channel', 'publish', ours.key, root, ...proxied]);
    await expect.poll(hidden.output, { timeout: 30_000 }).toMatch(/"published","release":1,"nodes":[1-9]/);
    const reading = far.swarmline(['channel', 'follow', ours.link, '-o', temporaryFolder(), ...direct]);
    await expect.poll(reading.output, { timeout: 30_000 }).toContain('"event":"release","release":1');
    expect(pastProxy(client)).toBe(0);
    expect(counted(far)).toBe(0);
  },
  120_000,
);

interopTest('a channel ends where the proxy relays no UDP', [namespaces, nft], async () => {
  const { client } = await network(['no-udp']);
  const { key, link } = await channel(client);
  const proxy = ['--proxy', 'socks5://u:p@10.1.0.2:1080', '--dht-router', '10.2.0.2:6881'];
  for (const what of [
    ['follow', link, '-o', temporaryFolder()],
    ['publish', key, key],
  ]) {
    const asked = client.swarmline(['channel', ...what, ...proxy]);
    expect(await asked.exited, asked.output()).toBe(1);
    expect(asked.output()).toContain(
      'The proxy relays no UDP: it does not do that. A channel is found by the DHT alone.',
    );
  }
  expect(pastProxy(client)).toBe(0);
});

interopTest('what is shared is not said to be here', [namespaces, nft], async () => {
  const { client, root } = await network();
  const sharing = client.swarmline([
    ...['share', root, '--tracker', 'http://10.2.0.2:1/announce'],
    ...['--proxy', 'socks5://u:p@10.1.0.2:1080'],
  ]);
  await expect.poll(sharing.output, { timeout: 15_000 }).toMatch(/Magnet +magnet:/);
  expect(sharing.output()).not.toContain('x.pe=');
  expect(sharing.output()).not.toContain('10.1.0.1');
  expect(pastProxy(client)).toBe(0);
});

interopTest('what does not go through the proxy is counted', [namespaces, nft], async () => {
  const { client, address } = await network();
  const get = client.swarmline(['get', address, '-o', temporaryFolder(), '--no-seed', '--no-resume']);
  expect(await get.exited, get.output()).toBe(0);
  expect(pastProxy(client)).toBeGreaterThan(0);
});

interopTest(
  'a proxy that is not there, or refuses, ends it with nothing sent elsewhere',
  [namespaces, nft],
  async () => {
    const { client, address } = await network();
    for (const proxy of ['socks5://10.1.0.2:9', 'socks5://u:wrong@10.1.0.2:1080', 'socks5://10.1.0.2:1080']) {
      const get = client.swarmline([
        'get',
        address,
        '-o',
        temporaryFolder(),
        '--no-resume',
        '--proxy',
        proxy,
      ]);
      expect(await get.exited, get.output()).toBe(1);
    }
    expect(pastProxy(client)).toBe(0);
  },
);

/** A client, a proxy that also routes, and behind it one that shares. */
async function network(proxyArgs: readonly string[] = []) {
  const client = await Machine.make();
  const between = await Machine.make();
  const far = await Machine.make();
  between.connect(client, ['a0', '10.1.0.2/24'], ['eth0', '10.1.0.1/24']);
  between.connect(far, ['b0', '10.2.0.1/24'], ['eth0', '10.2.0.2/24']);
  client.run('ip route add default via 10.1.0.2');
  far.run('ip route add default via 10.2.0.1');
  between.run('sysctl -qw net.ipv4.ip_forward=1');
  client.run(
    `nft 'table inet t {
      chain out {
        type filter hook output priority 0;
        oifname != lo meta l4proto { tcp, udp } ip daddr != 10.1.0.2 counter
        oifname != lo meta nfproto ipv6 meta l4proto { tcp, udp } counter
        meta l4proto { tcp, udp } th dport 53 counter
      }
    }'`,
  );
  far.run('ip address add 10.2.0.3/24 dev eth0');
  // UDP of the client's own to the machine behind; and what the proxy sends there.
  far.run(
    "nft 'table inet t { chain in { type filter hook input priority 0; ip saddr 10.1.0.1 counter; }; }'",
  );
  between.run(
    "nft 'table inet t { chain out { type filter hook output priority 0; meta l4proto udp ip daddr 10.2.0.2 counter; }; }'",
  );
  const server = between.start(process.execPath, [SERVER, '10.1.0.2', '1080', ...proxyArgs]);
  await expect.poll(() => server.output(), { timeout: 15_000 }).toMatch(/ready/);
  const root = makeTree(temporaryFolder(), { length: 300_000, isPlain: true });
  const sharing = far.swarmline([
    'share',
    root,
    '--host',
    '10.2.0.2',
    '--port',
    '6900',
    '--no-port-forward',
    '--no-lsd',
  ]);
  await expect.poll(() => sharing.output(), { timeout: 15_000 }).toMatch(/Torrent +http/);
  const address = /Torrent +(http:\S+)/.exec(sharing.output())![1]!;
  return { client, far, server: { ...server, machine: between }, address, root };
}

/** A channel's key, in a file, and its link. */
async function channel(machine: Machine): Promise<{ key: string; link: string }> {
  const key = join(temporaryFolder(), 'channel.key');
  const made = machine.swarmline(['channel', 'create', key, '--json']);
  expect(await made.exited, made.output()).toBe(0);
  return { key, link: /"link":"([^"]+)"/.exec(made.output())![1]! };
}

/** A node of the DHT, and who seeds what is shared by uTP and is found there alone. */
async function seedInDht(far: Machine, root: string): Promise<{ magnet: string }> {
  const { torrent, magnet } = await create(root, 'v1');
  const node = far.start(process.execPath, [NODES, '10.2.0.2', '10.2.0.3']);
  await expect.poll(node.output, { timeout: 15_000 }).toMatch(/^ready/m);
  const seeding = far.swarmline([
    ...['seed', torrent, '-d', dirname(root), '--bind', '10.2.0.2', '--port', '6882', '--no-resume'],
    ...['--transport', 'utp', '--no-lsd', '--no-port-forward', '--dht-router', '10.2.0.2:6881'],
  ]);
  await expect.poll(seeding.output, { timeout: 15_000 }).toMatch(/Seeding/);
  return { magnet };
}

/** TCP and UDP that left for anybody else, and names that were looked up, be it on this machine. */
function pastProxy(client: Machine): number {
  return counted(client);
}

function counted(machine: Machine): number {
  const counts = machine.run('nft list table inet t').matchAll(/packets (\d+)/g);
  return [...counts].reduce((sum, [, packets]) => sum + Number(packets), 0);
}

// A download behind a proxy: all of it goes through the proxy, and no packet leaves past it, though there is a way. Counted
// by nftables in a network of the test's own.

import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'vitest';
import { Machine, namespaces } from './namespaces.ts';
import { foreignProgram, interopTest, temporaryFolder } from './peers.ts';
import { makeTree, plainTreeOf } from './trees.ts';

const nft = foreignProgram('nft');
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
async function network() {
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
      }
    }'`,
  );
  const server = between.start(process.execPath, [SERVER, '10.1.0.2', '1080']);
  await expect.poll(() => server.output(), { timeout: 15_000 }).toMatch(/ready/);
  const root = makeTree(temporaryFolder(), { length: 300_000, isPlain: true });
  const sharing = far.swarmline(['share', root, '--host', '10.2.0.2', '--no-port-forward', '--no-lsd']);
  await expect.poll(() => sharing.output(), { timeout: 15_000 }).toMatch(/Torrent +http/);
  const address = /Torrent +(http:\S+)/.exec(sharing.output())![1]!;
  return { client, address, root };
}

/** TCP and UDP that left for anybody else. */
function pastProxy(client: Machine): number {
  const counts = client.run('nft list table inet t').matchAll(/packets (\d+)/g);
  return [...counts].reduce((sum, [, packets]) => sum + Number(packets), 0);
}

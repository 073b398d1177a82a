// A seed behind a router of its own (Debian's miniupnpd over nftables, which lets nobody in by itself): it has the router open
// its port, is fetched from outside by that, and leaves the router as it was. By PCP, by NAT-PMP, by UPnP.

import { writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { expect } from 'vitest';
import { Machine, namespaces } from './namespaces.ts';
import { foreignProgram, interopTest, type RunningProgram, temporaryFolder } from './peers.ts';
import { create } from './transfer-peers.ts';
import { makeTree, plainTreeOf } from './trees.ts';

const miniupnpd = foreignProgram('miniupnpd');
const nft = foreignProgram('nft');
// In a network of the test's own. To be let in, the router needs an outside address that looks public: miniupnpd opens
// nothing where it has a private one.
const OUTSIDE = '20.0.0.1';

const WAYS = [
  { name: 'PCP', config: 'enable_natpmp=yes\nenable_upnp=no', rules: '' },
  // What begins with a 2 is PCP.
  { name: 'NAT-PMP', config: 'enable_natpmp=yes\nenable_upnp=no', rules: 'udp dport 5351 @th,64,8 2 drop;' },
  { name: 'UPnP', config: 'enable_natpmp=no\nenable_upnp=yes', rules: '' },
  { name: 'UPnP', config: 'enable_natpmp=no\nenable_upnp=yes\nforce_igd_desc_v1=yes', rules: '' },
];

for (const { name, config, rules } of WAYS)
  interopTest(
    `a seed behind a router is reached by ${name}${config.includes('v1') ? ' of version 1' : ''}`,
    [namespaces, miniupnpd, nft],
    async () => {
      const { inside, router, outside } = await network(rules);
      const daemon = router.start(miniupnpd.path!, ['-d', '-f', configFile(config)]);
      await says(daemon, /HTTP listening|Listening for NAT-PMP/);

      const root = makeTree(temporaryFolder(), { length: 300_000, isPlain: true });
      const { torrent } = await create(root, 'v1');
      const seed = inside.swarmline(['seed', torrent, '-d', root, '--port', '51413', '--no-resume']);
      await says(seed, new RegExp(`port 51413 is open at the router by ${name}, outside address ${OUTSIDE}`));
      expect(openPorts(router)).toHaveLength(2);

      const folder = temporaryFolder();
      const get = outside.swarmline([
        ...['get', torrent, '-o', folder, '--peer', `${OUTSIDE}:51413`, '--no-seed', '--no-resume'],
        '--no-port-forward',
      ]);
      expect(await get.exited, `${get.output()}\n${seed.output()}`).toBe(0);
      expect(plainTreeOf(join(folder, basename(root)))).toEqual(plainTreeOf(root));

      seed.signal('SIGINT');
      expect(await seed.exited, seed.output()).toBe(0);
      await expect.poll(() => openPorts(router), { timeout: 5000 }).toEqual([]);
    },
  );

interopTest(
  'a daemon says that its port is open at the router, and that somebody has come by it',
  [namespaces, miniupnpd, nft],
  async () => {
    const { inside, router, outside } = await network('');
    await says(
      router.start(miniupnpd.path!, ['-d', '-f', configFile(WAYS[0]!.config)]),
      /Listening for NAT-PMP/,
    );
    const folder = temporaryFolder();
    const root = makeTree(folder, { length: 300_000, isPlain: true });
    const { torrent } = await create(root, 'v1');
    const daemon = inside.swarmline([
      ...['daemon', '--state-folder', join(temporaryFolder(), 'state'), '--download-dir', folder],
      ...['--port', '51413', '--rpc-port', '9797', '--lsd', 'off', '--port-forward', 'on'],
    ]);
    await says(daemon, /Port 51413 is open at the router by PCP/);
    const reach = async () => {
      const asked = inside.swarmline(['ctl', 'reach']);
      expect(await asked.exited, asked.output()).toBe(0);
      return asked.output();
    };
    const open = await reach();
    expect(open).toMatch(/✓ The router lets peers in at its port 51413\.\n/);
    expect(open).toMatch(/Seen as +20\.0\.0\.1, by the router\n/);
    expect(open).toMatch(/Router +port 51413 open at 192\.168\.77\.1 by PCP, for (?:59 min|1 h)/);
    const adding = inside.swarmline(['ctl', 'add', torrent]);
    expect(await adding.exited, adding.output()).toBe(0);
    const get = outside.swarmline([
      ...['get', torrent, '-o', temporaryFolder(), '--peer', `${OUTSIDE}:51413`, '--no-seed', '--no-resume'],
      '--no-port-forward',
      // By uTP it would show nothing.
      ...['--transport', 'tcp'],
    ]);
    expect(await get.exited, get.output()).toBe(0);
    expect(await reach()).toMatch(
      /✓ Peers from the Internet have dialled it\.\n(?:.*\n)* +Dialled +\d+ times? from/,
    );
    daemon.signal('SIGTERM');
    expect(await daemon.exited, daemon.output()).toBe(0);
  },
);

interopTest('a router that opens nothing says so, and the seed goes on', [namespaces, nft], async () => {
  const { inside } = await network('');
  const root = makeTree(temporaryFolder(), { length: 30_000, isPlain: true });
  const { torrent } = await create(root, 'v1');
  const seed = inside.swarmline(['seed', torrent, '-d', root, '--no-resume', '--json']);
  await says(
    seed,
    /"event":"port-forward".*"state":"failed","gateway":"192\.168\.77\.1","message":"The router/,
  );
  seed.signal('SIGINT');
  expect(await seed.exited, seed.output()).toBe(0);
});

/** One machine behind a router that lets nobody in, one outside of it. */
async function network(rules: string) {
  const inside = await Machine.make();
  const router = await Machine.make();
  const outside = await Machine.make();
  router.connect(inside, ['lan0', '192.168.77.1/24'], ['eth0', '192.168.77.2/24']);
  router.connect(outside, ['wan0', `${OUTSIDE}/24`], ['eth0', '20.0.0.2/24']);
  inside.run('ip route add default via 192.168.77.1');
  router.run('sysctl -qw net.ipv4.ip_forward=1');
  const path = join(temporaryFolder(), 'rules.nft');
  writeFileSync(
    path,
    `table inet filter {
       chain input { type filter hook input priority 0; policy accept; ${rules} }
       chain forward {
         type filter hook forward priority 0; policy drop;
         ct state established,related accept
         iifname lan0 accept
         jump miniupnpd
       }
       chain miniupnpd { }
       chain prerouting { type nat hook prerouting priority dstnat; jump prerouting_miniupnpd; }
       chain prerouting_miniupnpd { }
       chain postrouting { type nat hook postrouting priority srcnat; oifname wan0 masquerade; }
       chain postrouting_miniupnpd { }
     }`,
  );
  router.run(`nft -f ${path}`);
  return { inside, router, outside };
}

function configFile(more: string): string {
  const folder = temporaryFolder();
  const path = join(folder, 'miniupnpd.conf');
  const lines = [
    'ext_ifname=wan0',
    'listening_ip=lan0',
    'port=0',
    'secure_mode=yes',
    'upnp_table_name=filter',
    'upnp_nat_table_name=filter',
    'uuid=1a6f2f3c-6e7d-4d0f-9f1c-8a1d0b7a5f11',
    'allow 1024-65535 192.168.77.0/24 1024-65535',
    'deny 0-65535 0.0.0.0/0 0-65535',
  ];
  writeFileSync(path, `${[...lines, more].join('\n')}\n`);
  return path;
}

function openPorts(router: Machine): string[] {
  return router
    .run('nft list chain inet filter prerouting_miniupnpd')
    .split('\n')
    .filter(line => line.includes('dnat'));
}

function says(program: RunningProgram, what: RegExp): Promise<void> {
  return expect.poll(() => program.output(), { timeout: 12_000, interval: 50 }).toMatch(what);
}

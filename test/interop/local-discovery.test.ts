// Machines on a network of their own, no tracker, nobody named: they find each other by local service discovery (BEP 14).

import { dirname, join } from 'node:path';
import { expect } from 'vitest';
import { Machine, namespaces } from './namespaces.ts';
import { interopTest, temporaryFolder } from './peers.ts';
import { aria2, create } from './transfer-peers.ts';
import { makeTree, plainTreeOf } from './trees.ts';

const QUIET = ['--no-port-forward', '--no-resume'];

for (const family of ['IPv4', 'IPv6'] as const)
  interopTest(`we find each other by local discovery over ${family}`, [namespaces], async () => {
    const { one, other } = await network(family);
    const root = makeTree(temporaryFolder(), { length: 300_000, isPlain: true });
    const { torrent, magnet } = await create(root, 'hybrid');
    const seed = one.swarmline(['seed', torrent, '-d', root, ...QUIET]);
    const folder = temporaryFolder();
    const get = other.swarmline(['get', magnet, '-o', folder, '--no-seed', ...QUIET]);
    expect(await get.exited, `${get.output()}\n${seed.output()}`).toBe(0);
    expect(plainTreeOf(join(folder, root.split('/').at(-1)!))).toEqual(plainTreeOf(root));
  });

interopTest('we and aria2 find each other by local discovery', [namespaces, aria2], async () => {
  const { one, other } = await network('IPv4');
  const root = makeTree(temporaryFolder(), { length: 300_000, isPlain: true });
  const { torrent } = await create(root, 'v1');
  const program = one.start(aria2.path!, [
    ...['--no-conf', '--enable-dht=false', '--enable-dht6=false', '--enable-peer-exchange=false'],
    ...[
      '--bt-enable-lpd=true',
      '--bt-lpd-interface=eth0',
      '--listen-port=7001',
      '--check-integrity=true',
      '--seed-ratio=0',
    ],
    ...[`--dir=${dirname(root)}`, torrent],
  ]);
  const get = other.swarmline(['get', torrent, '-o', temporaryFolder(), '--no-seed', ...QUIET]);
  expect(await get.exited, `${get.output()}\n${program.output()}`).toBe(0);
});

async function network(family: 'IPv4' | 'IPv6') {
  const one = await Machine.make();
  const other = await Machine.make();
  one.connect(other, ['eth0', '192.168.78.1/24'], ['eth0', '192.168.78.2/24']);
  if (family === 'IPv6')
    for (const [machine, address] of [
      [one, 'fd00:78::1/64'],
      [other, 'fd00:78::2/64'],
    ] as const)
      machine.run(`ip address flush dev eth0 && ip address add ${address} dev eth0 nodad`);
  return { one, other };
}

// Transmission and we find each other by the DHT alone. Its DHT knows neither loopback nor private addresses, and takes itself for
// broken with fewer than nine nodes, so it is done in a network of its own, with nodes of ours at public addresses.

import { writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { NETWORK_PROGRAMS, ownNetwork } from './own-network.ts';
import { foreignProgram, interopTest, type RunningProgram, start, temporaryFolder } from './peers.ts';
import { create, isThere, transmission } from './transfer-peers.ts';
import { makeTree } from './trees.ts';

const NODES = Array.from({ length: 14 }, (_, i) => `44.77.${i + 10}.1`);
const OURS = '44.77.1.1';
const THEIRS = '44.77.2.1';
const NODE = { name: 'Node', path: process.execPath };
const NODES_SCRIPT = fileURLToPath(new URL('dht-nodes.mjs', import.meta.url));
const SWARMLINE = fileURLToPath(new URL('../../bin/swarmline.js', import.meta.url));
const RPC_PORT = 9091;
const remote = foreignProgram('transmission-remote');
const PROGRAMS = [...NETWORK_PROGRAMS, transmission, remote];
/** It waits a minute before it first looks. */
const WAIT_MS = 240_000;

interface Town {
  swarmline(args: readonly string[]): RunningProgram;
  /** Transmission, told of `what`: a torrent file or a magnet link. */
  transmission(what: string, folder: string): Promise<RunningProgram>;
}

/** Nodes that know each other, and room for two more machines. */
async function town(): Promise<Town> {
  const { within } = await ownNetwork([OURS, THEIRS, ...NODES]);
  const nodes = start(...within(NODE, [NODES_SCRIPT, ...NODES]));
  await until(() => nodes.output().includes('ready'), [nodes]);
  return {
    swarmline: args => {
      const network = ['--bind', OURS, '--port', '6881', '--no-resume', '--dht-router', `${NODES[0]}:6881`];
      return start(...within(NODE, [SWARMLINE, ...args, ...network]));
    },
    transmission: async (what, folder) => {
      const config = temporaryFolder();
      const settings = {
        'bind-address-ipv4': THEIRS,
        'pex-enabled': false,
        'rename-partial-files': false,
        'rpc-port': RPC_PORT,
      };
      writeFileSync(join(config, 'settings.json'), JSON.stringify(settings));
      // Where it begins: an address and a port a line.
      writeFileSync(join(config, 'dht.bootstrap'), NODES.map(node => `${node} 6881\n`).join(''));
      const quiet = ['--foreground', '--dht', '--no-lpd', '--no-utp', '--no-portmap'];
      const args = [...quiet, '-P', '51413', '-g', config, '-w', folder];
      const daemon = start(...within(transmission, args), { HOME: config });
      let isAdded = false;
      // It takes a moment until it can be told.
      for (let tries = 0; !isAdded && tries < 100; tries++) {
        const told = start(...within(remote, [`${RPC_PORT}`, '-a', what]));
        isAdded = (await told.exited) === 0 && told.output().includes('success');
        if (!isAdded) await pause();
      }
      return daemon;
    },
  };
}

async function until(isSo: () => boolean, programs: readonly RunningProgram[]): Promise<void> {
  const end = performance.now() + WAIT_MS;
  while (!isSo()) {
    if (performance.now() > end)
      throw new Error(`It took too long. ${programs.map(({ output }) => output()).join('\n')}`);
    await pause();
  }
}

function pause(): Promise<void> {
  return new Promise(resolve => setTimeout(resolve, 100));
}

interopTest(
  'a magnet without a tracker is fetched from us by Transmission',
  PROGRAMS,
  async () => {
    const { swarmline, transmission: other } = await town();
    const root = makeTree(temporaryFolder(), { length: 500_000, isPlain: true });
    const { torrent, magnet } = await create(root, 'v1');
    const seeding = swarmline(['seed', torrent, '-d', dirname(root)]);
    await until(() => seeding.output().includes('Seeding'), [seeding]);
    const folder = temporaryFolder();
    const daemon = await other(magnet, folder);
    await until(() => isThere(join(folder, basename(root)), root), [daemon, seeding]);
  },
  WAIT_MS,
);

interopTest(
  'a magnet without a tracker is fetched by us from Transmission',
  PROGRAMS,
  async () => {
    const { swarmline, transmission: other } = await town();
    const root = makeTree(temporaryFolder(), { length: 500_000, isPlain: true });
    const { torrent, magnet } = await create(root, 'v1');
    const daemon = await other(torrent, dirname(root));
    const folder = temporaryFolder();
    const ours = swarmline(['get', magnet, '-o', folder, '--no-seed']);
    await until(() => isThere(join(folder, basename(root)), root), [ours, daemon]);
  },
  WAIT_MS,
);

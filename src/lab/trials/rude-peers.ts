// The same swarm without and with rude peers that connect to everybody: how much longer does it take, and what do they
// get? Nobody may fail, nobody good may be banned, and no machine may keep more for a rude peer than its limits say.

import { RudePeer, type RudeScript } from '../sim/rude-peer.ts';
import { flooding, lying, quitting, refusing, slowLoris } from '../sim/rude-scripts.ts';
import type { SimSwarm } from '../sim/sim-swarm.ts';
import { swarmTrial } from './trial.ts';

/** Several of each kind: more than there are good ones. */
const KINDS: readonly (readonly [name: string, script: RudeScript])[] = [
  ['lying', lying()],
  ['refusing', refusing()],
  ['flooding', flooding(2000)],
  ['slow loris', slowLoris(1000)],
  ['quitting', quitting(2000)],
];

export const rudePeers = swarmTrial(
  {
    name: 'rude-peers',
    question:
      'Liars, refusers, flooders, dawdlers and quitters join: how much longer does the download take?',
    content: { length: 8 * 1_048_576, pieceLength: 65_536 },
  },
  async swarm => {
    swarm.addSeed();
    const leechers = swarm.addLeechers(8);
    const rude = KINDS.flatMap(([name, script]) =>
      [1, 2, 3].map(() => ({ name, peer: join(swarm, script) })),
    );
    await swarm.runAll(600_000);
    const figures = swarm.figures();
    const sent = leechers.map(({ host }) => host.uplink.total);
    const banned = leechers.flatMap(leecher => leecher.banned.map(({ host }) => host));
    return {
      figures,
      banned,
      goodAddresses: swarm.peers.map(({ host }) => host.address),
      /** Bytes that leechers sent, the largest of all. */
      mostSent: Math.max(...sent),
      lines: [
        `${figures.ratio.toFixed(2)} × the bound`,
        ...KINDS.map(([name]) => {
          const count = rude
            .filter(one => one.name === name)
            .reduce((sum, { peer }) => sum + peer.connections, 0);
          return `${name}: ${count} connections`;
        }),
        `banned: ${banned.join(' ') || 'nobody'}`,
      ],
    };
  },
);

function join(swarm: SimSwarm, script: RudeScript): RudePeer {
  const { world, content } = swarm;
  const peer = new RudePeer(world, { content, script, upBytesPerSecond: 1_000_000 });
  world.after(1200, () => peer.dial(swarm.peers.map(({ address }) => address)));
  return peer;
}

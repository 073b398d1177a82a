// Some download and never upload. Tit for tat must make that the slower way: a free-rider lives on optimistic unchokes
// and on what the seed gives. (Qiu and Srikant: of what leechers give, it gets about one part in slots + 1.)

import type { SimPeer } from '../sim/sim-peer.ts';
import { swarmTrial } from './trial.ts';

export const freeRider = swarmTrial(
  {
    name: 'free-rider',
    question: 'Three of thirty never upload: how much slower are they than the others?',
    content: { length: 16 * 1_048_576, pieceLength: 131_072 },
    upBytesPerSecond: 250_000,
  },
  async swarm => {
    // Twice as fast as needed: what is short is the leechers' own uplinks, else all wait for the seed, whatever they give.
    swarm.addSeed({ upBytesPerSecond: 500_000 });
    const contributors = swarm.addLeechers(27);
    const riders = swarm.addLeechers(3, {
      session: { engine: { choker: { slots: 0 } } },
    });
    // Those that are done would be seeds, which give to everybody: they go.
    for (const peer of contributors) peer.leavesWhenDone = true;
    await swarm.world.pass(1000);
    for (const peer of swarm.leechers) peer.start();
    await swarm.complete(contributors, 600_000);
    const got = meanOf(riders, peer => peer.torrent.stats().piecesHave / peer.torrent.stats().piecesTotal);
    const seconds = meanOf(contributors, peer => peer.completedAt! - peer.startedAt) / 1000;
    await swarm.complete(riders, 600_000);
    const ridersSeconds = meanOf(riders, peer => peer.completedAt! - peer.startedAt) / 1000;
    return {
      /** How many times as long free-riders took. */
      ratio: ridersSeconds / seconds,
      /** What free-riders had of the content when the last contributor was done. */
      got,
      sentByRiders: riders.reduce((sum, { torrent }) => sum + torrent.stats().uploaded, 0),
      lines: [
        `contributors ${seconds.toFixed(0)} s; free-riders had ${(100 * got).toFixed(0)} % then, and all after ${ridersSeconds.toFixed(0)} s`,
      ],
    };
  },
);

function meanOf(peers: readonly SimPeer[], value: (peer: SimPeer) => number): number {
  return peers.reduce((sum, peer) => sum + value(peer), 0) / peers.length;
}

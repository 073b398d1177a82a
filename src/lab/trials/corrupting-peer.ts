// A peer that dials everybody, offers everything and sends bytes that are wrong. How many pieces does it spoil for each
// before it is banned, and is anybody else banned for it? With long pieces others help with those that it began, so that
// a piece that turns out wrong has several givers.

import type { TorrentVersion } from '../../core/metainfo/metainfo.ts';
import { RudePeer } from '../sim/rude-peer.ts';
import { corrupting } from '../sim/rude-scripts.ts';
import { swarmTrial } from './trial.ts';

export function corruptingPeer(
  version: TorrentVersion,
  which: 'every block' | 'first block',
  pieces: 'short' | 'long',
) {
  return swarmTrial(
    {
      name: `corrupting-peer-${version}-${which.replace(' ', '-')}-${pieces}`,
      question: `A peer sends ${which} of a piece wrong (${version}, ${pieces} pieces): what does it spoil until it is banned?`,
      content: { length: 6 * 1_048_576, pieceLength: pieces === 'short' ? 65_536 : 1_048_576, version },
    },
    async swarm => {
      const { world, content } = swarm;
      swarm.addSeed();
      const leechers = swarm.addLeechers(6);
      const rude = new RudePeer(world, { content, script: corrupting(which), upBytesPerSecond: 200_000 });
      world.after(1500, () => rude.dial(leechers.map(leecher => leecher.address)));
      await swarm.runAll(300_000);
      const spoilt = leechers.map(({ host }) => host.disk.wrongPieces.length);
      const banned = leechers.map(leecher => leecher.banned.map(({ host }) => host));
      return {
        rude,
        spoilt,
        banned,
        lines: [
          `pieces spoilt for each: ${spoilt.join(' ')}`,
          `banned by each: ${banned.map(hosts => hosts.map(host => (host === rude.host.address ? 'it' : host)).join(' ') || 'nobody').join(', ')}`,
        ],
      };
    },
  );
}

export const CORRUPTING_PEERS = [
  corruptingPeer('v1', 'every block', 'short'),
  corruptingPeer('v1', 'first block', 'long'),
  corruptingPeer('v2', 'every block', 'short'),
  corruptingPeer('v2', 'first block', 'long'),
];

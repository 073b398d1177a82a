// A leecher that comes alone to a seed that has been there for some time: when has it its first block and its first piece?
// It must not wait for the next round of the choker, nor for anything else that happens at intervals.

import { swarmTrial } from './trial.ts';

export const lonePeer = swarmTrial(
  {
    name: 'lone-peer',
    question: 'One leecher comes to one seed: how long until its first byte?',
    content: { length: 1_048_576, pieceLength: 65_536 },
  },
  async swarm => {
    const { world } = swarm;
    swarm.addSeed();
    const leecher = swarm.addLeechers(1)[0]!;
    // In the middle between two rounds of the seed.
    await world.pass(34_567);
    leecher.start();
    await world.run(() => leecher.hasStarted && leecher.torrent.stats().downloaded > 0, 60_000);
    const firstByteMs = world.now - leecher.startedAt;
    await swarm.complete([leecher], 60_000);
    const firstPieceMs = leecher.firstPieceAt! - leecher.startedAt;
    return {
      firstByteMs,
      firstPieceMs,
      lines: [
        `first block after ${firstByteMs.toFixed(0)} ms, first piece after ${firstPieceMs.toFixed(0)} ms`,
      ],
    };
  },
);

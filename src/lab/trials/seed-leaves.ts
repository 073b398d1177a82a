// The seed goes as soon as it has sent a little more than one copy. What it sent must then be all there is, spread over the
// leechers: a seed that sends the same piece twice before it has sent every piece once leaves a swarm that cannot finish.

import { swarmTrial } from './trial.ts';

export function seedLeaves(copies: number, superSeed = false) {
  return swarmTrial(
    {
      name: `${superSeed ? 'super-seed' : 'seed'}-leaves-${copies}`,
      question: `The ${superSeed ? 'super-seed' : 'seed'} goes after ${copies} copies: does the swarm finish without it?`,
      content: { length: 8 * 1_048_576, pieceLength: 65_536 },
    },
    async swarm => {
      const { world, content } = swarm;
      const seed = swarm.addSeed(superSeed ? { add: { info: content.metainfo, superSeed } } : {});
      swarm.addLeechers(12);
      const { pieceCount } = content.metainfo.layout;
      let missing = 0;
      const look = () => {
        // What has left its line: what is in its buffers when it goes is lost.
        if (seed.host.uplink.total < copies * content.bytes.length) {
          world.after(20, look);
          return;
        }
        missing = missingPieces(
          swarm.leechers.map(({ torrent }) => torrent),
          pieceCount,
        );
        seed.leave();
      };
      world.after(1000, look);
      let isFinished = true;
      try {
        await swarm.runAll(300_000);
      } catch (error) {
        if (swarm.leechers.every(({ isComplete }) => !isComplete)) isFinished = false;
        else throw error;
      }
      const figures = isFinished ? swarm.figures() : undefined;
      return {
        figures,
        missing,
        leftAt: seed.leftAt,
        lines: [
          seed.leftAt === undefined
            ? 'everybody was done before'
            : `the seed left at ${(seed.leftAt / 1000).toFixed(1)} s; ${missing} of ${pieceCount} pieces were whole nowhere else`,
          figures === undefined ? 'it did not finish' : `done after ${figures.ratio.toFixed(2)} × the bound`,
        ],
      };
    },
  );
}

function missingPieces(
  torrents: readonly { hasPiece(piece: number): boolean }[],
  pieceCount: number,
): number {
  let missing = 0;
  for (let piece = 0; piece < pieceCount; piece++) {
    if (!torrents.some(torrent => torrent.hasPiece(piece))) missing++;
  }
  return missing;
}

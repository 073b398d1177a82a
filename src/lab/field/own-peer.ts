// A peer of ours in the field, as a process of its own: the library's session, with real sockets and files. What it starts
// with is loaded before its clock runs, as with every client there.

import { readFileSync } from 'node:fs';
import { nodeHost, parseMetainfo, Session } from '../../index.ts';
import { fail, obey, tell } from './line-protocol.ts';
import { type OwnPeerWish, readWish } from './peer-wish.ts';

const wish = readWish() as OwnPeerWish;
const { torrent: path, downloadDir, superSeeds, isSequential, role } = wish;
const isSeed = role === 'seed';
const session = new Session(wish.session, nodeHost());
await session.listen();
const torrent = session.add({
  info: parseMetainfo(readFileSync(path)),
  ...{ downloadDir, superSeed: superSeeds, isSequential, isVerified: isSeed, isPaused: !isSeed },
});
torrent.on('error', error => fail(error.message));
obey({ go: () => torrent.resume(), leave });

if (isSeed) {
  const remove = torrent.on('tracker', ({ state }) => {
    if (state !== 'working') return;
    remove();
    // It is there, and known.
    tell('ready');
  });
} else {
  const removeReady = torrent.on('ready', () => {
    removeReady();
    tell('ready');
  });
  const remove = torrent.on('piece', () => {
    remove();
    tell('first');
  });
  torrent.on('complete', () => tell('done'));
}

async function leave() {
  const { uploaded, downloaded, wasted, piecesHave, piecesTotal } = torrent.stats();
  await session.close();
  return { uploaded, downloaded, wasted, share: piecesHave / piecesTotal };
}

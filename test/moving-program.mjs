// A program that moves a torrent to and fro between two folders until it is killed: see move-kill.test.ts. With a fifth
// argument it only says where the torrent is, and ends.
//
//   node moving-program.mjs STATE TORRENT FOLDER OTHER [look]

import { readFileSync } from 'node:fs';
import { nodeHost, parseMetainfo, Session } from '../dist/index.js';

const [stateFolder, file, folder, other, look] = process.argv.slice(2);
const host = nodeHost();
const session = new Session({ listen: false, stateFolder }, host);
const { torrents } = await session.restore();
const torrent = torrents[0] ?? session.add({ info: parseMetainfo(readFileSync(file)), downloadDir: folder });
torrent.on('error', error => {
  console.log(`error ${error.message}`);
  process.exit(1);
});
const { piecesHave } = await new Promise(resolve => torrent.on('ready', resolve));
console.log(`ready ${piecesHave} ${torrent.downloadDir}`);
while (look === undefined) {
  const to = torrent.downloadDir === folder ? other : folder;
  console.log(`moving ${to}`);
  await torrent.moveTo(to);
  console.log(`moved ${to}`);
}
await session.close();
await host.disk.close();

// One WebTorrent client, driven by a test: a JSON wish on stdin, JSON lines on stdout.
//   {"torrent": "a.torrent" | "magnet": "magnet:…", "folder": "/data"}
// It says {"port": …} when it listens and {"state": "complete"} when all is there and checked.
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import WebTorrent from 'webtorrent';

const client = new WebTorrent({ dht: false, lsd: false, natUpnp: false, natPmp: false, utp: false });
const say = fact => process.stdout.write(`${JSON.stringify(fact)}\n`);
client.on('error', error => say({ error: String(error) }));

createInterface({ input: process.stdin }).once('line', line => {
  const { torrent, magnet, folder } = JSON.parse(line);
  const added = client.add(magnet ?? readFileSync(torrent), { path: folder });
  added.once('done', () => say({ state: 'complete' }));
  const sayPort = () => say({ port: client.torrentPort });
  if (client.listening) sayPort();
  else client.once('listening', sayPort);
});

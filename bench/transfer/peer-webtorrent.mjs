// One WebTorrent peer that speaks the line protocol of line-peer.mjs; --modules is the node_modules that has webtorrent.
// It needs Node 22. An address cannot be chosen: it listens at all of them.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';

const text = { type: 'string' };
const { values } = parseArgs({
  options: { role: text, torrent: text, dir: text, port: text, encryption: text, modules: text },
});
const entry = join(values.modules, 'webtorrent', 'index.js');
const { default: WebTorrent } = await import(pathToFileURL(entry).href);

const client = new WebTorrent({
  dht: false,
  lsd: false,
  natUpnp: false,
  natPmp: false,
  utp: false,
  torrentPort: Number(values.port),
  // 0 is in the clear, 2 is encrypted throughout.
  secure: values.encryption === 'require' ? 2 : 0,
});
client.on('error', error => {
  process.stderr.write(`${error.stack}\n`);
  process.exit(1);
});

const input = createInterface({ input: process.stdin });
input.on('close', () => process.exit(0));

if (values.role === 'seed') add({ skipVerify: true }).on('ready', () => say('ready'));
else {
  say('ready');
  input.once('line', () => {
    const torrent = add({});
    torrent.once('download', () => say('first'));
    torrent.once('done', () => say('done'));
  });
}

function add(options) {
  return client.add(readFileSync(values.torrent), { path: values.dir, ...options });
}

function say(word) {
  process.stdout.write(`${word}\n`);
}

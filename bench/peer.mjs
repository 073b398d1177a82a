// One peer for side-by-side runs, through the public library, loaded as `swarmline` itself is: --role seed|leech --torrent F --dir D --address A --port P.
//
// Speaks the line protocol that the other programs' peers speak: prints `ready`; a leecher starts at the line `go` and prints
// `first` at its first payload bytes and `done` when every piece is checked and written. It leaves when standard input ends.
// A seeder does not hash its data first, as the others are told not to. --tracker URL (any number) takes the place of the
// torrent's own trackers, --peer HOST:PORT (any number) is dialled at once, --encryption is the session's, --transport is tcp,
// utp or both, --super-seed is a seeder's. --ethernet: within this machine too uTP sends no longer datagrams than an Ethernet carries (but
// to 127.0.0.0/8 and ::1).
import './help.mjs';
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { loadProgram } from '../bin/load-program.js';

const { nodeHost, parseMetainfo, Session } = loadProgram(
  fileURLToPath(new URL('../dist/program', import.meta.url)),
  'library.js',
);

const { values } = parseArgs({
  options: {
    role: { type: 'string' },
    torrent: { type: 'string' },
    dir: { type: 'string' },
    address: { type: 'string', default: '127.0.0.1' },
    port: { type: 'string', default: '0' },
    transport: { type: 'string', default: 'tcp' },
    tracker: { type: 'string', multiple: true },
    peer: { type: 'string', multiple: true, default: [] },
    encryption: { type: 'string', default: 'allow' },
    'super-seed': { type: 'boolean', default: false },
    ethernet: { type: 'boolean', default: false },
  },
});
const { role, torrent: torrentPath, dir } = values;
if ((role !== 'seed' && role !== 'leech') || torrentPath === undefined || dir === undefined)
  fail(
    'usage: node bench/peer.mjs --role seed|leech --torrent FILE --dir FOLDER [--address IP] [--port PORT] [--tracker URL] [--peer HOST:PORT]',
  );
const transports = { tcp: ['tcp'], utp: ['utp'], both: ['tcp', 'utp'] }[values.transport];
if (transports === undefined) fail(`--transport ${values.transport}: there are tcp, utp and both.`);

const metainfo = parseMetainfo(readFileSync(torrentPath));
const trackers = values.tracker === undefined ? {} : { trackers: values.tracker.map(url => [url]) };
const peers = values.peer.map(text => {
  const colon = text.lastIndexOf(':');
  return { host: text.slice(0, colon), port: Number(text.slice(colon + 1)) };
});
const node = nodeHost();
const host = values.ethernet
  ? { ...node, datagrams: { ...node.datagrams, isOwnAddress: () => false } }
  : node;
const listen = { host: values.address, port: Number(values.port) };
const session = new Session({ listen, encryption: values.encryption, transports }, host);
await session.listen();

// Standard input's end is the end, whatever is under way.
const lines = createInterface({ input: process.stdin });
lines.on('line', line => {
  if (role === 'leech' && line === 'go') leech();
});
lines.on('close', () => process.exit(0));

if (role === 'seed')
  add({ isVerified: true, superSeed: values['super-seed'] }).on('ready', () => say('ready'));
else say('ready');

function leech() {
  const torrent = add({});
  let hasBegun = false;
  const begun = () => {
    if (!hasBegun) say('first');
    hasBegun = true;
    clearInterval(watch);
  };
  const watch = setInterval(() => {
    if (torrent.stats().downloaded > 0) begun();
  }, FIRST_BYTE_EVERY_MS);
  torrent.on('complete', () => {
    begun();
    say('done');
  });
}

function add(options) {
  const torrent = session.add({ info: metainfo, downloadDir: dir, ...trackers, ...options });
  torrent.on('error', error => fail(error.message));
  torrent.peersFound(peers, 'user');
  return torrent;
}

function say(word) {
  process.stdout.write(`${word}\n`);
}

function fail(sentence) {
  process.stderr.write(`peer.mjs: ${sentence}\n`);
  process.exit(2);
}

// As often as libtorrent's peer looks.
const FIRST_BYTE_EVERY_MS = 20;

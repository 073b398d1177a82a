// The programs that the transfer benchmark knows: what each is called, what torrents it reads, whether it is here, how its
// peer is started. Every one is told the same: TCP alone, or uTP, no peers but those of the tracker, a seed's data is not hashed first.
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { has } from '../side-by-side.mjs';
import { Aria2Peer } from './aria2-peer.mjs';
import { LinePeer } from './line-peer.mjs';
import { TransmissionPeer } from './transmission-peer.mjs';

/** Clients by name. `missing()` says in a sentence why it cannot take part; `template` is what --command gives. */
export function knownClients(template) {
  return {
    swarmline: {
      reads: ['v1', 'v2', 'hybrid'],
      speaksUtp: true,
      label: () => `swarmline ${versionIn(`${root}package.json`)}`,
      missing: () => (existsSync(`${root}dist/index.js`) ? undefined : 'it is not built: npm run build'),
      peer: wish => new LinePeer('swarmline', wish, ourPeer),
    },
    'libtorrent-tuned': libtorrent('tuned'),
    libtorrent: libtorrent('default'),
    aria2: {
      reads: ['v1'],
      label: () => `aria2 ${firstVersion('aria2c')}`,
      missing: () => (has('aria2c') ? undefined : 'aria2c is not installed'),
      peer: wish => new Aria2Peer('aria2', wish),
    },
    transmission: {
      // Hybrids from 4.0 on.
      reads: ['v1'],
      needsOwnNetwork: true,
      label: () => `Transmission ${firstVersion('transmission-daemon')}`,
      missing: () => (has('transmission-daemon') ? undefined : 'transmission-daemon is not installed'),
      peer: wish => new TransmissionPeer('Transmission', wish),
    },
    webtorrent: {
      reads: ['v1'],
      label: () => `WebTorrent ${versionIn(`${webtorrentModules}/webtorrent/package.json`)}`,
      missing: () =>
        existsSync(webtorrentModules) && existsSync(node22)
          ? undefined
          : 'it needs Node 22 and its packages: see CONTRIBUTING.md, "Other programs as test peers"',
      peer: wish => new LinePeer('WebTorrent', wish, webtorrentPeer),
    },
    command: {
      reads: ['v1', 'v2', 'hybrid'],
      speaksUtp: true,
      label: () => 'the command',
      missing: () => (template === undefined ? 'there is no --command' : undefined),
      peer: wish =>
        new LinePeer('the command', wish, told =>
          template.split(' ').map(part => part.replace(/\{(\w+)\}/g, (_, name) => told[name])),
        ),
    },
  };
}

function libtorrent(preset) {
  return {
    reads: ['v1', 'v2', 'hybrid'],
    speaksUtp: true,
    label: () => {
      const print = 'import libtorrent; print(libtorrent.__version__)';
      const version = execFileSync(libtorrentPython(), ['-c', print], { encoding: 'utf8' }).trim();
      return `libtorrent ${version}${preset === 'tuned' ? ', tuned' : ''}`;
    },
    missing: () => (libtorrentPython() === undefined ? 'no Python here has libtorrent' : undefined),
    peer: wish =>
      new LinePeer(`libtorrent, ${preset}`, wish, told => [
        ...[libtorrentPython(), `${here}peer-libtorrent.py`, '--preset', preset],
        ...[...asOptions(told), '--encryption', told.encryption, '--transport', told.transport],
      ]),
  };
}

function ourPeer(wish) {
  const { encryption, transport, ethernet } = wish;
  const how = ['--encryption', encryption, '--transport', transport, ...(ethernet ? ['--ethernet'] : [])];
  return [process.execPath, `${here}../peer.mjs`, ...asOptions(wish), ...how];
}

function webtorrentPeer(wish) {
  const { role, torrent, dir, port, encryption } = wish;
  const options = ['--role', role, '--torrent', torrent, '--dir', dir, '--port', port];
  // It enciphers by node:crypto, where OpenSSL 3 has RC4 only if it is asked for; in JavaScript it would be slower.
  const flags = encryption === 'require' ? ['--openssl-legacy-provider'] : [];
  const script = [...flags, `${here}peer-webtorrent.mjs`, '--modules', webtorrentModules];
  return [node22, ...script, ...options, '--encryption', encryption];
}

function asOptions({ role, torrent, dir, address, port }) {
  return ['--role', role, '--torrent', torrent, '--dir', dir, '--address', address, '--port', port];
}

let python;
/** The system's Python first: Debian's python3-libtorrent is for that one alone. */
function libtorrentPython() {
  python ??= [process.env.LIBTORRENT_PYTHON, '/usr/bin/python3', 'python3'].find(
    candidate => candidate && spawnSync(candidate, ['-c', 'import libtorrent']).status === 0,
  );
  return python;
}

function versionIn(path) {
  return JSON.parse(readFileSync(path, 'utf8')).version;
}

function firstVersion(program) {
  const { stdout, stderr } = spawnSync(program, ['--version'], { encoding: 'utf8' });
  return /\d+\.\d[\d.]*/.exec(`${stdout}${stderr}`)?.[0] ?? '';
}

const here = fileURLToPath(new URL('.', import.meta.url));
const root = fileURLToPath(new URL('../../', import.meta.url));
const webtorrentModules = `${root}test/interop/webtorrent/node_modules`;
const node22 = `${root}node_modules/.nodes/22/node_modules/node/bin/node`;

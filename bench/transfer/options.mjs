// What `bench/transfer.mjs` can be asked, and the rows that it runs for it.
import { existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { parseArgs } from 'node:util';

export const USAGE = `Transfers on this machine: each program seeds to itself, in turn (A B C A B C …), and the tables give medians.

  npm run bench -- transfer [OPTIONS]        (npm run build first)

  --clients A,B       of swarmline, libtorrent-tuned, libtorrent, aria2, transmission, webtorrent, command; or all
                      (default: swarmline,libtorrent-tuned,libtorrent,aria2, as far as they are installed)
  --size SIZE         of the data: 2GiB, 512MiB … (default 2GiB; with --hosts 64MiB)
  --rounds N          counted runs of each (default 3; with --hosts 1)
  --version V         v1, v2 or hybrid
  --encryption E      off or require (MSE)
  --transport T       tcp or utp (default tcp; by uTP swarmline and libtorrent alone)
  --ethernet          with --transport utp: no longer datagrams than an Ethernet carries, between two of swarmline too
  --leechers N        of one seed; MB/s are those of all together (default 1; with --hosts 8)
  --hosts             1 seed and N leechers in network namespaces, each with a line of its own; gives makespan ÷ lower
                      bound, and how many copies the seed sent
  --up RATE           of each line, as tc spells it: 32mbit, 4mbps (default 32mbit); --down RATE (default 0, no cap)
  --piece-length N    bytes (default 1 MiB; below 256 MiB of data as \`swarmline create\` chooses)
  --timeout SECONDS   that a run may take (default 300; with --hosts ten times the lower bound)
  --work FOLDER       where data goes while this runs (default: the RAM disk, if there is one)
  --command TEMPLATE  the client \`command\`: any program that speaks the line protocol of bench/transfer/line-peer.mjs;
                      {role} {torrent} {dir} {address} {port} {encryption} {transport} are filled in

Without --version, --encryption, --transport, --leechers and --hosts, everything is run that our aims are about: v1 in the clear for
every program; v2, hybrid and encrypted for swarmline; 1 → 4, a quarter of the data each, for swarmline and libtorrent.`;

/** Reads the command line; a wish that cannot be met is an Error with a sentence. */
export function readOptions(argv) {
  const { values } = parseArgs({ args: argv, options: NAMES });
  const hasHosts = values.hosts ?? false;
  const options = {
    help: values.help ?? false,
    clients: values.clients?.split(','),
    bytes: parseSize(values.size ?? (hasHosts ? '64MiB' : '2GiB')),
    rounds: parseCount('rounds', values.rounds ?? (hasHosts ? '1' : '3'), 100),
    version: oneOf('version', values.version ?? 'v1', ['v1', 'v2', 'hybrid']),
    encryption: oneOf('encryption', values.encryption ?? 'off', ['off', 'require']),
    transport: oneOf('transport', values.transport ?? 'tcp', ['tcp', 'utp']),
    ethernet: values.ethernet ?? false,
    leechers: parseCount('leechers', values.leechers ?? (hasHosts ? '8' : '1'), 64),
    caps: hasHosts ? { up: values.up ?? '32mbit', down: values.down ?? '0' } : undefined,
    pieceLength:
      values['piece-length'] && parseCount('piece-length', values['piece-length'], 256 * 1024 ** 2),
    timeoutSeconds: values.timeout && parseCount('timeout', values.timeout, 3600),
    work: values.work ?? (existsSync('/dev/shm') ? '/dev/shm' : tmpdir()),
    command: values.command,
  };
  const asked = [values.version, values.encryption, values.transport, values.leechers, values.hosts];
  return { ...options, isOfAims: asked.every(value => value === undefined) };
}

/** The rows of one run: { client, version, encryption, leechers, bytes, title }. `clients`: names of those that are here. */
export function rowsOf(
  { version, encryption, transport, ethernet, leechers, bytes, isOfAims },
  clients,
  known,
) {
  const rows = [];
  const add = (client, what = {}) => {
    if (clients.includes(client))
      rows.push({
        client,
        version,
        encryption,
        transport,
        ethernet,
        leechers,
        bytes,
        ...what,
        runs: [],
        faults: [],
      });
  };
  for (const client of clients) add(client);
  if (isOfAims) {
    add('swarmline', { version: 'v2' });
    add('swarmline', { version: 'hybrid' });
    add('swarmline', { encryption: 'require' });
    const toFour = { leechers: 4, bytes: Math.ceil(bytes / 4) };
    add('swarmline', toFour);
    add(clients.includes('libtorrent-tuned') ? 'libtorrent-tuned' : 'libtorrent', toFour);
  }
  for (const row of rows) {
    const what = [
      row.version === 'v1' ? '' : row.version,
      row.encryption === 'off' ? '' : 'encrypted',
      row.transport === 'tcp' ? '' : row.ethernet ? 'uTP, as by Ethernet' : 'uTP',
      row.leechers === 1 ? '' : `1 → ${row.leechers}`,
    ];
    row.title = [known[row.client].label(), ...what.filter(text => text !== '')].join(', ');
  }
  return rows;
}

/** Kurose and Ross: no plan is faster, whoever sends what to whom. `up` and `down`: bytes a second of each line. */
export function lowerBoundSeconds(bytes, leechers, up, down) {
  return Math.max(bytes / up, bytes / down, (leechers * bytes) / ((leechers + 1) * up));
}

function parseSize(text) {
  const [, number, unit] = /^(\d+)(B|KiB|MiB|GiB|kB|MB|GB)?$/.exec(text) ?? [];
  const bytes = Number(number) * (UNITS[unit ?? 'B'] ?? Number.NaN);
  if (!(bytes > 0)) throw new Error(`--size ${text}: write a number with a unit, as in 512MiB.`);
  return bytes;
}

function parseCount(name, text, most) {
  const count = Number(text);
  if (!Number.isInteger(count) || count < 1 || count > most)
    throw new Error(`--${name} ${text}: write a whole number from 1 to ${most}.`);
  return count;
}

function oneOf(name, text, choices) {
  if (!choices.includes(text)) throw new Error(`--${name} ${text}: choose from ${choices.join(', ')}.`);
  return text;
}

const UNITS = { B: 1, KiB: 1024, MiB: 1024 ** 2, GiB: 1024 ** 3, kB: 1e3, MB: 1e6, GB: 1e9 };
const NAMES = {
  help: { type: 'boolean' },
  hosts: { type: 'boolean' },
  ethernet: { type: 'boolean' },
  ...Object.fromEntries(
    'clients size rounds version encryption transport leechers up down piece-length timeout work command'
      .split(' ')
      .map(name => [name, { type: 'string' }]),
  ),
};

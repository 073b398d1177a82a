// What is tied to one line of two leaves by no other: whatever the routes say, while that line is cut, and with everything in use
// that speaks to anybody: trackers by HTTP and UDP and by name, the DHT, local discovery, peers by TCP and uTP.

import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'vitest';
import { noise } from '../torrents.ts';
import { namespaces } from './namespaces.ts';
import { foreignProgram, interopTest, type RunningProgram, temporaryFolder } from './peers.ts';
import { create } from './transfer-peers.ts';
import { LINE, NOTHING, TwoLines, WORLD } from './two-lines.ts';

const nft = foreignProgram('nft');
const openssl = foreignProgram('openssl');
const HTTPS_FILES = fileURLToPath(new URL('https-files.mjs', import.meta.url));
const NAME_SERVER = fileURLToPath(new URL('name-server.mjs', import.meta.url));
const ANNOUNCE = fileURLToPath(new URL('lsd-announce.mjs', import.meta.url));
/** On a machine that has much else to do. */
const WAIT_MS = 40_000;
const TEST_MS = 180_000;
const LENGTH = 6 * 1_048_576;
const [FIRST, SECOND] = WORLD;

interopTest(
  'nothing leaves by a line that is not the one that was named',
  [namespaces, nft],
  async () => {
    const { lines, get, copy, data } = await fetching(['--interface', LINE.device, '--dns', FIRST]);
    await says(get, /"piecesHave":[1-9]/);
    await says(get, /"peers":2/);
    const before = piecesOf(get);

    lines.cutFirst();
    await expect.poll(() => lastOf(get, 'downloadBytesPerSecond'), { timeout: WAIT_MS }).toBe(0);
    const cut = piecesOf(get);
    expect(lines.strayed).toEqual(NOTHING);

    lines.mendFirst();
    expect(await get.exited, get.output()).toBe(0);
    expect(before).toBeLessThanOrEqual(cut);
    expect(cut).toBeLessThan(LENGTH / 16_384);
    expect(readFileSync(join(copy, 'film')).equals(data)).toBe(true);
    expect(lines.strayed).toEqual(NOTHING);
    expect(lines.missing).toEqual(['webSeed']);
  },
  TEST_MS,
);

interopTest(
  'an interface that comes back as another is used again, and no other before',
  [namespaces, nft],
  async () => {
    const { lines, get, copy, data } = await fetching(['--interface', LINE.device, '--dns', FIRST]);
    await says(get, /"piecesHave":[1-9]/);
    await says(get, /"peers":2/);
    lines.removeFirst();
    await expect.poll(() => lastOf(get, 'downloadBytesPerSecond'), { timeout: WAIT_MS }).toBe(0);
    expect(lines.strayed).toEqual(NOTHING);
    lines.addFirst();
    expect(await get.exited, get.output()).toBe(0);
    expect(readFileSync(join(copy, 'film')).equals(data)).toBe(true);
    expect(lines.strayed).toEqual(NOTHING);
  },
  TEST_MS,
);

interopTest(
  'a daemon is tied to its line by its configuration, and answers on this machine all the same',
  [namespaces, nft],
  async () => {
    const { lines, data, address } = await worldOfPeers();
    const folder = temporaryFolder();
    const config = join(folder, 'config.toml');
    const settings = ['interface = "eth1"', `dns = ["${FIRST}"]`, `dht-router = ["${FIRST}:6881"]`];
    const state = ['rpc-port = 9797', `state-folder = "${folder}/state"`, `download-dir = "${folder}/data"`];
    writeFileSync(config, ['[daemon]', ...settings, ...state, ''].join('\n'));
    const daemon = lines.home.swarmline(['daemon', '--config', config]);
    await says(daemon, /The daemon answers on port 9797/);
    const add = lines.home.swarmline([
      ...['ctl', 'add', address('tracker.example'), '--url', 'http://127.0.0.1:9797'],
      ...['--tracker', 'udp://tracker.example:6969/announce'],
    ]);
    expect(await add.exited, add.output()).toBe(0);
    await says(daemon, /All of "film" is there/);
    expect(readFileSync(join(folder, 'data', 'film')).equals(data)).toBe(true);
    expect(lines.strayed).toEqual(NOTHING);
    daemon.signal('SIGINT');
    expect(await daemon.exited, daemon.output()).toBe(0);
    expect(lines.strayed).toEqual(NOTHING);
  },
  TEST_MS,
);

for (const [name, how, isTied] of [
  ['is heard by the line that was named alone', ['--interface', LINE.device, '--dns', FIRST], true],
  ['is heard by all lines where none was named', [], false],
] as const)
  interopTest(
    `what is said on a network ${name}`,
    [namespaces, nft],
    async () => {
      const lines = await TwoLines.make();
      lines.addPrivate('10.71.0', '10.72.0');
      const { home, world } = lines;
      home.run(
        `nft 'table inet dials { chain out { type filter hook output priority 0;
          ip daddr 10.71.0.1 meta l4proto { tcp, udp } counter comment "first"
          ip daddr 10.72.0.1 meta l4proto { tcp, udp } counter comment "second"; }; }'`,
      );
      const dials = (line: string) => {
        const [, packets] = new RegExp(`packets (\\d+) bytes \\d+ comment "${line}"`).exec(
          home.run('nft list table inet dials'),
        )!;
        return Number(packets);
      };
      const hash = 'a'.repeat(40);
      world.start(process.execPath, [ANNOUNCE, hash, '10.72.0.1', '10.71.0.1']);
      const get = home.swarmline([
        ...['get', `magnet:?xt=urn:btih:${hash}`, '-o', temporaryFolder(), '--no-resume', '--no-dht'],
        ...['--no-port-forward', ...how],
      ]);
      // By TCP and by uTP, and again: by then much was heard on both.
      await expect.poll(() => dials('first'), { timeout: WAIT_MS }).toBeGreaterThan(2);
      if (isTied) expect(dials('second')).toBe(0);
      else await expect.poll(() => dials('second'), { timeout: WAIT_MS }).toBeGreaterThan(0);
      get.signal('SIGINT');
      await get.exited;
    },
    TEST_MS,
  );

interopTest(
  'HTTPS goes by the line that was named, and is believed as ever: torrent file, tracker, web seed',
  [namespaces, nft, openssl],
  async () => {
    const lines = await TwoLines.make();
    const { home, world } = lines;
    const folder = temporaryFolder();
    const data = Buffer.from(noise(LENGTH, 5));
    writeFileSync(join(folder, 'film'), data);
    const [cert, key] = [join(folder, 'cert.pem'), join(folder, 'key.pem')];
    const kind = '-x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 30';
    const names = '-subj /CN=example -addext subjectAltName=DNS:tracker.example,DNS:files.example';
    world.run(`openssl req ${kind} ${names} -keyout ${key} -out ${cert} 2>&1`);
    const web = 'https://files.example:8443';
    const create = world.swarmline([
      ...['create', join(folder, 'film'), '-o', join(folder, 'film.torrent'), '--web-seed', `${web}/film`],
      ...['-t', 'https://tracker.example:6969/announce'],
    ]);
    expect(await create.exited, create.output()).toBe(0);
    await says(world.start(process.execPath, [NAME_SERVER, FIRST, FIRST]), /ready/);
    await says(world.start(process.execPath, [HTTPS_FILES, cert, key, FIRST, '8443', folder]), /ready/);
    const tracker = world.swarmline(['tracker', '--port', '6969', '--tls-cert', cert, '--tls-key', key]);
    await says(tracker, /6969/);

    const get = (env: Record<string, string>) => {
      const args = [
        'get',
        `${web}/film.torrent`,
        '-o',
        copy,
        '--no-seed',
        '--no-resume',
        '--no-dht',
        '--json',
      ];
      return home.swarmline([...args, '--interface', LINE.device, '--dns', FIRST], env);
    };
    const copy = temporaryFolder();
    const doubting = get({});
    expect(await doubting.exited).toBe(1);
    expect(doubting.output()).toContain('certificate');
    const believing = get({ NODE_EXTRA_CA_CERTS: cert });
    expect(await believing.exited, believing.output()).toBe(0);
    expect(readFileSync(join(copy, 'film')).equals(data)).toBe(true);
    expect(lines.strayed).toEqual(NOTHING);
    expect(lines.missing).not.toContain('httpTracker');
    expect(lines.missing).not.toContain('webSeed');
    expect(lines.missing).not.toContain('names');
  },
  TEST_MS,
);

interopTest(
  'a channel is followed by its line alone',
  [namespaces, nft],
  async () => {
    const lines = await TwoLines.make();
    const folder = temporaryFolder();
    const data = Buffer.from(noise(300_000, 4));
    writeFileSync(join(folder, 'film'), data);
    const key = join(folder, 'channel.key');
    const made = lines.world.swarmline(['channel', 'create', key, '--json']);
    expect(await made.exited, made.output()).toBe(0);
    const link = /"link":"([^"]+)"/.exec(made.output())![1]!;
    await says(lines.world.start(process.execPath, [NAME_SERVER, FIRST, FIRST]), /ready/);
    const nodes = fileURLToPath(new URL('dht-nodes.mjs', import.meta.url));
    await says(lines.world.start(process.execPath, [nodes, FIRST, SECOND]), /ready/);
    const publishing = lines.world.swarmline([
      ...['channel', 'publish', key, join(folder, 'film'), '--bind', SECOND, '--port', '6882', '--json'],
      ...['--dht-router', `${FIRST}:6881`, '--no-port-forward'],
    ]);
    await says(publishing, /"published","release":1,"nodes":[1-9]/);
    const mirror = temporaryFolder();
    const following = lines.home.swarmline([
      ...['channel', 'follow', link, '-o', mirror, '--once', '--every', '1s', '--json'],
      ...['--interface', LINE.device, '--dns', FIRST, '--dht-router', 'router.example:6881'],
    ]);
    expect(await following.exited, following.output()).toBe(0);
    expect(readFileSync(join(mirror, 'latest', 'film')).equals(data)).toBe(true);
    expect(lines.strayed).toEqual(NOTHING);
  },
  TEST_MS,
);

interopTest(
  'without it what is bound to an address leaves by the other line',
  [namespaces, nft],
  async () => {
    const { lines, get } = await fetching(['--bind', LINE.address], FIRST);
    await expect.poll(() => lines.strayed.ofSockets, { timeout: WAIT_MS }).toBeGreaterThan(0);
    expect(lines.strayed.bySecond).toBeGreaterThan(0);
    // From that address, all the same.
    expect(lines.strayed.fromOther).toBe(0);
    get.signal('SIGINT');
    await get.exited;
  },
  TEST_MS,
);

interopTest('an interface that is not there, or is down, ends what was asked', [namespaces], async () => {
  const lines = await TwoLines.make();
  lines.cutFirst();
  for (const name of ['eth7', 'eth1']) {
    const get = lines.home.swarmline(['get', `magnet:?xt=urn:btih:${'a'.repeat(40)}`, '--interface', name]);
    expect(await get.exited).toBe(1);
    expect(get.output()).toContain(`This machine has no interface "${name}" that is up`);
  }
});

/** Two seeds in the world, one by TCP and one by uTP, with a tracker, a name server, and where the torrent's file is. */
async function worldOfPeers() {
  const lines = await TwoLines.make();
  const { world } = lines;
  const folder = temporaryFolder();
  const source = join(folder, 'film');
  const data = Buffer.from(noise(LENGTH, 3));
  mkdirSync(folder, { recursive: true });
  writeFileSync(source, data);
  const { torrent } = await create(source, 'v1');

  await says(world.start(process.execPath, [NAME_SERVER, FIRST, FIRST]), /ready/);
  const served = temporaryFolder();
  copyFileSync(torrent, join(served, 'film.torrent'));
  await says(world.swarmline(['tracker', '--port', '6969', '--torrents', served]), /6969/);
  const seeds = [
    ['--bind', FIRST, '--transport', 'tcp'],
    ['--bind', SECOND, '--transport', 'utp'],
  ].map(args => {
    const options = ['--no-resume', '--no-port-forward', '--port', '6881', '--dht-router', `${FIRST}:6881`];
    return world.swarmline(['seed', torrent, '-d', source, ...options, ...args, '--json']);
  });
  for (const seed of seeds) await says(seed, /"event":"complete"/);

  const address = (host: string) => `http://${host}:6969/torrents/film.torrent`;
  return { lines, data, address };
}

/** One who fetches at home, slowly, with all that finds peers. */
async function fetching(how: readonly string[], tracker = 'tracker.example') {
  const { lines, data, address } = await worldOfPeers();
  const copy = temporaryFolder();
  const get = lines.home.swarmline([
    ...['get', address(tracker), '-o', copy, '--no-seed', '--no-resume'],
    ...['--json', '--limit-down', '1M', '--tracker', `udp://${tracker}:6969/announce`, ...how],
    ...['--dht-router', `${tracker}:6881`, '--peer', `${FIRST}:6881`, '--peer', `${SECOND}:6881`],
  ]);
  return { lines, get, copy, data };
}

function piecesOf(get: RunningProgram): number {
  return lastOf(get, 'piecesHave');
}

/** A field of what it said last. */
function lastOf(get: RunningProgram, field: string): number {
  const said = [...get.output().matchAll(new RegExp(`"${field}":(\\d+)`, 'g'))].at(-1);
  return Number(said?.[1] ?? Number.NaN);
}

function says(program: RunningProgram, what: RegExp): Promise<void> {
  return expect.poll(() => program.output(), { timeout: WAIT_MS, interval: 50 }).toMatch(what);
}

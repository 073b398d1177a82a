// The daemon's settings of who it speaks to and through whom: a proxy whose password is nowhere shown, and a list of addresses that is
// read anew on SIGHUP.

import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { toHex } from '../src/core/bytes/hex.ts';
import { nodeHost } from '../src/io/node-host.ts';
import { Session } from '../src/session/session.ts';
import { swarmline } from './command-line.ts';
import { ask, testFolder } from './daemon-program.ts';
import { SocksProxy } from './interop/socks-proxy.mjs';
import { SwarmlineProcess } from './interop/swarmline-process.ts';
import { noise, torrentOf } from './torrents.ts';
import { TestUdpTracker } from './udp-tracker.ts';

const TORRENT = torrentOf([{ path: [], data: noise(300_000, 1) }]);
const ID = toHex(TORRENT.metainfo.infoHashV1!);
const SECRET = 'correct-horse';

describe.skipIf(process.platform === 'win32')('the reach of swarmline daemon', { timeout: 60_000 }, () => {
  it('reads its IP filter anew on SIGHUP, and parts with whoever is in it; a bad one is refused', async () => {
    const folder = testFolder();
    const list = join(folder, 'list.txt');
    const entries = `ip-filter = '${list}'\n`;
    writeFileSync(list, '10.0.0.0/8\n');
    const daemon = await started(folder, entries);
    await daemon.process.said(/The IP filter ".*list\.txt" has 1 range\./, 'err');
    const trackers = await seeding();
    await ask(daemon.url, 'torrents.add', { magnet: ID, trackers });
    const row = () => ask(daemon.url, 'torrents.get', { id: ID });
    await expect.poll(async () => (await row()).state, { timeout: 20_000 }).toBe('seeding');

    writeFileSync(list, 'this is\nno list\n');
    daemon.process.signal('SIGHUP');
    await daemon.process.said(/is no IP filter: .* The daemon goes on as it was\./, 'err');

    writeFileSync(list, '10.0.0.0/8\n127.0.0.0/8\n');
    daemon.process.signal('SIGHUP');
    await daemon.process.said(/has 2 ranges\./, 'err');
    await daemon.process.said(/The configuration is read anew\./, 'err');
    await ask(daemon.url, 'torrents.remove', { ids: [ID], deleteData: true });
    await ask(daemon.url, 'torrents.add', { magnet: ID, trackers });
    const filter = async () => (await ask(daemon.url, 'session.get', {})).reach.ipFilter;
    await expect.poll(async () => (await filter())?.refused, { timeout: 20_000 }).toBeGreaterThan(0);
    expect((await filter())?.ranges).toBe(2);
    expect((await row()).peers).toBe(0);

    write(folder, '');
    daemon.process.signal('SIGHUP');
    await expect.poll(filter).toBeNull();
    expect(await daemon.process.interrupted()).toBe(0);
  });

  it('fetches through a proxy alone, and never shows the password', async () => {
    const proxy = await SocksProxy.listen('127.0.0.1', 0, { user: 'u', password: SECRET });
    onTestFinished(() => proxy.close());
    const folder = testFolder();
    const proxied = `proxy = "socks5://u:${SECRET}@127.0.0.1:${proxy.port}"\nlog-level = "debug"\n`;
    const daemon = await started(folder, proxied);
    await daemon.process.said(
      /Everything goes through the proxy socks5:\/\/127\.0\.0\.1:\d+; nobody can/,
      'err',
    );
    await daemon.process.said(/The proxy relays UDP\./, 'err');
    const trackers = await seeding();
    await ask(daemon.url, 'torrents.add', { magnet: ID, trackers });
    await expect
      .poll(async () => (await ask(daemon.url, 'torrents.get', { id: ID })).state, { timeout: 20_000 })
      .toBe('seeding');
    const session = await ask(daemon.url, 'session.get', {});
    expect(session.listening).toBeNull();
    expect(session.reach.proxy).toMatchObject({ url: `socks5://127.0.0.1:${proxy.port}`, udp: 'on' });
    // Another needs another start; it is not said which.
    write(folder, proxied.replace(SECRET, `${SECRET}-2`));
    daemon.process.signal('SIGHUP');
    await daemon.process.said(/What is new of "proxy" holds when the daemon is started again\./, 'err');
    proxy.dropRelays();
    await daemon.process.said(/The proxy has ended its relay of UDP\. UDP waits until/, 'err');
    const metrics = await (await fetch(`${daemon.url}/metrics`)).text();
    const config = join(folder, 'config.toml');
    const shown = [
      (await swarmline(['config', 'show', '--config', config])).out,
      (await swarmline(['config', 'show', '--json', '--config', config])).out,
    ];
    expect(shown[0]).toMatch(/\nproxy +socks5:\/\/\*\*\*@127\.0\.0\.1:\d+ /);
    expect(shown[1]).toContain('"value": "socks5://***@127.0.0.1:');
    expect(await daemon.process.interrupted()).toBe(0);
    const all = [daemon.process.transcript(), JSON.stringify(session), metrics, ...shown].join('\n');
    expect(all).not.toContain(SECRET);
  });

  it('says that a proxy is none, or cannot do what is wished for, without the password', async () => {
    const folder = testFolder();
    const wrong = `socks4://u:${SECRET}@127.0.0.1:1080`;
    write(folder, `proxy = "${wrong}"\n`);
    const told = [await failing(args(folder))];
    write(folder, '');
    told.push(await failing([...args(folder), '--proxy', wrong]));
    vi.stubEnv('SWARMLINE_DAEMON_PROXY', wrong);
    onTestFinished(() => void vi.unstubAllEnvs());
    told.push(await failing(args(folder)));
    for (const sentence of told) {
      expect(sentence).toMatch(/A proxy should be like socks5:\/\/127\.0\.0\.1:1080/);
      expect(sentence).not.toContain(SECRET);
    }
    vi.stubEnv('SWARMLINE_DAEMON_PROXY', `http://u:${SECRET}@127.0.0.1:3128`);
    const noTransport = await failing([...args(folder), '--transport', 'utp']);
    expect(noTransport).toMatch(/A proxy by HTTP carries no uTP/);
  });
});

/** Somebody has it all, and a tracker by UDP, whose tier this is, knows him. */
async function seeding(): Promise<string[]> {
  const host = nodeHost();
  const folder = testFolder();
  const session = new Session({ listen: { host: '127.0.0.1', port: 0 } }, host);
  onTestFinished(async () => {
    await session.close();
    await host.disk.close();
  });
  await session.listen();
  const tracker = await TestUdpTracker.start();
  const url = `udp://localhost:${tracker.port}/announce`;
  const source = join(folder, 'source');
  writeFileSync(source, TORRENT.files[0]!.data);
  session.add({ info: TORRENT.metainfo, downloadDir: folder, sources: [source], trackers: [[url]] });
  await expect.poll(() => tracker.peerCount(ID)).toBe(1);
  return [url];
}

async function failing(argv: readonly string[]): Promise<string> {
  const daemon = new SwarmlineProcess(argv);
  expect(await daemon.ended()).not.toBe(0);
  return daemon.err;
}

function args(folder: string): string[] {
  return [
    ...[
      'daemon',
      '--config',
      join(folder, 'config.toml'),
      '--port',
      '0',
      '--bind',
      '127.0.0.1',
      '--rpc-port',
      '0',
    ],
    ...['--state-folder', join(folder, 'state'), '--download-dir', join(folder, 'downloads')],
  ];
}

async function started(folder: string, entries: string) {
  write(folder, entries);
  const daemon = new SwarmlineProcess(args(folder));
  const [, port] = await daemon.said(/http:\/\/127\.0\.0\.1:(\d+)\//);
  return { process: daemon, url: `http://127.0.0.1:${port}` };
}

function write(folder: string, entries: string): void {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'config.toml'), `[daemon]\n${entries}`);
}

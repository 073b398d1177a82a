// What is made here, read by others: libtorrent, aria2 and Transmission take the torrents, see the data as complete, and
// see damage where there is some (so that "complete" means something).

import { execFile, spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect } from 'vitest';
import { toHex } from '../../src/core/bytes/hex.ts';
import { formatMagnet, magnetOf } from '../../src/core/metainfo/magnet.ts';
import type { Metainfo, TorrentVersion } from '../../src/core/metainfo/metainfo.ts';
import { parseMetainfo } from '../../src/core/metainfo/parse.ts';
import { createTorrent } from '../../src/create/create.ts';
import { withNodeDeps } from '../../src/io/node-create.ts';
import { noise } from '../torrents.ts';
import { askLibtorrent, libtorrentPython } from './libtorrent.ts';
import {
  type ForeignProgram,
  foreignProgram,
  freePort,
  interopTest,
  start,
  temporaryFolder,
} from './peers.ts';

interface Made {
  readonly torrent: string;
  readonly metainfo: Metainfo;
  /** The folder that holds the data. */
  readonly folder: string;
}

describe('what is made here', () => {
  const python = libtorrentPython();
  const aria2 = foreignProgram('aria2c');
  const daemon = foreignProgram('transmission-daemon');
  const show = foreignProgram('transmission-show');

  interopTest('is read and found complete by libtorrent, in every version', [python], async () => {
    const versions = ['v1', 'v2', 'hybrid'] satisfies TorrentVersion[];
    const good = await make(versions);
    const damaged = await make(versions, 'damaged');
    for (const { folder } of damaged) damage(folder);
    const questions = [...good, ...damaged].map(({ torrent, folder }) => ({ torrent, folder }));
    const answers = await askLibtorrent<{ v1?: string; v2?: string; state: string; done: number }[]>(
      python,
      'libtorrent-check.py',
      questions,
    );
    for (const [i, { metainfo }] of good.entries()) {
      const { infoHashV1, infoHashV2, layout } = metainfo;
      expect(answers[i]).toEqual({
        v1: infoHashV1 === undefined ? null : toHex(infoHashV1),
        v2: infoHashV2 === undefined ? null : toHex(infoHashV2),
        state: 'seeding',
        done: layout.dataLength,
      });
    }
    for (const { state, done } of answers.slice(good.length)) {
      expect(state).toBe('downloading');
      expect(done).toBeGreaterThan(0);
    }
  });

  interopTest('is read by libtorrent in magnet links, peers and chosen files with it', [python], async () => {
    const made = await make(['v1', 'v2', 'hybrid']);
    const peers = [
      { host: '10.0.0.1', port: 6881 },
      { host: '2001:db8::1', port: 9 },
    ];
    const more = {
      trackers: ['udp://t.example:1/a?b=c&d=e', 'https://ü.example/announce'],
      webSeeds: ['http://w.example/a b/'],
      ...{ peers, selectOnly: [{ first: 0, last: 0 }] },
    };
    const links = made.map(({ metainfo }) => formatMagnet(magnetOf(metainfo, more)));
    const read = await askLibtorrent<Record<string, unknown>[]>(python, 'libtorrent-magnet.py', links);
    for (const [i, { metainfo }] of made.entries()) {
      const { infoHashV1, infoHashV2, name } = metainfo;
      expect(read[i]).toMatchObject({
        v1: infoHashV1 === undefined ? null : toHex(infoHashV1),
        v2: infoHashV2 === undefined ? null : toHex(infoHashV2),
        ...{ name, trackers: more.trackers, webSeeds: more.webSeeds },
        peers: ['10.0.0.1 6881', '2001:db8::1 9'],
        priorities: [4],
      });
    }
  });

  interopTest('is found complete by aria2', [aria2], async () => {
    const good = await make(['v1', 'hybrid']);
    for (const made of good) {
      writePadding(made);
      expect(await aria2Checks(made), made.torrent).toBe(0);
    }
    const [damaged] = await make(['v1'], 'damaged');
    damage(damaged!.folder);
    expect(await aria2Checks(damaged!)).toBeGreaterThan(0);
  });

  interopTest('is found complete by Transmission', [daemon, show], async () => {
    // Transmission reads hybrids from 4.0 on; an older one takes none, whoever made it.
    const versions: TorrentVersion[] = majorVersion(show) >= 4 ? ['v1', 'hybrid'] : ['v1'];
    const good = await make(versions);
    for (const made of good) {
      writePadding(made);
      const shown = spawnSync(show.path!, [made.torrent], { encoding: 'utf8' });
      expect(shown.stdout).toContain(`Hash: ${toHex(made.metainfo.infoHashV1!)}`);
    }
    const [damaged] = await make(['v1'], 'damaged');
    damage(damaged!.folder);
    const left = await transmissionChecks([...good, damaged!]);
    expect(left.slice(0, -1)).toEqual(good.map(() => 0));
    expect(left.at(-1)).toBeGreaterThan(0);
  });

  interopTest(
    'is taken or refused by transmission-show as a hybrid of libtorrent is',
    [show, python],
    async () => {
      const [made] = await make(['hybrid']);
      const path = join(made!.folder, made!.metainfo.name);
      const [theirs] = await askLibtorrent<string[]>(python, 'libtorrent-create.py', [
        { path, version: 'hybrid', pieceLength: made!.metainfo.pieceLength },
      ]);
      const other = join(temporaryFolder(), 'theirs.torrent');
      writeFileSync(other, Buffer.from(theirs!, 'base64'));
      const status = (torrent: string) => spawnSync(show.path!, [torrent]).status;
      expect(status(made!.torrent)).toBe(status(other));
    },
  );

  async function aria2Checks({ torrent, folder }: Made): Promise<number> {
    const words = [
      ...['--no-conf', '--quiet', '--check-integrity=true', '--hash-check-only=true', '--seed-time=0'],
      ...['--enable-dht=false', '--enable-dht6=false', '--bt-enable-lpd=false', '--interface=127.0.0.1'],
      ...[`--dir=${folder}`, torrent],
    ];
    return new Promise(resolve => {
      execFile(aria2.path!, words, { timeout: 20_000, killSignal: 'SIGKILL' }, error =>
        resolve(error === null ? 0 : Number(error.code ?? -1)),
      );
    });
  }

  /** Bytes that are left to be fetched of each torrent, once all are checked. */
  async function transmissionChecks(made: readonly Made[]): Promise<number[]> {
    const home = temporaryFolder();
    const port = await freePort();
    const settings = {
      ...{ 'rpc-port': port, 'rpc-bind-address': '127.0.0.1', 'bind-address-ipv4': '127.0.0.1' },
      ...{ 'bind-address-ipv6': '::1', 'peer-port': 0, 'dht-enabled': false, 'lpd-enabled': false },
      ...{ 'utp-enabled': false, 'port-forwarding-enabled': false, 'rpc-host-whitelist-enabled': false },
    };
    writeFileSync(join(home, 'settings.json'), JSON.stringify(settings));
    const running = start(daemon, ['-f', '-g', home]);
    const call = transmissionRpc(port);
    const ids: number[] = [];
    for (const { torrent, folder } of made) {
      const metainfo = readFileSync(torrent).toString('base64');
      const added = await retried(
        () => call('torrent-add', { metainfo, 'download-dir': folder }),
        running.output,
      );
      ids.push((added['torrent-added'] as { id: number }).id);
    }
    const left = new Map<number, number>();
    await retried(async () => {
      const { torrents } = await call('torrent-get', { ids, fields: ['id', 'status', 'leftUntilDone'] });
      for (const { id, status, leftUntilDone } of torrents as Record<string, number>[])
        if (status === DOWNLOADING || status === SEEDING) left.set(id!, leftUntilDone!);
      if (left.size < made.length) throw new Error('not all are checked');
      return {};
    }, running.output);
    running.signal('SIGTERM');
    return ids.map(id => left.get(id)!);
  }
});

/** A folder and a single file in each version, each with data of its own, under temporary folders. */
async function make(versions: readonly TorrentVersion[], prefix = 'made'): Promise<Made[]> {
  const root = temporaryFolder();
  return withNodeDeps({ threads: 0 }, async deps => {
    const made: Made[] = [];
    for (const version of versions) {
      for (const [name, files] of Object.entries(TREES)) {
        const folder = join(root, `${prefix} ${version} ${name}`);
        for (const [path, length] of Object.entries(files)) {
          const file = join(folder, name, path);
          mkdirSync(dirname(file), { recursive: true });
          // Other bytes for each torrent: Transmission takes no info hash twice.
          writeFileSync(
            path === '' ? join(folder, name) : file,
            noise(length, length + made.length + prefix.length),
          );
        }
        const options = { version, pieceLength: 32_768, trackers: [], name };
        const { bytes } = await createTorrent([join(folder, name)], options, deps);
        const torrent = `${folder}.torrent`;
        writeFileSync(torrent, bytes);
        made.push({ torrent, metainfo: parseMetainfo(bytes), folder });
      }
    }
    return made;
  });
}

/** One bit of the largest file. */
function damage(folder: string): void {
  const name = Object.keys(TREES).find(tree => folder.endsWith(tree))!;
  const path = join(folder, name, Object.keys(TREES[name]!)[0]!);
  const bytes = readFileSync(path);
  bytes[40_000]! ^= 1;
  writeFileSync(path, bytes);
}

/** Those who know no BEP 47 see the padding of a hybrid as files, and download them: they are there for these. */
function writePadding({ metainfo, folder }: Made): void {
  if (metainfo.version !== 'hybrid' || metainfo.files.length === 1) return;
  const pads = join(folder, metainfo.name, '.pad');
  mkdirSync(pads);
  for (const { length } of metainfo.files) {
    const padding = (metainfo.pieceLength - (length % metainfo.pieceLength)) % metainfo.pieceLength;
    if (length > 0 && padding > 0) writeFileSync(join(pads, `${padding}`), new Uint8Array(padding));
  }
}

type Rpc = (method: string, args: Record<string, unknown>) => Promise<Record<string, unknown>>;

function transmissionRpc(port: number): Rpc {
  let session = '';
  return async function call(method, args) {
    const response = await fetch(`http://127.0.0.1:${port}/transmission/rpc`, {
      method: 'POST',
      headers: { 'X-Transmission-Session-Id': session },
      body: JSON.stringify({ method, arguments: args }),
      signal: AbortSignal.timeout(5000),
    });
    if (response.status === 409) {
      session = response.headers.get('X-Transmission-Session-Id') ?? '';
      return call(method, args);
    }
    const answer = (await response.json()) as { result: string; arguments: Record<string, unknown> };
    if (answer.result !== 'success') throw new Error(answer.result);
    return answer.arguments;
  };
}

/** Asks again until there is an answer, for half a minute: a program of others tells nobody when it is ready. */
async function retried<Answer>(ask: () => Promise<Answer>, output: () => string): Promise<Answer> {
  const end = performance.now() + 30_000;
  for (;;) {
    try {
      return await ask();
    } catch (error) {
      if (performance.now() > end) throw new Error(output(), { cause: error });
      await new Promise(resolve => setTimeout(resolve, 20));
    }
  }
}

function majorVersion({ path }: ForeignProgram): number {
  const { stdout, stderr } = spawnSync(path!, ['--version'], { encoding: 'utf8' });
  return Number(/(\d+)\./.exec(stdout + stderr)?.[1] ?? 0);
}

const TREES: Readonly<Record<string, Readonly<Record<string, number>>>> = {
  album: {
    'disc 1/10 last.flac': 300_000,
    'disc 1/9 first.flac': 100_001,
    'cover.jpg': 32_768,
    'empty.txt': 0,
    'ファイル.txt': 1,
    'notes/a/b/c.txt': 16_385,
  },
  'single.bin': { '': 200_000 },
};
const DOWNLOADING = 4;
const SEEDING = 6;

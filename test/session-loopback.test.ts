// Sessions on real sockets and disks, over loopback: what is fetched is what was shared.

import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { concatBytes } from '../src/core/bytes/bytes.ts';
import type { CheckableInfo } from '../src/core/engine/piece-check.ts';
import type { TorrentVersion } from '../src/core/metainfo/metainfo.ts';
import { Encoder } from '../src/core/wire/encoder.ts';
import { encodeHandshake } from '../src/core/wire/handshake.ts';
import { nodeHost } from '../src/io/node-host.ts';
import { Session } from '../src/session/session.ts';
import type { SessionTorrent } from '../src/session/session-torrent.ts';
import type { SessionOptions } from '../src/session/settings.ts';
import { type DataTorrent, noise, torrentOf } from './torrents.ts';

const cleanUps: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

const ALBUM = [
  { path: ['cover.jpg'], data: noise(30_000, 1) },
  { path: ['disc 1', '1 first.flac'], data: noise(700_000, 2) },
  { path: ['disc 1', '2 second.flac'], data: noise(100_001, 3) },
  { path: ['empty.txt'], data: new Uint8Array(0) },
  { path: ['run.sh'], data: noise(10, 4), executable: true },
];

describe('a session on loopback', () => {
  for (const version of ['v1', 'hybrid', 'v2'] satisfies TorrentVersion[]) {
    it(`fetches a ${version} torrent of several files`, async () => {
      const torrent = torrentOf(ALBUM, { version });
      const seed = await sharing(torrent);
      const leech = await peer();
      const folder = await emptyFolder();
      const fetched = leech.session.add({ info: torrent.metainfo, downloadDir: folder });
      fetched.peersFound([seed.address], 'user');
      await complete(fetched);
      await expectFiles(torrent, folder);
      expect(fetched.state).toBe('seeding');
    });
  }

  it('parts with peers that are not to be spoken to any more, and speaks to them again when they may be', async () => {
    const torrent = torrentOf(ALBUM);
    const seed = await sharing(torrent, { uploadBytesPerSecond: 0 });
    const { session, fetched } = await fetching(torrent);
    fetched.peersFound([seed.address], 'user');
    await expect.poll(() => fetched.peers().length).toBe(1);
    expect(session.ipFilter).toBeUndefined();
    const reasons: (string | undefined)[] = [];
    fetched.on('peer', told => {
      if (told.type === 'peer-left') reasons.push(told.reason?.code);
    });
    session.setIpFilter({ blocks: host => host === '127.0.0.1', count: 1 });
    expect(reasons).toEqual(['ADDRESS_FILTERED']);
    expect(session.ipFilter).toEqual({ ranges: 1, refused: 0 });
    const { port } = session.address!;
    const caller = connect(port, '127.0.0.1');
    await new Promise(resolve => caller.on('error', () => {}).on('close', resolve));
    expect(session.ipFilter?.refused).toBe(1);
    expect(fetched.peers()).toHaveLength(0);
    session.setIpFilter(undefined);
    seed.session.setLimits({ uploadBytesPerSecond: Number.POSITIVE_INFINITY });
    fetched.peersFound([{ host: '127.0.0.2', port: seed.address.port }], 'user');
    await complete(fetched);
  });

  it('lets nobody in whose address has come into the filter while both were greeting each other', async () => {
    const torrent = torrentOf(ALBUM);
    const { session, fetched } = await fetching(torrent);
    let joined = 0;
    fetched.on('peer', () => joined++);
    const handshake = encodeHandshake({
      ...{ infoHash: torrent.metainfo.infoHashV1!, peerId: new Uint8Array(20).fill(7) },
      ...{ extended: false, fast: false, dht: false, v2: false },
    });
    const caller = connect(session.address!.port, '127.0.0.1').on('error', () => {});
    const server = createServer();
    cleanUps.push(async () => server.close());
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
    fetched.peersFound([{ host: '127.0.0.1', port: (server.address() as AddressInfo).port }], 'user');
    const called = await new Promise<Socket>(resolve => server.on('connection', resolve));
    await new Promise(resolve => called.on('error', () => {}).once('data', resolve));
    session.setIpFilter({ blocks: host => host === '127.0.0.1' });
    for (const socket of [caller, called]) {
      const closed = new Promise(resolve => socket.on('close', resolve));
      socket.resume().write(handshake);
      await closed;
    }
    expect(joined).toBe(0);
    expect(session.ipFilter?.refused).toBe(2);
  });

  it('is reached by IPv4 and by IPv6 on one port, encrypted or not', async () => {
    const torrent = torrentOf(ALBUM);
    const seed = await sharing(torrent, { listen: { host: '::', port: 0 } });
    const hosts = seed.session.address!.host === '::' ? ['127.0.0.1', '::1'] : ['127.0.0.1'];
    const { port } = seed.session.address!;
    for (const host of hosts) {
      for (const encryption of ['off', 'require'] as const) {
        const leech = await fetching(torrent, { encryption });
        const remotes: unknown[] = [];
        seed.shared.on('peer', ({ type }) => {
          if (type === 'peer-joined') remotes.push(...seed.shared.peers());
        });
        leech.fetched.peersFound([{ host, port }], 'user');
        await complete(leech.fetched);
        await expectFiles(torrent, leech.folder);
        expect(remotes).toMatchObject([{ address: { host }, isEncrypted: encryption === 'require' }]);
        await leech.session.close();
        await expect.poll(() => seed.shared.peers().length).toBe(0);
      }
    }
  });

  it('is reached by uTP, encrypted or not, by both families, where TCP is not used', async () => {
    const torrent = torrentOf(ALBUM);
    // By UDP a session speaks the families that it listens at.
    const both = { listen: { host: '::', port: 0 }, transports: ['utp'] } as const;
    const seed = await sharing(torrent, both);
    const { port } = seed.session.address!;
    for (const host of ['127.0.0.1', '::1']) {
      for (const encryption of ['off', 'require'] as const) {
        const leech = await fetching(torrent, { ...both, encryption });
        const remotes: unknown[] = [];
        seed.shared.on('peer', ({ type }) => {
          if (type === 'peer-joined') remotes.push(...seed.shared.peers());
        });
        leech.fetched.peersFound([{ host, port }], 'user');
        await complete(leech.fetched);
        await expectFiles(torrent, leech.folder);
        const isEncrypted = encryption === 'require';
        expect(remotes).toMatchObject([{ address: { host }, isEncrypted, transport: 'utp' }]);
        await leech.session.close();
        await expect.poll(() => seed.shared.peers().length).toBe(0);
      }
    }
  });

  it('meets who speaks uTP alone, and who speaks TCP alone', async () => {
    const torrent = torrentOf(ALBUM);
    for (const transport of ['utp', 'tcp'] as const) {
      const seed = await sharing(torrent, { transports: [transport] });
      const leech = await fetching(torrent);
      leech.fetched.peersFound([seed.address], 'user');
      await complete(leech.fetched);
      await expectFiles(torrent, leech.folder);
    }
  });

  it('lets three peers trade with each other', async () => {
    const torrent = torrentOf([{ path: [], data: noise(6_000_000, 5) }], {
      pieceLength: 65_536,
      name: 'film',
    });
    const seed = await sharing(torrent);
    const [a, b] = await Promise.all([fetching(torrent), fetching(torrent)]);
    a.fetched.peersFound([seed.address, b.address], 'user');
    b.fetched.peersFound([seed.address, a.address], 'user');
    await Promise.all([complete(a.fetched), complete(b.fetched)]);
    await expectFiles(torrent, a.folder);
    await expectFiles(torrent, b.folder);
    expect(a.fetched.stats().uploaded + b.fetched.stats().uploaded).toBeGreaterThan(0);
    expect(seed.shared.stats().uploaded).toBeLessThan(2 * 6_000_000);
  });

  it('shares files of any name where they lie, checked or just hashed, and never writes them', async () => {
    const torrent = torrentOf(ALBUM, { version: 'hybrid' });
    const folder = await emptyFolder();
    const sources = torrent.metainfo.files.map((_, i) => join(folder, `as-it-is-${i}`));
    for (const [i, source] of sources.entries()) await writeFile(source, torrent.files[i]!.data);
    for (const isVerified of [true, false]) {
      const seed = await peer();
      const options = { info: torrent.metainfo, downloadDir: folder, sources, isVerified };
      await complete(seed.session.add(options));
      const leech = await fetching(torrent);
      leech.fetched.peersFound([seed.address], 'user');
      await complete(leech.fetched);
      await expectFiles(torrent, leech.folder);
      expect(seed.session.torrents[0]!.state).toBe('seeding');
    }

    // One is changed: what is fetched to mend it is not written over it.
    await writeFile(sources[0]!, noise(30_000, 99));
    const whole = await sharing(torrent);
    const changed = await peer();
    const shared = changed.session.add({ info: torrent.metainfo, downloadDir: folder, sources });
    shared.peersFound([whole.address], 'user');
    await expect(complete(shared)).rejects.toThrow('is not overwritten');
    expect(Buffer.compare(await readFile(sources[0]!), noise(30_000, 99))).toBe(0);
    expect((await readdir(folder)).length).toBe(sources.length);
  });

  it('fetches a v2 torrent by its magnet: the piece layers come from the peer', async () => {
    const torrent = torrentOf(ALBUM, { version: 'v2' });
    const seed = await sharing(torrent);
    const leech = await peer();
    const folder = await emptyFolder();
    const { infoHashV2 } = torrent.metainfo;
    const fetched = leech.session.add({ magnet: { infoHashV2: infoHashV2! }, downloadDir: folder });
    fetched.peersFound([seed.address], 'user');
    await complete(fetched);
    await expectFiles(torrent, folder);
  });

  it('joins both swarms of a hybrid as one torrent, and has one connection to a peer', async () => {
    const torrent = torrentOf(ALBUM, { version: 'hybrid' });
    const { infoHashV1, infoHashV2 } = torrent.metainfo;
    const seed = await sharing(torrent);
    const [one, two] = [await peer(), await peer()];
    const [folderOne, folderTwo] = [await emptyFolder(), await emptyFolder()];
    // Each knows the torrent by another hash, and neither dials.
    const byV1 = one.session.add({ magnet: { infoHashV1: infoHashV1! }, downloadDir: folderOne });
    const byV2 = two.session.add({ magnet: { infoHashV2: infoHashV2! }, downloadDir: folderTwo });
    const wire = seed.shared.wireInfoHashes;
    seed.shared.peersFound([one.address], 'tracker', wire[0]);
    seed.shared.peersFound([two.address], 'tracker', wire[1]);
    const done = Promise.all([complete(byV1), complete(byV2)]);
    byV1.on('ready', () => byV1.peersFound([seed.address], 'tracker', wire[1]));
    byV2.on('ready', () => byV2.peersFound([seed.address], 'tracker', wire[0]));
    await done;
    await expectFiles(torrent, folderOne);
    await expectFiles(torrent, folderTwo);
    for (const session of [one.session, two.session, seed.session])
      expect(wire.map(hash => session.find(hash)?.state)).toEqual(['seeding', 'seeding']);
    expect(seed.shared.connectionCount).toBeLessThanOrEqual(2);
  });

  it('answers for the hashes of a hybrid that it has by v1 alone: from its own files', async () => {
    const torrent = torrentOf(ALBUM, { version: 'hybrid' });
    const { infoHashV1, infoHashV2, pieceLayers } = torrent.metainfo;
    const [first, second] = [await peer(), await peer()];
    const seed = await sharing(torrent);
    const byV1 = first.session.add({ magnet: { infoHashV1: infoHashV1! }, downloadDir: await emptyFolder() });
    byV1.peersFound([seed.address], 'user');
    await complete(byV1);
    await seed.session.close();
    const layersOf = (fetched: SessionTorrent) => (fetched.info as CheckableInfo).pieceLayers;
    expect(layersOf(byV1)).toEqual(new Map());
    const byV2 = second.session.add({
      magnet: { infoHashV2: infoHashV2! },
      downloadDir: await emptyFolder(),
    });
    byV2.peersFound([first.address], 'user');
    await complete(byV2);
    await expect.poll(() => layersOf(byV1)).toEqual(pieceLayers);
  });

  it('fetches a magnet, and is found by both hashes of a hybrid', async () => {
    const torrent = torrentOf(ALBUM, { version: 'hybrid' });
    const seed = await sharing(torrent);
    const leech = await peer();
    const folder = await emptyFolder();
    const { infoHashV1, infoHashV2 } = torrent.metainfo;
    const fetched = leech.session.add({ magnet: { infoHashV1: infoHashV1! }, downloadDir: folder });
    expect(fetched.state).toBe('metadata');
    fetched.peersFound([seed.address], 'user');
    await complete(fetched);
    await expectFiles(torrent, folder);
    expect(fetched.name).toBe('album');
    expect(leech.session.find(infoHashV2!.subarray(0, 20))).toBe(fetched);
  });

  it('goes on where it was: what is on the disk is not fetched again', async () => {
    const torrent = torrentOf(ALBUM);
    const seed = await sharing(torrent);
    const folder = await emptyFolder();
    await mkdir(join(folder, 'album', 'disc 1'), { recursive: true });
    await writeFile(join(folder, 'album', 'disc 1', '1 first.flac'), torrent.files[1]!.data);
    const leech = await peer();
    const fetched = leech.session.add({ info: torrent.metainfo, downloadDir: folder });
    const ready = new Promise<{ piecesHave: number }>(resolve => fetched.on('ready', resolve));
    expect((await ready).piecesHave).toBe(21);
    fetched.peersFound([seed.address], 'user');
    await complete(fetched);
    await expectFiles(torrent, folder);
    expect(fetched.stats().downloaded).toBeLessThan(200_000);
  });

  it('gives the end of a film before the rest of it has come, and fetches that first', async () => {
    const data = noise(4_000_000, 7);
    const torrent = torrentOf([{ path: [], data }], { pieceLength: 65_536, name: 'film' });
    const seed = await sharing(torrent);
    seed.session.setLimits({ uploadBytesPerSecond: 2_000_000 });
    const { fetched, folder } = await fetching(torrent);
    const done = complete(fetched);
    fetched.peersFound([seed.address], 'user');
    const [film] = fetched.files;
    const chunks: Uint8Array[] = [];
    for await (const chunk of film!.stream({ start: 3_500_000 })) chunks.push(chunk);
    expect(Buffer.compare(Buffer.concat(chunks), data.subarray(3_500_000))).toBe(0);
    expect(film!.isComplete).toBe(false);
    expect(film!.haveLength).toBeGreaterThanOrEqual(500_000);
    seed.session.setLimits({ uploadBytesPerSecond: Number.POSITIVE_INFINITY });
    await done;
    expect(film!.isComplete).toBe(true);
    await expectFiles(torrent, folder);

    const closed = film!.stream({ start: 0 });
    await closed.next();
    void fetched.close();
    await expect(closed.next()).rejects.toMatchObject({ code: 'TORRENT_CLOSED' });
  });

  it('ends the stream of a file that is not fetched, also one that is not fetched any more', async () => {
    const { fetched } = await fetching(torrentOf(ALBUM));
    const [cover, first] = fetched.files;
    const waits = first!.stream().next();
    fetched.setFilePriorities(['normal', 'skip', 'normal', 'normal', 'normal']);
    await expect(waits).rejects.toMatchObject({ code: 'FILE_SKIPPED' });
    await expect(first!.stream().next()).rejects.toMatchObject({ code: 'FILE_SKIPPED' });
    // What is wanted is waited for.
    const controller = new AbortController();
    const still = cover!.stream({ signal: controller.signal }).next();
    controller.abort(new Error('enough'));
    await expect(still).rejects.toThrow('enough');
  });

  it('dials nobody any more once it is paused', async () => {
    let dialled = 0;
    const mute = createServer(socket => {
      dialled++;
      socket.on('error', () => {});
    });
    await new Promise<void>(resolve => mute.listen(0, '0.0.0.0', resolve));
    cleanUps.push(async () => mute.close());
    const { fetched } = await fetching(torrentOf(ALBUM));
    const { port } = mute.address() as AddressInfo;
    fetched.peersFound(
      Array.from({ length: 60 }, (_, i) => ({ host: `127.0.0.${i + 1}`, port })),
      'user',
    );
    await expect.poll(() => dialled).toBe(20);
    fetched.pause();
    expect(fetched.connectionCount).toBe(0);
  });

  it('says that a torrent was complete when it was added', async () => {
    const torrent = torrentOf(ALBUM);
    const { shared } = await sharing(torrent);
    expect(shared.announceFacts()).toEqual({ left: 0, downloaded: 0, uploaded: 0, isComplete: true });
    expect(shared.state).toBe('seeding');
    await shared.completed();
    const { signal } = new AbortController();
    await expect(shared.completed({ signal })).resolves.toBeUndefined();
  });

  it('stops a torrent whose disk fails, names the file, and tries again when told', async () => {
    const torrent = torrentOf(ALBUM);
    const seed = await sharing(torrent);
    const { fetched, folder } = await fetching(torrent);
    await mkdir(join(folder, 'album', 'cover.jpg'), { recursive: true });
    fetched.peersFound([seed.address], 'user');
    await expect(complete(fetched)).rejects.toMatchObject({ code: 'DISK_FAILED', where: 'album/cover.jpg' });
    expect(fetched.state).toBe('failed');
    expect(fetched.peers()).toEqual([]);
    await rm(join(folder, 'album', 'cover.jpg'), { recursive: true });
    const done = complete(fetched);
    fetched.resume();
    fetched.peersFound([{ ...seed.address, host: '127.0.0.2' }], 'user');
    await done;
    await expectFiles(torrent, folder);
  });

  it('refuses a torrent twice', async () => {
    const { session } = await peer();
    const { metainfo } = torrentOf(ALBUM);
    const downloadDir = await emptyFolder();
    session.add({ info: metainfo, downloadDir });
    expect(() => session.add({ info: metainfo, downloadDir })).toThrow(
      expect.objectContaining({ code: 'TORRENT_EXISTS' }),
    );
  });

  it('refuses a magnet that turns out to be a torrent that is here, until that is closed', async () => {
    const torrent = torrentOf(ALBUM, { version: 'hybrid' });
    const { infoHashV1, infoHashV2 } = torrent.metainfo;
    const seed = await sharing(torrent);
    const { session } = await peer();
    const folder = await emptyFolder();
    const other = { infoHashV1: new Uint8Array(20).fill(1), infoHashV2: infoHashV2! };
    const first = session.add({ magnet: other, downloadDir: folder });
    const second = session.add({ magnet: { infoHashV1: infoHashV1! }, downloadDir: folder });
    second.peersFound([seed.address], 'user');
    await expect(complete(second)).rejects.toMatchObject({ code: 'TORRENT_EXISTS' });
    expect(second.state).toBe('failed');
    second.resume();
    await expect.poll(() => second.error).toMatchObject({ code: 'TORRENT_EXISTS' });
    expect(await readdir(folder)).toEqual([]);
    await first.close();
    const done = complete(second);
    second.resume();
    second.peersFound([{ ...seed.address, host: '127.0.0.2' }], 'user');
    await done;
    await expectFiles(torrent, folder);
  });

  it('reads no more for a peer that does not read than the system takes of it, and goes on with others', async () => {
    const torrent = torrentOf([{ path: [], data: noise(1_000_000, 7) }], { pieceLength: 16_384 });
    const seed = await sharing(torrent);
    const encoder = new Encoder();
    encoder.interested();
    // 32 MB.
    for (let i = 0; i < 2000; i++) encoder.request(i % 60, 0, 16_384);
    const handshake = encodeHandshake({
      infoHash: torrent.metainfo.infoHashV1!,
      peerId: new Uint8Array(20).fill(9),
      extended: false,
      fast: false,
      dht: false,
      v2: false,
    });
    const mute = connect(seed.address);
    cleanUps.push(async () => void mute.destroy());
    mute.on('error', () => {});
    mute.pause();
    mute.write(handshake);
    await expect.poll(() => seed.shared.peers().length).toBe(1);
    mute.write(concatBytes(encoder.take()));
    // Until nothing more goes: what is gone lies with the system.
    let given = -1;
    const isStill = () => {
      const before = given;
      given = seed.shared.stats().uploaded;
      return given > 0 && given === before;
    };
    await expect.poll(isStill, { interval: 300, timeout: 5000 }).toBe(true);
    expect(given).toBeLessThan(16_000_000);
    const { fetched, folder } = await fetching(torrent);
    fetched.peersFound([seed.address], 'user');
    await complete(fetched);
    await expectFiles(torrent, folder);
  });

  it('closes a connection that names no torrent of ours, or is no BitTorrent', async () => {
    // A few bytes that are no handshake may be the beginning of a key: that ends with the time for handshakes.
    const { address } = await peer({ handshakeTimeoutMs: 200 });
    const handshake = encodeHandshake({
      infoHash: new Uint8Array(20),
      peerId: new Uint8Array(20),
      extended: false,
      fast: false,
      dht: false,
      v2: false,
    });
    for (const bytes of [handshake, Buffer.from('GET / HTTP/1.1\r\n\r\n')]) {
      const heard = await new Promise<number>((resolve, reject) => {
        let length = 0;
        const socket = connect(address, () => socket.write(bytes));
        socket.on('data', data => {
          length += data.length;
        });
        socket.on('close', () => resolve(length));
        socket.on('error', reject);
      });
      expect(heard).toBe(0);
    }
  });
});

interface TestPeer {
  readonly session: Session;
  readonly address: { host: string; port: number };
}

async function peer(options: SessionOptions = {}): Promise<TestPeer> {
  const host = nodeHost();
  const session = new Session({ listen: { host: '0.0.0.0', port: 0 }, ...options }, host);
  const address = await session.listen();
  cleanUps.push(async () => {
    await session.close();
    await host.disk.close();
  });
  return { session, address: { host: '127.0.0.1', port: address!.port } };
}

async function sharing(
  torrent: DataTorrent,
  options: SessionOptions = {},
): Promise<TestPeer & { readonly shared: SessionTorrent }> {
  const made = await peer(options);
  const folder = await emptyFolder();
  for (const [i, file] of torrent.metainfo.files.entries()) {
    const path = join(folder, ...file.path);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, torrent.files[i]!.data);
  }
  const shared = made.session.add({ info: torrent.metainfo, downloadDir: folder });
  await complete(shared);
  return { ...made, shared };
}

async function fetching(
  torrent: DataTorrent,
  options: SessionOptions = {},
): Promise<TestPeer & { fetched: SessionTorrent; folder: string }> {
  const made = await peer(options);
  const folder = await emptyFolder();
  const fetched = made.session.add({ info: torrent.metainfo, downloadDir: folder });
  await new Promise(resolve => fetched.on('ready', resolve));
  return { ...made, fetched, folder };
}

function complete(torrent: SessionTorrent): Promise<void> {
  return new Promise((resolve, reject) => {
    torrent.on('complete', () => resolve());
    torrent.on('error', reject);
  });
}

async function expectFiles(torrent: DataTorrent, folder: string): Promise<void> {
  for (const [i, file] of torrent.metainfo.files.entries()) {
    const bytes = await readFile(join(folder, ...file.path));
    expect(Buffer.compare(bytes, torrent.files[i]!.data), file.path.join('/')).toBe(0);
  }
}

async function emptyFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'swarmline-'));
  cleanUps.push(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

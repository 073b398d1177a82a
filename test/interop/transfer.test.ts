// `swarmline share` and `swarmline get` as strangers use them: the built program, real folders, loopback.

import { chmodSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { seededRandom } from '../../src/core/bytes/prng.ts';
import { serveHttp } from '../../src/io/http-server.ts';
import { handleTrackerRequest } from '../../src/tracker/http.ts';
import { MemoryStore } from '../../src/tracker/stores/memory.ts';
import { Tracker } from '../../src/tracker/tracker.ts';
import { noise } from '../torrents.ts';
import { freePort, temporaryFolder } from './peers.ts';
import { get, SwarmlineProcess, share } from './swarmline-process.ts';
import { saved } from './transfer-peers.ts';
import { makeTree, treeOf } from './trees.ts';

const COMPLETE = /^✓ .* is complete: .*\n/m;
const TRACKED = ['--tracker-port', '0'];

describe('a folder that is shared', () => {
  for (const version of ['v1', 'v2', 'hybrid']) {
    it(`reaches others by the address of its torrent and by the file, as ${version}`, async () => {
      const root = makeTree(temporaryFolder());
      const { address } = await share([root, ...TRACKED, '--version', version]);
      const [byAddress, byFile] = [temporaryFolder(), temporaryFolder()];
      const first = get(address, byAddress);
      await first.said(COMPLETE);
      const file = await saved(address);
      expect(await get(file, byFile, ['--no-seed']).ended()).toBe(0);
      for (const folder of [byAddress, byFile])
        expect(treeOf(join(folder, "Ferien '24 #1"))).toEqual(treeOf(root));
    });
  }

  for (const version of ['v1', 'v2', 'hybrid']) {
    it(`reaches others by its magnet link, as ${version}`, async () => {
      const root = makeTree(temporaryFolder());
      const { magnet } = await share([root, ...TRACKED, '--version', version]);
      const folder = temporaryFolder();
      expect(await get(magnet, folder, ['--no-seed']).ended()).toBe(0);
      expect(treeOf(join(folder, "Ferien '24 #1"))).toEqual(treeOf(root));
    });
  }

  it('comes from everybody who has it: each gives a part, and no byte goes twice', async () => {
    const length = 20_000_000;
    const root = makeTree(temporaryFolder(), { length });
    const sharing = await share([root, ...TRACKED]);
    const first = get(sharing.address, temporaryFolder());
    await first.said(COMPLETE);
    const folder = temporaryFolder();
    const second = get(sharing.address, folder);
    await second.said(COMPLETE);
    expect(treeOf(join(folder, "Ferien '24 #1"))).toEqual(treeOf(root));
    for (const process of [second, first, sharing.process]) expect(await process.interrupted()).toBe(0);
    expect(second.err).toMatch(/^Gave nothing\b/m);
    const given = [first, sharing.process].map(({ err }) => givenMiB(err));
    expect(given[0]).toBeGreaterThan(0);
    expect(given[0]! + given[1]!).toBeCloseTo((2 * (length + 386_402)) / 1024 ** 2, 0);
  });

  it('outlives its sharer: those who have it give it to the next', async () => {
    const tracker = await startTracker();
    const root = makeTree(temporaryFolder());
    const sharing = await share([root, '--tracker', tracker]);
    const port = await freePort();
    const fellow = get(sharing.magnet, temporaryFolder(), ['--port', String(port)]);
    await fellow.said(COMPLETE);
    sharing.process.signal('SIGKILL');
    expect(await sharing.process.exited).toBe('SIGKILL');
    // By the tracker that all of them share, and with no tracker that works: by the address of the fellow.
    const [byTracker, byHand] = [temporaryFolder(), temporaryFolder()];
    expect(await get(sharing.magnet, byTracker, ['--no-seed']).ended()).toBe(0);
    const hash = /btih:(\w{40})/.exec(sharing.magnet)![1]!;
    expect(await get(hash, byHand, ['--no-seed', '--peer', `127.0.0.1:${port}`]).ended()).toBe(0);
    for (const folder of [byTracker, byHand])
      expect(treeOf(join(folder, "Ferien '24 #1"))).toEqual(treeOf(root));
  });

  it('outlives its sharer and the tracker that came with it', async () => {
    const root = makeTree(temporaryFolder(), { length: 8_000_000 });
    const sharing = await share([root, ...TRACKED]);
    const file = await saved(sharing.address);
    const port = await freePort();
    const fellow = get(file, temporaryFolder(), ['--port', String(port)]);
    await fellow.said(COMPLETE);
    const folder = temporaryFolder();
    const second = get(file, folder, ['--peer', `127.0.0.1:${port}`]);
    sharing.process.signal('SIGKILL');
    await second.said(COMPLETE);
    expect(treeOf(join(folder, "Ferien '24 #1"))).toEqual(treeOf(root));
    // Saying goodbye to a tracker that is gone takes no time.
    expect(await second.interrupted()).toBe(0);
  });

  it('may be several paths under one name, links among them, which stay where they are', async () => {
    const folder = temporaryFolder();
    for (const [i, name] of ['a.bin', 'b.bin'].entries())
      writeFileSync(join(folder, name), noise(300_000, i));
    const root = makeTree(temporaryFolder());
    symlinkSync(root, join(folder, 'link'));
    const paths = ['a.bin', 'b.bin', 'link'].map(name => join(folder, name));
    const before = treeOf(folder);
    const { address } = await share([...paths, '--name', 'things', '--symlinks', 'follow', ...TRACKED]);
    const output = temporaryFolder();
    expect(await get(address, output, ['--no-seed']).ended()).toBe(0);
    const got = treeOf(join(output, 'things'));
    for (const name of ['a.bin', 'b.bin']) expect(got[name]).toEqual(before[name]);
    expect(got['link/Bilder/ビデオ.mp4']).toEqual(treeOf(root)['Bilder/ビデオ.mp4']);
    expect(treeOf(folder)).toEqual(before);
  });

  it('may have another name than its folder, and the modes that it has', async () => {
    const root = makeTree(temporaryFolder());
    chmodSync(join(root, 'tools/run.sh'), 0o744);
    const { address } = await share([root, '--name', 'other name', ...TRACKED]);
    const output = temporaryFolder();
    expect(await get(address, output, ['--no-seed']).ended()).toBe(0);
    expect(treeOf(join(output, 'other name'))).toEqual(treeOf(root));
    expect(statSync(join(root, 'tools/run.sh')).mode & 0o777).toBe(0o744);
  });

  it('may be a single file', async () => {
    const path = join(temporaryFolder(), 'one file.bin');
    writeFileSync(path, noise(3_000_001, 5));
    const { magnet } = await share([path, ...TRACKED]);
    const folder = temporaryFolder();
    expect(await get(magnet, folder, ['--no-seed']).ended()).toBe(0);
    expect(readFileSync(join(folder, 'one file.bin')).equals(readFileSync(path))).toBe(true);
  });
});

describe('get', () => {
  it('finds complete data complete, and repairs what is damaged without fetching the rest', async () => {
    const root = makeTree(temporaryFolder(), { length: 4_000_000 });
    const sharing = await share([root, ...TRACKED]);
    const folder = temporaryFolder();
    const again = async () => {
      const process = get(sharing.address, folder, ['--no-seed']);
      expect(await process.ended()).toBe(0);
      return process.out;
    };
    expect(await again()).not.toContain('already');
    expect(await again()).toMatch(/\(it was here already\)\.\n$/);
    const path = join(folder, "Ferien '24 #1/Bilder/ビデオ.mp4");
    const bytes = readFileSync(path);
    bytes[1_000_000]! ^= 1;
    writeFileSync(path, bytes);
    expect(await again()).not.toContain('already');
    writeFileSync(path, bytes.subarray(0, 3_900_000));
    await again();
    expect(treeOf(join(folder, "Ferien '24 #1"))).toEqual(treeOf(root));
    expect(await sharing.process.interrupted()).toBe(0);
    expect(givenMiB(sharing.process.err)).toBeLessThan(5);
  });

  it('goes on where it was killed, however often that is', async () => {
    const root = makeTree(temporaryFolder(), { length: 18_000_000 });
    const { address } = await share([root, ...TRACKED]);
    const folder = temporaryFolder();
    const random = seededRandom(3);
    for (let round = 0; round < 5; round++) {
      const process = get(address, folder, ['--no-seed']);
      await new Promise(resolve => setTimeout(resolve, 250 + random.below(200)));
      process.signal('SIGKILL');
      await process.exited;
    }
    expect(await get(address, folder, ['--no-seed']).ended()).toBe(0);
    expect(treeOf(join(folder, "Ferien '24 #1"))).toEqual(treeOf(root));
  });

  it('stops at Ctrl-C, and says what is left and how to go on', async () => {
    const tracker = await startTracker();
    const hash = 'ab'.repeat(20);
    const waiting = get(`magnet:?xt=urn:btih:${hash}&tr=${encodeURIComponent(tracker)}`, temporaryFolder());
    await waiting.said(/waiting for peers/, 'err');
    expect(await waiting.interrupted()).toBe(130);
    expect(waiting.out).toBe('');
    expect(waiting.err).toMatch(/Stopped before it was complete; run the same command again to go on\.\n$/);
  });

  it('stops at Ctrl-C while it seeds, and says what it gave', async () => {
    const root = makeTree(temporaryFolder());
    const { address } = await share([root, ...TRACKED]);
    const seeding = get(address, temporaryFolder());
    await seeding.said(COMPLETE);
    expect(await seeding.interrupted()).toBe(0);
    expect(seeding.err).toMatch(/^Gave nothing\b.*\n$/m);
  });

  it('does not wait for a tracker that never answers to hear its goodbye', async () => {
    const silent = createServer(() => {}).listen(0, '127.0.0.1');
    await new Promise(resolve => silent.once('listening', resolve));
    const sockets = new Set<import('node:net').Socket>();
    silent.on('connection', socket => {
      sockets.add(socket);
      socket.on('error', () => {});
    });
    onTestFinished(() => {
      for (const socket of sockets) socket.destroy();
      silent.close();
    });
    const { port } = silent.address() as { port: number };
    const waiting = get('ab'.repeat(20), temporaryFolder(), ['-t', `http://127.0.0.1:${port}/announce`]);
    await waiting.said(/waiting for peers/, 'err');
    expect(await waiting.interrupted()).toBe(130);
  });

  it('says which tracker does not answer, and goes on waiting', async () => {
    const port = await freePort();
    const waiting = get('ab'.repeat(20), temporaryFolder(), ['-t', `http://127.0.0.1:${port}/announce`]);
    await waiting.said(new RegExp(`127\\.0\\.0\\.1:${port}.*\\n`), 'err');
    expect(await waiting.interrupted()).toBe(130);
  });

  it('ends with a sentence where it cannot begin', async () => {
    const port = await freePort();
    const folder = temporaryFolder();
    writeFileSync(join(folder, 'file'), '');
    const path = join(folder, 'some.bin');
    writeFileSync(path, noise(100_000, 1));
    const { address } = await share([path, ...TRACKED]);
    const cases: [string[], number, RegExp][] = [
      [['magnet:?dn=album'], 1, /magnet link/],
      [['magnet:?xt=urn:btih:abc'], 1, /magnet link/],
      [[`http://127.0.0.1:${port}/album.torrent`], 1, /127\.0\.0\.1:\d+/],
      [[new URL('/none.torrent', address).href], 1, /HTTP status 404/],
      [[new URL('/announce', address).href], 1, /torrent/],
      [[join(folder, 'none.torrent')], 1, /There is no file/],
      [[address, '-o', join(folder, 'file')], 1, /"\S+file" is a file/],
      [
        [address, '-o', join(folder, 'file', 'below')],
        1,
        /cannot be made: a part of the path is not a folder/,
      ],
      [
        [address, '-o', folder, '--port', new URL(address).port],
        1,
        /Cannot listen on .*: another program uses it/,
      ],
      [[address, '--port', '99999'], 2, /port number/],
    ];
    for (const [args, status, sentence] of cases) {
      const output = args.includes('-o') ? [] : ['-o', join(folder, 'new')];
      const process = new SwarmlineProcess(['get', ...args, ...output]);
      expect(await process.ended(), process.transcript()).toBe(status);
      expect(process.out).toBe('');
      expect(process.err).toMatch(sentence);
      expect(process.err).toMatch(/^swarmline: [^\n]*[.)]\n$/);
    }
  });
});

describe('share', () => {
  it('stops at Ctrl-C, and says what it gave', async () => {
    const root = makeTree(temporaryFolder());
    const sharing = await share([root, ...TRACKED]);
    expect(await sharing.process.interrupted()).toBe(0);
    expect(sharing.process.err).toMatch(/^Shared Ferien '24 #1: gave nothing\b.*\n$/m);
  });

  it('ends with a sentence where it cannot begin', async () => {
    const folder = temporaryFolder();
    const path = join(folder, 'some.bin');
    writeFileSync(path, noise(100_000, 1));
    const taken = createServer().listen(0, '127.0.0.1');
    await new Promise(resolve => taken.once('listening', resolve));
    onTestFinished(() => void taken.close());
    const { port } = taken.address() as { port: number };
    const cases: [string[], number, RegExp][] = [
      [[join(folder, 'none')], 1, /none/],
      [[path, '--tracker-port', String(port)], 1, new RegExp(`${port}`)],
      [[path, '--tracker-port', '0', '--port', String(port)], 1, new RegExp(`${port}`)],
      [[path, folder], 1, /--name/],
    ];
    for (const [args, status, sentence] of cases) {
      const process = new SwarmlineProcess(['share', '--host', '127.0.0.1', ...args]);
      expect(await process.ended(), process.transcript()).toBe(status);
      expect(process.err).toMatch(sentence);
      expect(process.err).toMatch(/^swarmline: [^\n]*[.)]\n$/);
    }
  });
});

/** Of a last line such as `Gave 3.4 MiB to others.` */
function givenMiB(err: string): number {
  const [, amount, unit] = /[Gg]ave (\S+) ([KM]iB)/.exec(err) ?? [];
  return unit === undefined ? 0 : Number(amount) / (unit === 'KiB' ? 1024 : 1);
}

/** A tracker of our own that is nobody's, on a free port: its URL. */
async function startTracker(): Promise<string> {
  const random = seededRandom(1);
  const tracker = new Tracker({}, { store: new MemoryStore({}, { random }), random });
  const server = await serveHttp({
    host: '127.0.0.1',
    handle: (request, respond) => handleTrackerRequest(tracker, request, performance.now(), respond),
  });
  onTestFinished(() => server.close());
  return `http://127.0.0.1:${server.address.port}/announce`;
}

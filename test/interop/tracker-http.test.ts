// aria2 and Transmission at our HTTP tracker: they announce and find each other. (Transmission 3.00 dials nobody on
// loopback and says nothing when it is ended; so it is the seed, and aria2 finds it, and leaves.)

import { createHash } from 'node:crypto';
import { copyFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished } from 'vitest';
import { encode } from '../../src/core/bencode/encode.ts';
import { seededRandom } from '../../src/core/bytes/prng.ts';
import type { AnnounceQuery } from '../../src/core/tracker/http-request.ts';
import { parseAnnounceQuery } from '../../src/core/tracker/http-request.ts';
import type { ServerRequest } from '../../src/host/http-server.ts';
import { serveHttp } from '../../src/io/http-server.ts';
import { handleTrackerRequest } from '../../src/tracker/http.ts';
import { MemoryStore } from '../../src/tracker/stores/memory.ts';
import { Tracker } from '../../src/tracker/tracker.ts';
import { foreignProgram, freePort, interopTest, start, temporaryFolder } from './peers.ts';

const aria2 = foreignProgram('aria2c');
const transmission = foreignProgram('transmission-daemon');

interopTest(
  'aria2 finds Transmission by our tracker, and downloads from it',
  [aria2, transmission],
  async () => {
    const tracker = await startTracker();
    const torrent = makeTorrent(tracker.url);

    const seed = await startTransmission(torrent.path, torrent.folder);
    const seedStarted = await tracker.announce('Transmission as a seed', ({ event }) => event === 'started');
    expect(seedStarted).toMatchObject({
      event: 'started',
      infoHash: torrent.infoHash,
      port: seed.port,
      compact: true,
    });
    expect(await tracker.counts(torrent.infoHash)).toEqual({ complete: 1, incomplete: 0, downloaded: 0 });

    const leecher = await startAria2(torrent.path);
    const leecherStarted = await tracker.announce('aria2', ({ port }) => port === leecher.port);
    expect(leecherStarted).toMatchObject({ event: 'started', left: torrent.content.length });
    expect(await leecher.program.exited, leecher.program.output()).toBe(0);
    expect(readFileSync(join(leecher.folder, 'film.bin')).equals(torrent.content)).toBe(true);

    await tracker.announce(
      'aria2 leaving',
      ({ port, event }) => port === leecher.port && event === 'stopped',
    );
    expect(await tracker.counts(torrent.infoHash)).toMatchObject({ complete: 1, incomplete: 0 });
  },
);

interopTest('Transmission joins a swarm at our tracker', [transmission], async () => {
  const tracker = await startTracker();
  const torrent = makeTorrent(tracker.url);
  const leecher = await startTransmission(torrent.path, temporaryFolder());
  const started = await tracker.announce('Transmission', ({ event }) => event === 'started');
  expect(started).toMatchObject({ left: torrent.content.length, port: leecher.port });
  expect(await tracker.counts(torrent.infoHash)).toEqual({ complete: 0, incomplete: 1, downloaded: 0 });
});

/** Our tracker on a free port, and what it was asked. */
async function startTracker() {
  const random = seededRandom(1);
  const tracker = new Tracker({}, { store: new MemoryStore({}, { random }), random });
  const requests: ServerRequest[] = [];
  let woken = () => {};
  let next = 0;
  const server = await serveHttp({
    host: '127.0.0.1',
    handle: (request, respond) => {
      handleTrackerRequest(tracker, request, performance.now(), respond);
      requests.push(request);
      woken();
    },
  });
  onTestFinished(() => server.close());

  /** The next request that fits, after the one found before; waited for. */
  const request = async (what: string, fits: (request: ServerRequest) => boolean): Promise<ServerRequest> => {
    const deadline = AbortSignal.timeout(30_000);
    for (;;) {
      const at = requests.findIndex((asked, i) => i >= next && fits(asked));
      if (at >= 0) {
        next = at + 1;
        return requests[at]!;
      }
      await new Promise<void>((resolve, reject) => {
        woken = resolve;
        const seen = () => requests.map(({ path, query }) => `${path}?${query}`).join('\n');
        deadline.onabort = () =>
          reject(new Error(`Waited in vain for ${what}. The tracker was asked:\n${seen()}`));
      });
    }
  };
  return {
    url: `http://127.0.0.1:${server.address.port}/announce`,
    request,
    announce: async (what: string, fits: (announce: AnnounceQuery) => boolean): Promise<AnnounceQuery> => {
      const found = await request(
        what,
        ({ path, query }) => path === '/announce' && fits(parseAnnounceQuery(query)),
      );
      return parseAnnounceQuery(found.query);
    },
    counts: (infoHash: Uint8Array) =>
      new Promise(resolve => tracker.scrape([infoHash], performance.now(), ([counts]) => resolve(counts))),
  };
}

/** A torrent of one file, `film.bin`, and a folder that has it. */
function makeTorrent(announce: string) {
  const folder = temporaryFolder();
  const content = Buffer.from(seededRandom(7).fill(new Uint8Array(300_000)));
  const pieceLength = 65_536;
  const pieces: Buffer[] = [];
  for (let at = 0; at < content.length; at += pieceLength)
    pieces.push(sha1(content.subarray(at, at + pieceLength)));
  const info = {
    length: content.length,
    name: 'film.bin',
    'piece length': pieceLength,
    pieces: Buffer.concat(pieces),
  };
  const path = join(temporaryFolder(), 'film.torrent');
  writeFileSync(path, encode({ announce, info }));
  writeFileSync(join(folder, 'film.bin'), content);
  return { path, folder, content, infoHash: new Uint8Array(sha1(encode(info))) };
}

async function startAria2(torrent: string) {
  const folder = temporaryFolder();
  const port = await freePort();
  const quiet = ['--no-conf', '--enable-dht=false', '--enable-dht6=false', '--bt-enable-lpd=false'];
  const program = start(aria2, [
    ...quiet,
    '--enable-peer-exchange=false',
    `--listen-port=${port}`,
    '--seed-time=0',
    `--dir=${folder}`,
    torrent,
  ]);
  return { program, port, folder };
}

async function startTransmission(torrent: string, folder: string) {
  const config = temporaryFolder();
  const port = await freePort();
  const watched = temporaryFolder(); // it renames the torrent files that it finds
  copyFileSync(torrent, join(watched, 'film.torrent'));
  const settings = { 'pex-enabled': false, 'rpc-enabled': false };
  writeFileSync(join(config, 'settings.json'), JSON.stringify(settings));
  const quiet = ['--foreground', '--no-dht', '--no-lpd', '--no-utp', '--no-portmap'];
  const places = ['-g', config, '-w', folder, '-c', watched, '-P', String(port)];
  return { program: start(transmission, [...quiet, ...places], { HOME: config }), port };
}

function sha1(bytes: Uint8Array): Buffer {
  return createHash('sha1').update(bytes).digest();
}

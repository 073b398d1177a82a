// A program that moves a torrent's files to and fro is killed again and again: in its next run everything is there, and in
// the end at one place, with nothing left at the other. The moments are random, by a seed that is printed where it fails.

import { once } from 'node:events';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it, onTestFinished } from 'vitest';
import { seededRandom } from '../src/core/bytes/prng.ts';
import { temporaryFolder } from './interop/peers.ts';
import { SwarmlineProcess } from './interop/swarmline-process.ts';
import { noise, torrentOf } from './torrents.ts';

const KILLS = 12;
const SEED = 20_261_126;
const TORRENT = torrentOf(
  [
    { path: ['one'], data: noise(16_000_000, 1) },
    ...Array.from({ length: 200 }, (_, i) => ({ path: [`${i % 7}`, `${i}`], data: noise(1000 + i, i) })),
    { path: ['two'], data: noise(8_000_000, 2) },
  ],
  { pieceLength: 65_536 },
);
const PIECES = TORRENT.metainfo.layout.pieceCount;
const PROGRAM = fileURLToPath(new URL('moving-program.mjs', import.meta.url));

it(`loses nothing though it is killed ${KILLS} times while it moves files within a file system`, {
  timeout: 120_000,
}, async () => {
  await killedAgainAndAgain(temporaryFolder(), temporaryFolder());
});

/** In memory, where Linux has it: another file system than that of temporary files. */
const MEMORY = '/dev/shm';
const isElsewhere = existsSync(MEMORY) && statSync(MEMORY).dev !== statSync(tmpdir()).dev;

it.skipIf(!isElsewhere)(
  `loses nothing though it is killed ${KILLS} times while it moves files to another`,
  {
    timeout: 120_000,
  },
  async () => {
    const other = mkdtempSync(join(MEMORY, 'swarmline-move-'));
    onTestFinished(() => rmSync(other, { recursive: true, force: true }));
    await killedAgainAndAgain(temporaryFolder(), other);
  },
);

async function killedAgainAndAgain(folder: string, other: string): Promise<void> {
  const random = seededRandom(SEED);
  const file = join(temporaryFolder(), 'album.torrent');
  const args = [temporaryFolder(), file, folder, other];
  writeFileSync(file, TORRENT.metainfo.bytes);
  for (const [i, { path }] of TORRENT.metainfo.files.entries()) {
    mkdirSync(dirname(join(folder, ...path)), { recursive: true });
    writeFileSync(join(folder, ...path), TORRENT.files[i]!.data);
  }
  let moves = 0;
  let halfWay = 0;
  for (let kill = 1; kill <= KILLS; kill++) {
    const running = new SwarmlineProcess(args, {}, PROGRAM);
    const [, have] = await running.said(/ready (\d+) /);
    expect(Number(have), `pieces at start ${kill} of seed ${SEED}`).toBe(PIECES);
    // What is tested is a moment, so that there has to be one: with files at both places, or any other.
    if (kill % 2 === 0)
      await expect.poll(() => placesOf(folder, other).size, { interval: 1, timeout: 20_000 }).toBe(2);
    else await running.said(/moving/);
    await once(AbortSignal.timeout(random.below(kill % 2 === 0 ? 5 : 100)), 'abort');
    running.signal('SIGKILL');
    expect(await running.exited).toBe('SIGKILL');
    moves += running.out.split('moved ').length - 1;
    if (placesOf(folder, other).size > 1) halfWay++;
  }
  console.log(`killed ${KILLS} times in ${moves} moves, ${halfWay} times with files at both places`);

  const last = new SwarmlineProcess([...args, 'look'], {}, PROGRAM);
  const [, have, place] = await last.said(/ready (\d+) (.*)\n/);
  expect(await last.exited).toBe(0);
  expect(Number(have)).toBe(PIECES);
  for (const [i, { path }] of TORRENT.metainfo.files.entries())
    expect(Buffer.compare(readFileSync(join(place!, ...path)), TORRENT.files[i]!.data), path.join('/')).toBe(
      0,
    );
  expect(readdirSync(place!)).toEqual(['album']);
  expect(readdirSync(place === folder ? other : folder)).toEqual([]);
}

/** Which of them have any of the files, or of copies. */
function placesOf(...folders: readonly string[]): Set<string> {
  return new Set(folders.filter(folder => readdirSync(folder).length > 0));
}

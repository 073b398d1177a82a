// The benchmarks' peer goes by the line protocol of other harnesses, and through the library as it is built.

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { sha1 } from '../src/core/bytes/sha1.ts';
import { buildInfo, buildMetainfo } from '../src/core/metainfo/build.ts';
import { noise } from './torrents.ts';

const PEER = fileURLToPath(new URL('../bench/peer.mjs', import.meta.url));
const peers: ChildProcess[] = [];
let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'swarmline-peer-'));
});
afterEach(() => {
  for (const peer of peers.splice(0)) peer.kill();
  rmSync(folder, { recursive: true });
});

it('says ready, first and done, and leaves when its standard input ends', async () => {
  const data = noise(100_000, 1);
  const torrent = join(folder, 'a.torrent');
  const info = buildInfo({
    version: 'v1',
    name: 'a.bin',
    pieceLength: 131_072,
    isFolder: false,
    files: [{ path: [], length: data.length }],
    pieces: sha1(data),
  });
  writeFileSync(torrent, buildMetainfo(info, {}));
  writeFileSync(join(folder, 'a.bin'), data);
  const [seedPort, leechPort] = [await freePort(), await freePort()];
  const seed = peer('--role', 'seed', '--torrent', torrent, '--dir', folder, '--port', seedPort);
  expect(await seed.line()).toBe('ready');
  const into = join(folder, 'into');
  const leech = peer(
    ...['--role', 'leech', '--torrent', torrent, '--dir', into, '--port', leechPort],
    ...['--peer', `127.0.0.1:${seedPort}`],
  );
  expect(await leech.line()).toBe('ready');
  leech.process.stdin!.write('go\n');
  expect([await leech.line(), await leech.line()]).toEqual(['first', 'done']);
  expect(readFileSync(join(into, 'a.bin')).equals(data)).toBe(true);
  for (const { process: child } of [leech, seed]) {
    child.stdin!.end();
    expect(await once(child, 'exit')).toEqual([0, null]);
  }
});

it('refuses a transport that is not there', async () => {
  const { process: child } = peer(
    ...['--role', 'seed', '--torrent', 'x', '--dir', folder, '--transport', 'carrier-pigeon'],
  );
  expect(await once(child, 'exit')).toEqual([2, null]);
});

function peer(...argv: string[]): { process: ChildProcess; line: () => Promise<string> } {
  const child = spawn(process.execPath, [PEER, ...argv], { stdio: ['pipe', 'pipe', 'inherit'] });
  peers.push(child);
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return { process: child, line: async () => (await lines.next()).value };
}

/** Announced to nobody, so that one which another takes meanwhile fails this test alone. */
async function freePort(): Promise<string> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, 'close');
  return String(port);
}

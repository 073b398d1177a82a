// The tracker's command where koffi cannot be found, as after `npm install --omit=optional`: it says so, and its answers are those that
// it gives with koffi. The program is copied to a folder that has no packages, and both are asked the same.

import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { encodeUdpAnnounce } from '../src/core/tracker/udp.ts';
import { UdpVisitor } from './compliance/udp-front.ts';
import { temporaryFolder } from './interop/peers.ts';
import { SwarmlineProcess } from './interop/swarmline-process.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const ARGS = ['tracker', '--port', '0', '--rate', '0', '--peers-per-address', '0', '--workers', '2'];

/** The program alone: what is needed to run it, and no package. */
function copyOfProgram(): string {
  const folder = temporaryFolder();
  for (const part of ['bin', 'dist/program', 'web/tracker', 'package.json'])
    cpSync(join(ROOT, part), join(folder, part), { recursive: true });
  return join(folder, 'bin/swarmline.js');
}

/** A conversation with a tracker: all that it answers, but for what is drawn by chance. */
async function talk(process: SwarmlineProcess): Promise<unknown[]> {
  const [, port] = await process.said(/^udp:\/\/\S+:(\d+)\/announce$/m);
  const told: unknown[] = [];
  for (const host of ['127.0.0.1', '::1']) {
    const visitors = await Promise.all([1, 2, 3, 4].map(() => UdpVisitor.at(host, Number(port))));
    const [first, second] = visitors as [UdpVisitor, UdpVisitor];
    for (const [i, visitor] of visitors.entries())
      told.push(await visitor.announce({ infoHash: hash(1), port: i + 1, left: i % 2, event: 'started' }));
    told.push(await first.announce({ infoHash: hash(1), port: 1, numWant: 0 }));
    told.push(await first.announce({ infoHash: hash(1), port: 2, event: 'completed', left: 0 }));
    told.push(await second.announce({ infoHash: hash(1), port: 3, event: 'stopped' }));
    told.push(await second.scrape(hash(1)), await second.scrape(hash(2)));
    told.push(await first.announce({ port: 0 }).catch((error: Error) => error.message));
    const { intervalSeconds } = await first.asked({ infoHash: hash(3), port: 9 });
    expect(intervalSeconds).toBeGreaterThan(1_600);
    expect(intervalSeconds).toBeLessThan(2_000);
    // Nothing of this is answered; what comes after it is.
    const forged = encodeUdpAnnounce(new Uint8Array(8).fill(9), 1, PLAIN, '');
    for (const bytes of [forged, new Uint8Array(15), new Uint8Array(3_000), forged.subarray(0, 40)])
      first.send(bytes);
    told.push(await first.announce({ infoHash: hash(4), port: 1 }), first.strays);
  }
  return told;
}

test('without koffi the tracker says so, and answers the same', async () => {
  const [having, lacking] = [new SwarmlineProcess(ARGS), new SwarmlineProcess(ARGS, {}, copyOfProgram())];
  await lacking.said(/Threads cannot share a port here, for the package koffi is not installed\./, 'err');
  const answers = await talk(having);
  expect(await talk(lacking)).toEqual(answers);
  expect(having.err).not.toContain('koffi');
  for (const process of [having, lacking]) process.signal('SIGTERM');
  expect(await Promise.all([having.ended(), lacking.ended()])).toEqual([0, 0]);
});

test('without koffi the doctor says so', async () => {
  const args = ['tracker', 'doctor', '--json', '--port', '0'];
  const lacking = new SwarmlineProcess(args, {}, copyOfProgram());
  await lacking.ended();
  const found = lacking.out.trimEnd().split('\n');
  const batches = found.find(line => line.includes('udp-batches'))!;
  expect(JSON.parse(batches)).toMatchObject({ state: 'warning' });
  expect(batches).toContain('for the package koffi is not installed');
});

function hash(n: number): Uint8Array {
  return new Uint8Array(20).fill(n);
}

const PLAIN = { infoHash: hash(1), peerId: hash(2), port: 1, uploaded: 0, downloaded: 0, left: 1, key: 3 };

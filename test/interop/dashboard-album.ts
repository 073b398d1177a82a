// An album that the dashboard's tests show: on a daemon of this process, and in a browser, in each theme.

import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { BrowserContextOptions, Page } from 'playwright-core';
import { expect } from 'vitest';
import { toHex } from '../../src/core/bytes/hex.ts';
import { runDaemon, type TestDaemon } from '../daemon-program.ts';
import { noise, torrentOf } from '../torrents.ts';
import { axeFindings } from './axe.ts';
import { CHROMIUM } from './browser.ts';
import { interopTest } from './peers.ts';

export const ALBUM = torrentOf(
  [
    { path: ['a'], data: noise(900_000, 1) },
    { path: ['b'], data: noise(600_000, 2) },
  ],
  { version: 'hybrid' },
);
export const ID = toHex(ALBUM.metainfo.infoHashV1!);
export const FILE = {
  name: 'album.torrent',
  mimeType: 'application/x-bittorrent',
  buffer: Buffer.from(ALBUM.metainfo.bytes),
};
const PHONE = { viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true };
export const THEMES: readonly (readonly [name: string, options: BrowserContextOptions])[] = [
  ['light', {}],
  ['dark', { colorScheme: 'dark' }],
  ['a phone', PHONE],
];

export function browserTest(sentence: string, run: () => Promise<void>): void {
  interopTest(sentence, [CHROMIUM], run, 300_000);
}

export async function seedingDaemon(): Promise<TestDaemon> {
  const daemon = await runDaemon();
  fill(join(daemon.folder, 'downloads'));
  await daemon.ask('torrents.add', { torrent: FILE.buffer.toString('base64') });
  await eventually(async () => (await daemon.ask('torrents.list', {})).rows[0]?.state).toBe('seeding');
  return daemon;
}

export function fill(folder: string): void {
  for (const { path, data } of ALBUM.files) {
    const place = join(folder, 'album', ...path);
    mkdirSync(join(place, '..'), { recursive: true });
    writeFileSync(place, data);
  }
}

/** What is waited for is the browser's or the daemon's own doing. */
export function eventually<Value>(look: () => Value | Promise<Value>) {
  return expect.poll(look, { timeout: 60_000, interval: 50 });
}

export function seriousFindings(page: Page): Promise<string[]> {
  return axeFindings(page, ['serious', 'critical']);
}

// The page of `share` in a browser.

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { describe, expect, onTestFinished } from 'vitest';
import { testFolder } from '../daemon-program.ts';
import { newPage, within } from './browser.ts';
import { browserTest, fill, seriousFindings, THEMES } from './dashboard-album.ts';

const PROGRAM = fileURLToPath(new URL('../../bin/swarmline.js', import.meta.url));
describe('the page of share', () => {
  browserTest(
    'shows how others get it, who has how much, and has nothing to press that would change it',
    async () => {
      const { page: url, torrent, folder } = await sharing();
      const page = await newPage(url);
      await page.getByRole('heading', { name: 'album' }).waitFor();
      await page.getByText(`swarmline get '${torrent}'`).waitFor();
      await page.getByRole('img', { name: /^QR code/ }).waitFor();
      await page.getByText('Nobody has come for it yet.').waitFor();
      await swarmline(folder, ['get', torrent, '-o', 'received', '--no-seed', '--no-resume']);
      await page.getByText('The one who came has everything.').waitFor();
      await page.getByText(/^You sent 1\.4 MiB, the swarm moved 1\.4 MiB$/).waitFor();
      await page.getByRole('tab', { name: 'Files' }).click();
      await page.getByText('album/b').waitFor();
      expect(await page.locator('select, input, form').count()).toBe(0);
    },
  );

  for (const [name, options] of THEMES) {
    browserTest(`has no serious finding of axe in ${name}`, async () => {
      const { page: url } = await sharing();
      const page = await newPage(url, { ...options, reducedMotion: 'reduce' });
      await page.getByRole('heading', { name: 'album' }).waitFor();
      await page.locator('.piece-map canvas').waitFor();
      expect(await seriousFindings(page)).toEqual([]);
    });
  }
});

/** `share` of the album as a program. */
async function sharing() {
  const folder = testFolder();
  fill(folder);
  const program = startSwarmline(folder, [
    'share',
    'album',
    '--json',
    '--bind',
    '127.0.0.1',
    '--tracker-port',
    '0',
  ]);
  const shared = (async () => {
    for await (const line of createInterface({ input: program.stdout! })) {
      const event = JSON.parse(line) as { event: string; page: string; torrent: string };
      if (event.event === 'shared') return event;
    }
    throw new Error('share has ended before it shared.');
  })();
  return { ...(await within('What share shares', shared)), folder };
}

/** Runs a command to its end. */
async function swarmline(folder: string, args: readonly string[]): Promise<void> {
  const program = startSwarmline(folder, args);
  program.stdout!.resume();
  const [code] = await within(`The end of ${args[0]}`, once(program, 'exit'));
  expect(code).toBe(0);
}

function startSwarmline(folder: string, args: readonly string[]): ChildProcess {
  const program = spawn(process.execPath, [PROGRAM, ...args], {
    cwd: folder,
    env: { ...process.env, XDG_STATE_HOME: join(folder, 'state') },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  onTestFinished(async () => {
    if (program.exitCode !== null || program.signalCode !== null) return;
    program.kill('SIGKILL');
    await once(program, 'exit');
  });
  return program;
}

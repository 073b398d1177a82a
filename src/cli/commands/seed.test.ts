// `seed` and `get` as users and programs run them: processes of their own, over loopback.

import { mkdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { folderWith, swarmline } from '../../../test/command-line.ts';
import { get, SwarmlineProcess } from '../../../test/interop/swarmline-process.ts';
import { noise } from '../../../test/torrents.ts';

const DATA = noise(300_000, 1);

async function torrentIn(folder: (name: string) => string): Promise<string> {
  const made = await swarmline(['create', folder('film.bin'), '-o', folder('film.torrent')]);
  expect(made.status).toBe(0);
  return folder('film.torrent');
}

/** Lines of events, as a program reads them. */
function events(text: string): Record<string, unknown>[] {
  return text
    .split('\n')
    .filter(line => line !== '')
    .map(line => JSON.parse(line));
}

describe('swarmline seed', () => {
  it('seeds data that lies somewhere under another name, and get tells a program all about it', async () => {
    const folder = folderWith({ 'film.bin': DATA });
    const torrent = await torrentIn(folder);
    writeFileSync(folder('renamed'), DATA);
    const seed = new SwarmlineProcess([
      'seed',
      torrent,
      '--data',
      folder('renamed'),
      '--port',
      '0',
      '--json',
    ]);
    const [, port] = await seed.said(/"event":"start".*"port":(\d+)/);
    await seed.said(/"event":"complete".*"wasThere":true/);

    const got = get(torrent, folder('out'), ['--peer', `127.0.0.1:${port}`, '--no-seed', '--json']);
    expect(await got.ended()).toBe(0);
    expect(got.err).toBe('');
    const told = events(got.out);
    const names = told.map(({ event }) => event);
    expect(names[0]).toBe('start');
    expect(names).toContain('ready');
    expect(names).toContain('peer-joined');
    expect(names.at(-1)).toBe('end');
    expect(told.every(({ time }) => !Number.isNaN(Date.parse(`${time}`)))).toBe(true);
    expect(told[0]).toMatchObject({ name: 'film.bin', infoHashV1: expect.stringMatching(/^[0-9a-f]{40}$/) });
    expect(told.find(({ event }) => event === 'complete')).toMatchObject({ wasThere: false });
    expect(told.findLast(({ event }) => event === 'progress')).toMatchObject({ left: 0, secondsLeft: 0 });
    expect(told.at(-1)).toMatchObject({ complete: true, downloaded: DATA.length });
    expect(Buffer.compare(readFileSync(folder('out/film.bin')), DATA)).toBe(0);

    expect(await seed.interrupted()).toBe(0);
    expect(events(seed.out).at(-1)).toMatchObject({ event: 'end', complete: true, uploaded: DATA.length });
  });

  it('says when the file is changed underneath, fails, and does not say that the data is complete', async () => {
    const folder = folderWith({ 'film.bin': DATA, 'other name.bin': DATA });
    const torrent = await torrentIn(folder);
    const seed = new SwarmlineProcess([
      'seed',
      torrent,
      '--data',
      folder('other name.bin'),
      '--port',
      '0',
      '--json',
    ]);
    const [, port] = await seed.said(/"event":"start".*"port":(\d+)/);
    await seed.said(/"event":"complete".*"wasThere":true/);
    truncateSync(folder('other name.bin'), 1000);
    const got = get(torrent, folder('out'), ['--peer', `127.0.0.1:${port}`, '--no-seed']);
    expect(await seed.ended()).toBe(1);
    expect(events(seed.out).at(-1)).toMatchObject({ event: 'end', complete: false });
    // By its time or by its end, whichever is seen first; named as it is on the disk.
    const said = seed.err.replaceAll(folder('other name.bin'), 'PATH');
    expect(said).toMatch(/"PATH" (was changed by another program|has become shorter)/);
    expect(await got.interrupted()).toBe(130);
  });

  it('says what is wrong with the data, changes none of it, and fails', async () => {
    const folder = folderWith({ 'film.bin': DATA });
    const torrent = await torrentIn(folder);
    const damaged = DATA.slice();
    damaged[100_000]! ^= 1;
    mkdirSync(folder('old'));
    writeFileSync(folder('old/film.bin'), damaged);
    const seed = new SwarmlineProcess(['seed', torrent, '--data', folder('old'), '--port', '0']);
    expect(await seed.ended()).toBe(1);
    expect(seed.err).toMatch(/"film.bin" is not complete at ".*": \d+ of \d+ pieces are good/);
    expect(Buffer.compare(readFileSync(folder('old/film.bin')), damaged)).toBe(0);

    const told = await swarmline(['seed', torrent, '--data', folder('old'), '--port', '0', '--json']);
    expect(told.status).toBe(1);
    expect(events(told.out).map(({ event }) => event)).toEqual(['start', 'ready', 'error', 'end']);
    expect(events(told.out)[2]).toMatchObject({ code: 'DATA_INCOMPLETE' });

    mkdirSync(folder('empty'));
    const nothing = new SwarmlineProcess(['seed', torrent, '--data', folder('empty'), '--port', '0']);
    expect(await nothing.ended()).toBe(1);
    expect(nothing.err).toMatch(/Nothing of "film.bin" is at/);

    const nowhere = await swarmline(['seed', torrent, '--data', folder('no such place')]);
    expect(nowhere).toMatchObject({ status: 1, err: expect.stringContaining('does not exist') });
  });
});

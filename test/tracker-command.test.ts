// `swarmline tracker` as it is run: where it says that it listens, SIGHUP, SIGTERM, a port that is taken.

import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { folderWith } from './command-line.ts';
import { SwarmlineProcess } from './interop/swarmline-process.ts';

const announce = async (url: string, letter: string) =>
  (await fetch(`${url}?info_hash=${letter.repeat(20)}&peer_id=${'p'.repeat(20)}&port=1&left=1`)).text();

test('says where it listens, reads everything anew on SIGHUP, and ends on SIGTERM', async () => {
  const files = folderWith({
    list: `${'61'.repeat(20)}\n`,
    'tracker.toml': '',
  });
  const config = files('tracker.toml');
  writeFileSync(config, `port = 0\nallow = ${JSON.stringify(files('list'))}\n`);
  const tracker = new SwarmlineProcess(['tracker', '--host', '127.0.0.1', '--config', config]);
  const [url] = await tracker.said(/^http:\S+/m);
  await tracker.said(/^ws:\/\/127\.0\.0\.1:\d+\/announce$/m);
  expect(await announce(url, 'a')).toContain('10:incompletei1e');
  expect(await announce(url, 'b')).toContain('This tracker does not serve this torrent.');

  writeFileSync(config, 'port = 0\ninterval = "soon"\n');
  tracker.signal('SIGHUP');
  await tracker.said(/"interval" is "soon"\. .* The tracker goes on as it was\./, 'err');
  expect(await announce(url, 'b')).toContain('This tracker does not serve this torrent.');

  writeFileSync(config, 'port = 0\n');
  tracker.signal('SIGHUP');
  await tracker.said(/Everything is read anew\./, 'err');
  expect(await announce(url, 'b')).toContain('10:incompletei1e');
  expect(await announce(url, 'a')).toContain('10:incompletei1e');

  const taken = new SwarmlineProcess(['tracker', '--host', '127.0.0.1', '--port', new URL(url).port]);
  expect(await taken.ended()).toBe(1);
  expect(taken.err).toContain('another program is listening there');

  tracker.signal('SIGTERM');
  expect(await tracker.ended()).toBe(0);
});

test('a SIGHUP while it starts is heard once it listens', async () => {
  const config = join(folderWith()('.'), 'tracker.toml');
  // It waits for whoever writes, and who opens it waits until it reads: so it is known when it starts.
  execFileSync('mkfifo', [config]);
  const args = ['tracker', '--host', '127.0.0.1', '--workers', '1', '--config', config];
  const tracker = new SwarmlineProcess(args);
  const first = await open(config, 'w');
  tracker.signal('SIGHUP');
  await first.writeFile('port = 0\n');
  await first.close();
  await tracker.said(/listens on port/, 'err');
  const second = await open(config, 'w');
  await second.writeFile('port = 0\n');
  await second.close();
  await tracker.said(/Everything is read anew\./, 'err');
  tracker.signal('SIGTERM');
  expect(await tracker.ended()).toBe(0);
});

test('while it drains it answers on and is not ready, and its log is a line an event', async () => {
  const args = ['tracker', '--host', '127.0.0.1', '--port', '0', '--drain', '2', '--log', 'json'];
  const tracker = new SwarmlineProcess(args);
  const [url] = await tracker.said(/^http:\S+/m);
  const ready = async () => (await fetch(url.replace('/announce', '/ready'))).status;
  expect(await ready()).toBe(200);
  tracker.signal('SIGTERM');
  await tracker.said(/"event":"draining"/, 'err');
  expect(await ready()).toBe(503);
  expect(await announce(url, 'a')).toContain('10:incompletei1e');
  expect(await tracker.ended()).toBe(0);
  const lines = tracker.err.trimEnd().split('\n');
  const events = lines.map(line => (JSON.parse(line) as { event: string }).event);
  expect(events).toEqual(['listening', 'draining', 'stopped']);
});

test('what ends it is a line of the log too', async () => {
  const args = ['tracker', '--host', '127.0.0.1', '--port', '0', '--mode', 'private', '--log', 'json'];
  const tracker = new SwarmlineProcess(args);
  expect(await tracker.ended()).toBe(1);
  expect(JSON.parse(tracker.err)).toMatchObject({ level: 'error', event: 'failed', code: 'CONFIG_INVALID' });
});

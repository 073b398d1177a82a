import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { folderWith, swarmline } from '../../../test/command-line.ts';

test.skipIf(process.platform === 'win32')(
  'Ctrl-C ends the request for a torrent, and the program at once',
  { timeout: 20_000 },
  async () => {
    // It takes the request and never answers.
    const server = createServer();
    onTestFinished(() => {
      server.closeAllConnections();
      server.close();
    });
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const asked = once(server, 'request');
    const program = fileURLToPath(new URL('../../../bin/swarmline.js', import.meta.url));
    const running = spawn(process.execPath, [program, 'get', `http://127.0.0.1:${port}/film.torrent`]);
    const ended = once(running, 'exit');
    await asked;
    running.kill('SIGINT');
    expect(await ended).toEqual([130, null]);
  },
);

test('says what an address answers with, where that is no torrent, and takes a magnet link', async () => {
  const answers: Record<string, string> = {
    '/login': '<!doctype html><title>Please log in</title>',
    '/nothing': '',
    '/link': 'magnet:?xt=urn:btih:no-hash',
  };
  const server = createServer(({ url = '' }, response) => void response.end(answers[url]));
  onTestFinished(() => void server.close());
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const folder = folderWith();
  const said = async (path: string) => {
    const { status, err } = await swarmline(['get', `http://127.0.0.1:${port}${path}`, '-o', folder('out')]);
    expect(status).toBe(1);
    return err;
  };
  expect(await said('/login')).toContain('/login is a web page, not a torrent file');
  expect(await said('/nothing')).toContain('/nothing is empty.');
  expect(await said('/link')).toContain('Not a valid magnet link: "no-hash" after "btih:" is no info hash');
});

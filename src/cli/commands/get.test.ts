import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';

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

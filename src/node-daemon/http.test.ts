// Clients that are slow, or never come to an end: shut out in time, and nobody else waits for them.

import { connect } from 'node:net';
import { expect, it, onTestFinished } from 'vitest';
import { readBody } from './answers.ts';
import { serveDaemon } from './http.ts';

const HEAD = 'POST /x HTTP/1.1\r\nHost: 127.0.0.1\r\n';

it.each([
  ['before its head has come', HEAD],
  ['before a byte of it has come', ''],
  ['before all of its body has come', `${HEAD}Content-Length: 100\r\n\r\n{`],
])('who is silent %s is shut out, and others are answered meanwhile', async (_, sent) => {
  const port = await served();
  const slow = talk(port, sent);
  expect(await talk(port, `${HEAD}Content-Length: 2\r\nConnection: close\r\n\r\n{}`)).toMatch(
    /^HTTP\/1.1 204/,
  );
  expect(await slow).toMatch(/^(?:HTTP\/1.1 408[\s\S]*)?$/);
});

it('who sends a byte now and then is shut out all the same', async () => {
  const port = await served();
  let left = 100;
  const trickle = setInterval(() => left-- > 0 && socket.write('a'), 50);
  const socket = connect(port, '127.0.0.1', () => socket.write(`${HEAD}X-Long: `));
  onTestFinished(() => {
    clearInterval(trickle);
    socket.destroy();
  });
  socket.on('error', () => {});
  await new Promise<void>(resolve => {
    socket.once('close', () => resolve());
    socket.resume();
  });
  expect(left).toBeGreaterThan(0);
});

async function served(): Promise<number> {
  const { address, close } = await serveDaemon({
    host: '127.0.0.1',
    port: 0,
    access: () => ({ allowedHosts: [], token: undefined }),
    faces: [
      {
        owns: () => true,
        answer: async ({ request, response }) => {
          await readBody(request, 1000);
          response.writeHead(204).end();
        },
      },
    ],
    ready: Promise.resolve(),
    headMs: 1000,
    requestMs: 1500,
    onBug: error => {
      throw error;
    },
  });
  onTestFinished(close);
  return address.port;
}

/** All that is said until the other end hangs up. */
function talk(port: number, sent: string): Promise<string> {
  return new Promise(resolve => {
    let heard = '';
    const socket = connect(port, '127.0.0.1', () => socket.write(sent));
    onTestFinished(() => void socket.destroy());
    socket.on('data', data => {
      heard += data.toString('latin1');
    });
    socket.once('error', () => {});
    socket.once('close', () => resolve(heard));
  });
}

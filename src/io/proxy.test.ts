import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { expect, it, onTestFinished } from 'vitest';
import { nodeHttpClient } from './http-client.ts';

it('lets go of a proxy that says nothing when the request is given up', async () => {
  const open = new Set<Socket>();
  const silent = createServer(socket => {
    open.add(socket);
    socket.on('error', () => {}).on('close', () => open.delete(socket));
    socket.resume();
  });
  silent.listen(0, '127.0.0.1');
  await once(silent, 'listening');
  onTestFinished(() => void silent.close());
  const { port } = silent.address() as AddressInfo;
  for (const kind of ['socks5', 'http'] as const)
    for (const scheme of ['http', 'https']) {
      const http = nodeHttpClient({ proxy: { kind, host: '127.0.0.1', port } });
      const given = new AbortController();
      const { signal } = given;
      const url = `${scheme}://tracker.example/`;
      const asked = http.get({ url, timeoutMs: 20_000, maxBytes: 100, signal });
      await expect.poll(() => open.size).toBe(1);
      given.abort();
      await expect(asked).rejects.toThrow('the request was given up');
      await expect.poll(() => open.size).toBe(0);
    }
});

import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { expect, it, onTestFinished } from 'vitest';
import { nodeHttpClient } from './http-client.ts';
import { proxyStreams } from './proxy.ts';
import { reachedFrom } from './proxy-url.ts';
import { nodeStreams } from './tcp.ts';

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

// Every address that begins with 127 is this machine's on Linux alone.
it.runIf(process.platform === 'linux')('reaches the proxy from the address that it is bound to', async () => {
  const seen: (string | undefined)[] = [];
  const proxy = createServer(socket => {
    seen.push(socket.remoteAddress);
    socket.on('error', () => {}).destroy();
  });
  proxy.listen(0, '127.0.0.1');
  await once(proxy, 'listening');
  onTestFinished(() => void proxy.close());
  const { port } = proxy.address() as AddressInfo;
  for (const kind of ['socks5', 'http'] as const) {
    const bound = reachedFrom({ kind, host: '127.0.0.1', port }, '127.0.0.2');
    const request = { url: 'http://tracker.example/', timeoutMs: 20_000, maxBytes: 100 };
    await expect(nodeHttpClient({ proxy: bound }).get(request)).rejects.toThrow();
    const dialled = await new Promise(done =>
      proxyStreams(bound, nodeStreams).dial({ host: '10.1.2.3', port: 6881 }, 20_000, done),
    );
    expect(dialled).toBeInstanceOf(Error);
  }
  expect(seen).toEqual(Array.from({ length: 4 }, () => '127.0.0.2'));
});

it('is bound to nothing where any address will do', () => {
  const proxy = { kind: 'socks5', host: 'proxy.example', port: 1080 } as const;
  expect(reachedFrom(proxy, '::')).toBe(proxy);
  expect(reachedFrom(proxy, '0.0.0.0')).toBe(proxy);
  expect(reachedFrom(undefined, '10.0.0.1')).toBeUndefined();
});

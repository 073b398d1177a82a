import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { networkInterfaces } from 'node:os';
import { expect, it, onTestFinished } from 'vitest';
import type { Stream } from '../host/stream.ts';
import { Device, indexIn, indexIn6 } from './device.ts';
import { nodeHttpClient } from './http-client.ts';
import { Line } from './line.ts';

const LOOPBACK = 'lo';
const isHere = process.platform === 'linux' && LOOPBACK in networkInterfaces();
const tied = isHere ? it : it.skip;
const where = isHere ? '' : ' (NOT RUN: this system has no interface "lo")';

it('knows an interface by its name, in what the system says of those that are up', () => {
  const igmp = [
    'Idx\tDevice    : Count Querier\tGroup    Users Timer\tReporter',
    '1\tlo        :     1      V3',
    '\t\t\t\t010000E0     1 0:00000000\t\t0',
    '12\twg0       :     1      V3',
    '\t\t\t\t010000E0     1 0:00000000\t\t0',
  ].join('\n');
  expect(['lo', 'wg0', 'wg', 'Device', ''].map(name => indexIn(igmp, name))).toEqual([
    1,
    12,
    undefined,
    undefined,
    undefined,
  ]);
  const inet6 = 'fe80000000000000f08e60fffe3503bd 0c 40 20 c0      tun0\n';
  expect(indexIn6(inet6, 'tun0')).toBe(12);
  expect(indexIn6(inet6, 'tun')).toBeUndefined();
});

it('says where there is no such interface, or no way to be tied to one', async () => {
  await expect(Device.open('nothing0')).rejects.toMatchObject({ code: 'INTERFACE_UNAVAILABLE' });
});

tied(`TCP and UDP of an interface reach what is on it${where}`, async () => {
  const { streams, datagrams } = (await Line.open(LOOPBACK)).parts;
  const accepted: Stream[] = [];
  const listener = await streams.listen({ host: '127.0.0.1', port: 0 }, stream => {
    accepted.push(stream);
    stream.onBytes = bytes => stream.write([bytes.slice()]);
  });
  onTestFinished(() => listener.close());
  const dialled = await new Promise<Stream>((resolve, reject) => {
    streams.dial(listener.address, 5000, result =>
      result instanceof Error ? reject(result) : resolve(result),
    );
  });
  const back = new Promise<Uint8Array>(resolve => {
    dialled.onBytes = bytes => resolve(bytes.slice());
  });
  dialled.write([new Uint8Array([1, 2, 3])]);
  expect(await back).toEqual(new Uint8Array([1, 2, 3]));
  for (const stream of [dialled, ...accepted]) stream.close();

  const [here, there] = await Promise.all([0, 1].map(() => datagrams!.bind({ host: '127.0.0.1', port: 0 })));
  onTestFinished(() => [here!, there!].forEach(socket => void socket.close()));
  const came = new Promise<string>(resolve => {
    there!.onDatagram = (bytes, host, port) => resolve(`${bytes[0]} ${host} ${port}`);
  });
  there!.keepAlive(true);
  here!.send(new Uint8Array([7]), '127.0.0.1', there!.address.port);
  expect(await came).toBe(`7 127.0.0.1 ${here!.address.port}`);
});

tied(`requests by HTTP go by it, kept connections and those that were just closed too${where}`, async () => {
  let asked = 0;
  const server = createServer((_, response) => response.end(`${++asked}`));
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  const http = nodeHttpClient({ keepAlive: true, line: await Line.open(LOOPBACK) });
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  const get = async () =>
    Buffer.from((await http.get({ url, timeoutMs: 5000, maxBytes: 100 })).body).toString();
  expect(await get()).toBe('1');
  expect(await get()).toBe('2');
  server.closeAllConnections();
  expect(await get()).toBe('3');
});

tied(`a request that is given up ends the connection that is being made for it${where}`, async () => {
  const http = nodeHttpClient({ line: await Line.open(LOOPBACK) });
  // By that interface it reaches nobody, and nobody says so.
  const given = new AbortController();
  const { signal } = given;
  const asked = http.get({ url: 'http://192.0.2.1/', timeoutMs: 20_000, maxBytes: 100, signal });
  await expect.poll(connecting).toBe(1);
  given.abort();
  await expect(asked).rejects.toThrow('the request was given up');
  await expect.poll(connecting).toBe(0);
});

function connecting(): number {
  return process.getActiveResourcesInfo().filter(name => /ConnectWrap$/.test(name)).length;
}

// On a machine with several addresses an answer by UDP leaves from the one that was asked: a client drops what comes from
// elsewhere. IPv4 by loopback's many addresses; IPv6 in a network of its own, for loopback has one there.

import { execFileSync, spawnSync } from 'node:child_process';
import { createSocket, type RemoteInfo } from 'node:dgram';
import { once } from 'node:events';
import { expect, onTestFinished, test } from 'vitest';
import { formatIp } from '../src/core/bytes/compact-address.ts';
import type { DatagramHandler } from '../src/host/datagram.ts';
import { nodeClock } from '../src/io/clock.ts';
import { serveDatagrams } from '../src/io/udp-server.ts';

/** Answers at once with what it got, and with the address that was asked. */
const echo: DatagramHandler = ({ bytes, length, localIp, answer }) => {
  answer.set(bytes.subarray(0, length));
  answer.set(localIp ?? [], length);
  return length + (localIp?.length ?? 0);
};

test.each(['127.0.0.1', '127.0.0.2', '127.1.2.3'])(
  'an answer leaves from %s where that was asked',
  async to => {
    const server = await serveDatagrams({ host: '0.0.0.0', port: 0 }, echo, nodeClock);
    onTestFinished(() => server.close());
    expect(server.isInBatches).toBe(true);
    const [answer, from] = await ask(to, server.address.port);
    expect([from.address, formatIp(answer.subarray(2))]).toEqual([to, to]);
  },
);

test('so does one that was not ready at once', async () => {
  const later: DatagramHandler = ({ bytes, length, ip, port, localIp }) => {
    const copies = [bytes.slice(0, length), ip.slice(), localIp?.slice()] as const;
    setImmediate(() => server.send(copies[0], copies[1], port, copies[2]));
    return 0;
  };
  const server = await serveDatagrams({ host: '0.0.0.0', port: 0 }, later, nodeClock);
  onTestFinished(() => server.close());
  for (const to of ['127.0.0.2', '127.0.0.3', '127.0.0.1']) {
    const [answer, from] = await ask(to, server.address.port);
    expect([from.address, answer.toString()]).toEqual([to, 'hi']);
  }
});

test('many at a time leave each from their own', async () => {
  const server = await serveDatagrams({ host: '0.0.0.0', port: 0 }, echo, nodeClock);
  onTestFinished(() => server.close());
  const hosts = Array.from({ length: 200 }, (_, i) => `127.0.1.${i + 1}`);
  const answers = await Promise.all(hosts.map(host => ask(host, server.address.port)));
  expect(answers.map(([, from]) => from.address)).toEqual(hosts);
});

const hasNamespaces = spawnSync('unshare', ['-rn', 'ip', 'link', 'set', 'lo', 'up']).status === 0;

test.skipIf(!hasNamespaces)('over IPv6 too, at once and later', () => {
  const dist = new URL('../dist/', import.meta.url).href;
  const script = `
    const { serveDatagrams } = await import('${dist}io/udp-server.js');
    const { createSocket } = await import('node:dgram');
    const { once } = await import('node:events');
    const clock = { now: () => 0 };
    const answer = ({ bytes, length, ip, port, localIp, answer }) => {
      answer.set(bytes.subarray(0, length));
      if (bytes[0] === 1) return length;
      const copies = [bytes.slice(0, length), ip.slice(), localIp.slice()];
      setImmediate(() => server.send(copies[0], copies[1], port, copies[2]));
      return 0;
    };
    const server = await serveDatagrams({ host: '::', port: 0 }, answer, clock);
    for (const to of ['fd00::1', 'fd00::2', '::1'])
      for (const first of [1, 2]) {
        const socket = createSocket('udp6');
        socket.bind(0, 'fd00::1');
        await once(socket, 'listening');
        socket.send(Buffer.from([first]), server.address.port, to);
        const [, from] = await once(socket, 'message');
        console.log(to, from.address);
        socket.close();
      }
    await server.close();`;
  const addresses = ['fd00::1', 'fd00::2'].map(ip => `ip -6 address add ${ip}/128 dev lo nodad`).join(' && ');
  const command = `ip link set lo up && ${addresses} && exec "$0" --input-type=module -e "$1"`;
  const told = execFileSync('unshare', ['-rn', 'sh', '-c', command, process.execPath, script], {
    encoding: 'utf8',
    timeout: 20_000,
  });
  const asked = ['fd00::1', 'fd00::2', '::1'].flatMap(to => [`${to} ${to}`, `${to} ${to}`]);
  expect(told.trim().split('\n')).toEqual(asked);
});

/** Asks from 127.0.0.1, again where it is lost. */
async function ask(host: string, port: number): Promise<[Buffer, RemoteInfo]> {
  const socket = createSocket('udp4');
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  const send = () => socket.send('hi', port, host);
  const again = setInterval(send, 300);
  send();
  try {
    return (await once(socket, 'message')) as [Buffer, RemoteInfo];
  } finally {
    clearInterval(again);
    socket.close();
  }
}

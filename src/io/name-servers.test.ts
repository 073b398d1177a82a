import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { expect, it, onTestFinished } from 'vitest';
import { nameServers, serversIn } from './name-servers.ts';
import { nodeDatagrams } from './udp.ts';

/** Answers each question with what `answer` makes of it, and none where that is undefined. Its port. */
async function server(answer: (question: Buffer, isIpv4: boolean) => Buffer | undefined): Promise<number> {
  const socket = createSocket('udp4');
  socket.on('message', (question, { port, address }) => {
    const made = answer(question, question.readUInt16BE(question.length - 4) === 1);
    if (made !== undefined) socket.send(made, port, address);
  });
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  onTestFinished(() => void socket.close());
  return socket.address().port;
}

const resolver = (port: number, timeoutMs = 3000) =>
  nameServers(nodeDatagrams, { servers: ['127.0.0.1'], port, timeoutMs });

function reply(question: Buffer, code: number, records: readonly string[] = []): Buffer {
  const bytes = Buffer.concat([question, ...records.map(record => Buffer.from(record, 'hex'))]);
  bytes.writeUInt16BE(0x8180 | code, 2);
  bytes.writeUInt16BE(records.length, 6);
  return bytes;
}

it('asks for both families, and has the addresses of both', async () => {
  const port = await server((question, isIpv4) =>
    reply(question, 0, [
      isIpv4
        ? 'c00c000100010000003c000414000001'
        : 'c00c001c00010000003c001020010db8000000000000000000000001',
    ]),
  );
  expect(await resolver(port).resolve('tracker.example.org')).toEqual(['20.0.0.1', '2001:db8::1']);
});

it('asks again where no answer comes, and believes no answer to another question', async () => {
  let asked = 0;
  const port = await server((question, isIpv4) => {
    if (asked++ < 2) {
      const other = reply(question, 0, ['c00c000100010000003c000466666666']);
      other[0]! ^= 0xff;
      return other;
    }
    return reply(question, 0, isIpv4 ? ['c00c000100010000003c000414000001'] : []);
  });
  expect(await resolver(port, 1000).resolve('tracker.example.org')).toEqual(['20.0.0.1']);
  expect(asked).toBe(4);
});

it('says what is wrong: no such host, no answer, no name server', async () => {
  const none = await server(question => reply(question, 3));
  await expect(resolver(none).resolve('nowhere.example')).rejects.toThrow('there is no host of that name');
  const silent = await server(() => undefined);
  await expect(resolver(silent, 50).resolve('a.example')).rejects.toThrow('no name server answers');
  const nobody = nameServers(nodeDatagrams, { servers: [] });
  await expect(nobody.resolve('a.example')).rejects.toThrow('name one with --dns');
  expect(await nobody.resolve('20.0.0.1')).toEqual(['20.0.0.1']);
});

it('reads who is to be asked, but for who is on this machine', () => {
  const text = 'search home\n# nameserver 9.9.9.9\nnameserver 127.0.0.53\nnameserver 192.168.1.1 # router\n';
  expect(serversIn(`${text}nameserver fe80::1%eth0\nnameserver 2001:db8::53\n`)).toEqual([
    '192.168.1.1',
    'fe80::1',
    '2001:db8::53',
  ]);
});

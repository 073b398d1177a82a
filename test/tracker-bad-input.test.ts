// What a tracker is sent by those who mean it no good, or cannot do better, at the command as it is run: each gets a clear failure or
// silence, and afterwards the tracker answers as before, with as many files open as before.

import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { connect } from 'node:net';
import { expect, onTestFinished, test, vi } from 'vitest';
import { seededRandom } from '../src/core/bytes/prng.ts';
import { encodeUdpConnect } from '../src/core/tracker/udp.ts';
import { SwarmlineProcess } from './interop/swarmline-process.ts';

const HASH = 'a'.repeat(20);
const PEER = 'p'.repeat(20);
const announce = (more: string) => `/announce?info_hash=${HASH}&peer_id=${PEER}${more}`;
const ok = 'd8:complete';
const failure = (reason: string) => `14:failure reason${reason.length}:${reason}`;

/** By HTTP: the path, and how the answer goes. */
const PATHS: readonly [string, string, string | RegExp][] = [
  [
    'a hash of 19 bytes',
    `/announce?info_hash=${'a'.repeat(19)}`,
    failure('info_hash must be 20 percent-encoded bytes.'),
  ],
  [
    'a hash of 21 bytes',
    `/announce?info_hash=${'a'.repeat(21)}`,
    failure('info_hash must be 20 percent-encoded bytes.'),
  ],
  ['a broken hash', `/announce?info_hash=%zz${'a'.repeat(18)}`, /failure reason/],
  [
    'a short peer id',
    `/announce?info_hash=${HASH}&peer_id=p`,
    failure('peer_id must be 20 percent-encoded bytes.'),
  ],
  ['port 0', announce('&port=0&left=1'), failure('port must be 1 to 65535.')],
  ['port 65,536', announce('&port=65536&left=1'), failure('port must be 1 to 65535.')],
  ['port -1', announce('&port=-1&left=1'), failure('port must be a whole number.')],
  ['no port', announce('&left=1'), failure('The query has no port.')],
  ['left below 0', announce('&port=1&left=-1'), failure('left must be a whole number.')],
  ['left beyond what can be counted', announce('&port=1&left=99999999999999999999'), ok],
  ['numwant below 0', announce('&port=1&left=1&numwant=-9'), ok],
  ['an absurd numwant', announce('&port=1&left=1&numwant=999999999999'), ok],
  [
    'a numwant that is none',
    announce('&port=1&left=1&numwant=all'),
    failure('numwant must be a whole number.'),
  ],
  ['an event that is none', announce('&port=1&left=1&event=banana'), ok],
  ['left twice', announce('&port=1&left=1&left=2'), failure('The query has left twice.')],
  [
    'info_hash twice',
    announce(`&port=1&left=1&info_hash=${HASH}`),
    failure('The query has info_hash twice.'),
  ],
  ['600 parameters', `/announce?${'a=1&'.repeat(600)}`, failure('The query has too many parameters.')],
  ['no parameters', '/announce', failure('The query has no info_hash.')],
  ['a scrape of everything', '/scrape', failure('The query has no info_hash.')],
  ['a scrape of 200', `/scrape?${`info_hash=${HASH}&`.repeat(200)}`, /failure reason/],
  ['a URL of 9 KB', `/announce?${'x'.repeat(9_000)}`, '414 URI Too Long'],
  ['a URL of 1 MB', `/announce?${'x'.repeat(1 << 20)}`, '431 Request Header Fields Too Large'],
  ['another path', '/etc/passwd', '404 Not Found'],
];

const head = 'GET / HTTP/1.1\r\nHost: t\r\n';
const upgrade = `${head}Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n`;
const opened = `${upgrade}Sec-WebSocket-Key: ${'A'.repeat(22)}==\r\n\r\n`;
const wsRefused = (reason: string) => `"failure reason":"${reason}"`;
const NO_JSON = 'The message is not JSON of the kind that is spoken here.';

/** As bytes over TCP. */
const BYTES: readonly [string, string | Buffer, string | RegExp][] = [
  ['no HTTP', '\0\x01\x02\r\n\r\n', '400 Bad Request'],
  ['a body', `POST /announce HTTP/1.1\r\nHost: t\r\nContent-Length: 3\r\n\r\nabc`, '413 Payload Too Large'],
  ['two lengths', `${head}Content-Length: 0\r\nContent-Length: 9\r\n\r\n`, '400 Bad Request'],
  [
    '101 fields',
    `${head}${Array.from({ length: 101 }, (_, i) => `f${i}: x\r\n`).join('')}\r\n`,
    '400 Bad Request',
  ],
  ['a handshake without a key', `${upgrade}\r\n`, '400 Bad Request'],
  ['JSON that is deep', frames('['.repeat(9_999)), wsRefused(NO_JSON)],
  ['JSON that is huge', frames(`"${'x'.repeat(300_000)}"`), 'The message is longer than is read here.'],
  ['no JSON', frames('hello'), wsRefused(NO_JSON)],
  [
    'a field twice',
    frames('{"action":"announce","action":"scrape"}'),
    wsRefused('The message has action twice.'),
  ],
  ['another action', frames('{"action":"fly"}'), wsRefused('action must be announce or scrape.')],
  [
    'a short hash',
    frames('{"action":"announce","info_hash":"abc"}'),
    /"failure reason":"info_hash must be 20 bytes/,
  ],
  [
    'a frame without a mask',
    Buffer.concat([Buffer.from(opened), Buffer.from([0x81, 1, 65])]),
    'This is no frame of',
  ],
  ['text that is no UTF-8', frames(Buffer.from([0xff, 0xfe])), 'The message is not UTF-8.'],
];

/** By UDP, behind a good connection id where `id`: how the announce is changed, and the error; '' is no answer, undefined a good one. */
const DATAGRAMS: readonly [string, (bytes: Buffer) => Buffer, string | undefined][] = [
  ['a good one', bytes => bytes, undefined],
  ['cut off', bytes => bytes.subarray(0, 97), 'The announce is cut off.'],
  ['cut off in its head', bytes => bytes.subarray(0, 15), ''],
  ['empty', () => Buffer.alloc(0), ''],
  ['of 3,000 bytes', bytes => Buffer.concat([bytes, Buffer.alloc(2_902)]), ''],
  ['of 60,000 bytes', bytes => Buffer.concat([bytes, Buffer.alloc(59_902)]), ''],
  ['another action', bytes => with32(bytes, 8, 9), ''],
  ['the action of an error', bytes => with32(bytes, 8, 3), ''],
  ['port 0', bytes => with32(bytes, 94, 0), 'port must be 1 to 65535.'],
  ['an absurd want', bytes => with32(bytes, 92, 0x7fffffff), undefined],
  ['a want below 0', bytes => with32(bytes, 92, 0xfffffff0), undefined],
  ['an event that is none', bytes => with32(bytes, 80, 77), undefined],
  ['left of 2^64 - 1', bytes => with32(with32(bytes, 64, 0xffffffff), 68, 0xffffffff), undefined],
  ['an id that was never given', bytes => with32(bytes, 4, 1), ''],
  ['a scrape of nothing', bytes => with32(bytes, 8, 2).subarray(0, 16), 'The scrape names no torrent.'],
  ['a scrape that is cut off', bytes => with32(bytes, 8, 2).subarray(0, 50), 'The scrape is cut off.'],
];

test.each([1, 2])(
  'bad input is refused or not answered, and does no harm, with %i threads',
  async workers => {
    const limits = ['--rate', '0', '--workers', `${workers}`];
    const tracker = new SwarmlineProcess(['tracker', '--host', '127.0.0.1', '--port', '0', ...limits]);
    const [, port] = await tracker.said(/^udp:\/\/\S+:(\d+)\/announce$/m);
    const at = Number(port);
    const filesBefore = openFiles(tracker.pid);

    for (const [what, path, answer] of PATHS)
      expect(await overTcp(at, `GET ${path} HTTP/1.1\r\nHost: t\r\n\r\n`), what).toMatch(expected(answer));
    for (const [what, bytes, answer] of BYTES)
      expect(await overTcp(at, bytes), what).toMatch(expected(answer));

    const peer = await UdpPeer.at(at);
    for (const [what, change, error] of DATAGRAMS)
      expect(await peer.told(change), what).toBe(error ?? 'good');
    const random = seededRandom(workers);
    for (let i = 0; i < 5_000; i++) {
      peer.send(random.fill(Buffer.alloc(random.below(200))));
      if (i % 100 === 0) await peer.told(bytes => bytes);
    }
    // Half a handshake, and gone.
    for (let i = 0; i < 40; i++) await overTcp(at, opened.slice(0, 60 + i), 0);

    expect(await overTcp(at, `GET ${announce('&port=1&left=1')} HTTP/1.1\r\nHost: t\r\n\r\n`)).toContain(ok);
    await vi.waitFor(() => expect(openFiles(tracker.pid)).toBeLessThanOrEqual(filesBefore + 1), 10_000);
    tracker.signal('SIGTERM');
    expect(await tracker.ended()).toBe(0);
    expect(tracker.err).not.toMatch(/warn|error/);
  },
);

/** All that comes until `wanted` bytes are there, or the other end is done; then the connection is cut. */
function overTcp(port: number, bytes: string | Buffer, wanted = 30): Promise<string> {
  return new Promise(resolve => {
    let text = '';
    const socket = connect(port, '127.0.0.1', () => {
      socket.write(bytes);
      if (wanted === 0) socket.resetAndDestroy();
    });
    socket.setEncoding('latin1').on('data', (data: string) => {
      text += data;
      const isUpgraded = text.startsWith('HTTP/1.1 101');
      const body = text.slice(text.indexOf('\r\n\r\n') + 4);
      if (text.includes('\r\n\r\n') && (isUpgraded ? body.length > 2 : body.length >= lengthOf(text)))
        socket.destroy();
    });
    socket.on('error', () => {}).once('close', () => resolve(text));
  });
}

function lengthOf(text: string): number {
  return Number(/content-length: (\d+)/.exec(text)?.[1] ?? 0);
}

class UdpPeer {
  readonly #socket = createSocket('udp4');
  readonly #port: number;
  #id: Uint8Array = new Uint8Array(8);
  #transaction = 1;

  private constructor(port: number) {
    this.#port = port;
    onTestFinished(() => void this.#socket.close());
  }

  static async at(port: number): Promise<UdpPeer> {
    const peer = new UdpPeer(port);
    peer.#socket.bind(0, '127.0.0.1');
    await once(peer.#socket, 'listening');
    peer.send(encodeUdpConnect(7));
    const [answer] = (await once(peer.#socket, 'message')) as [Buffer];
    peer.#id = answer.subarray(8, 16);
    return peer;
  }

  send(bytes: Uint8Array): void {
    this.#socket.send(bytes, this.#port, '127.0.0.1');
  }

  /** The error that an announce gets; 'good' where it gets none, '' where a good one that was sent behind it is answered first. */
  async told(change: (bytes: Buffer) => Buffer): Promise<string> {
    const [asked, behind] = [this.#transaction++, this.#transaction++];
    this.send(change(this.#announce(asked)));
    this.send(this.#announce(behind));
    let told = '';
    for (;;) {
      const [answer] = (await once(this.#socket, 'message')) as [Buffer];
      if (answer.readUInt32BE(4) === asked)
        told = answer.readUInt32BE(0) === 3 ? answer.subarray(8).toString() : 'good';
      else if (answer.readUInt32BE(4) === behind) return told;
    }
  }

  #announce(transaction: number): Buffer {
    const bytes = Buffer.alloc(98, 'u');
    bytes.set(this.#id);
    for (const [at, value] of [
      [8, 1],
      [12, transaction],
      [64, 0],
      [68, 1],
      [80, 0],
      [92, 10],
    ] as const)
      bytes.writeUInt32BE(value, at);
    bytes.writeUInt16BE(6_881, 96);
    return bytes;
  }
}

function with32(bytes: Buffer, at: number, value: number): Buffer {
  bytes.writeUInt32BE(value, at);
  return bytes;
}

/** A WebSocket that is opened, and one frame of text over it. */
function frames(text: string | Buffer): Buffer {
  const payload = Buffer.from(text);
  const { length } = payload;
  const begin = length < 126 ? 2 : length < 65_536 ? 4 : 10;
  const frame = Buffer.alloc(begin + 4);
  frame[0] = 0x81;
  frame[1] = 0x80 | (begin === 2 ? length : begin === 4 ? 126 : 127);
  if (begin === 4) frame.writeUInt16BE(length, 2);
  if (begin === 10) frame.writeUInt32BE(length, 6);
  return Buffer.concat([Buffer.from(opened), frame, payload]);
}

function expected(answer: string | RegExp): RegExp {
  return typeof answer === 'string'
    ? new RegExp(answer.replace(/[.*+?^\x24{}()|[\]\\]/g, '\\\x24&'))
    : answer;
}

function openFiles(pid: number): number {
  return process.platform === 'linux' ? readdirSync(`/proc/${pid}/fd`).length : 0;
}

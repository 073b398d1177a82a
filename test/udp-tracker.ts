// A small UDP tracker (BEP 15, 41) for tests: swarms in memory, on loopback, with the manners that a test asks for. Written
// from the BEPs, and from nothing of ours but addresses.

import { createSocket, type RemoteInfo, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { onTestFinished } from 'vitest';
import { encodeCompact } from '../src/core/bytes/compact-address.ts';

export interface UdpAnnounce {
  readonly infoHash: string;
  readonly port: number;
  readonly left: bigint;
  readonly event: 'none' | 'completed' | 'started' | 'stopped';
  readonly numWant: number;
  readonly key: number;
  /** BEP 41, "URLData" */
  readonly urlData: string;
  readonly family: 'IPv4' | 'IPv6';
  /** Where it came from. */
  readonly host: string;
}

export class TestUdpTracker {
  readonly port: number;
  readonly announces: UdpAnnounce[] = [];
  connects = 0;
  scrapes = 0;
  /** What announces are refused with. */
  refusal: string | undefined;
  intervalSeconds = 1800;
  readonly #sockets: readonly Socket[];
  /** By info hash in hex: peers by address, and how much each has left. */
  readonly #swarms = new Map<string, Map<string, { address: Uint8Array; left: bigint }>>();
  readonly #ids = new Set<bigint>();

  private constructor(sockets: readonly Socket[]) {
    this.#sockets = sockets;
    this.port = sockets[0]!.address().port;
    for (const socket of sockets) socket.on('message', (bytes, from) => this.#received(socket, bytes, from));
  }

  /** Runs until the test is over, on 127.0.0.1 and ::1. */
  static async start(): Promise<TestUdpTracker> {
    const ipv4 = createSocket('udp4').bind(0, '127.0.0.1');
    await once(ipv4, 'listening');
    const ipv6 = createSocket({ type: 'udp6', ipv6Only: true }).bind(ipv4.address().port, '::1');
    await once(ipv6, 'listening');
    const tracker = new TestUdpTracker([ipv4, ipv6]);
    onTestFinished(() => tracker.close());
    return tracker;
  }

  /** Forgets the connection ids that it gave, as a tracker that was started anew. */
  forgetIds(): void {
    this.#ids.clear();
  }

  peerCount(infoHash: string): number {
    return this.#swarms.get(infoHash)?.size ?? 0;
  }

  close(): void {
    for (const socket of this.#sockets) socket.close();
  }

  #received(socket: Socket, bytes: Buffer, from: RemoteInfo): void {
    const answer = this.#answer(bytes, from);
    socket.send(answer, from.port, from.address);
  }

  #answer(bytes: Buffer, from: RemoteInfo): Buffer {
    const action = bytes.readUInt32BE(8);
    const transaction = bytes.subarray(12, 16);
    if (action === 0) {
      if (bytes.readBigUInt64BE(0) !== 0x41727101980n) throw new Error('a connect without its constant');
      this.connects++;
      const id = Buffer.alloc(8);
      id.writeBigUInt64BE((BigInt(this.connects) << 32n) | BigInt(from.port));
      this.#ids.add(id.readBigUInt64BE());
      return Buffer.concat([word(0), transaction, id]);
    }
    if (!this.#ids.has(bytes.readBigUInt64BE(0))) return refuse(transaction, 'Connection ID mismatch.');
    if (action === 2) return this.#scrape(bytes, transaction);
    if (this.refusal !== undefined) return refuse(transaction, this.refusal);
    return this.#announce(bytes, transaction, from);
  }

  #announce(bytes: Buffer, transaction: Buffer, from: RemoteInfo): Buffer {
    const announce: UdpAnnounce = {
      infoHash: bytes.subarray(16, 36).toString('hex'),
      left: bytes.readBigUInt64BE(64),
      event: (['none', 'completed', 'started', 'stopped'] as const)[bytes.readUInt32BE(80)]!,
      key: bytes.readUInt32BE(88),
      numWant: bytes.readInt32BE(92),
      port: bytes.readUInt16BE(96),
      urlData: urlDataOf(bytes.subarray(98)),
      family: from.family,
      host: from.address,
    };
    this.announces.push(announce);
    const swarm = this.#swarms.get(announce.infoHash) ?? new Map();
    this.#swarms.set(announce.infoHash, swarm);
    const address = encodeCompact({ host: from.address, port: announce.port })!;
    if (announce.event === 'stopped') swarm.delete(address.join());
    else swarm.set(address.join(), { address, left: announce.left });
    const members = [...swarm.values()];
    const seeds = members.filter(({ left }) => left === 0n).length;
    // BEP 15, "IPv6": the family of the datagram is the family of the addresses in the answer.
    const peers = members
      .filter(member => member.address.length === address.length)
      .map(member => member.address);
    const head = [
      word(1),
      transaction,
      word(this.intervalSeconds),
      word(members.length - seeds),
      word(seeds),
    ];
    return Buffer.concat([...head, ...peers]);
  }

  #scrape(bytes: Buffer, transaction: Buffer): Buffer {
    this.scrapes++;
    const counts: Buffer[] = [];
    for (let at = 16; at + 20 <= bytes.length; at += 20) {
      const members = [...(this.#swarms.get(bytes.subarray(at, at + 20).toString('hex'))?.values() ?? [])];
      const seeds = members.filter(({ left }) => left === 0n).length;
      counts.push(word(seeds), word(7), word(members.length - seeds));
    }
    return Buffer.concat([word(2), transaction, ...counts]);
  }
}

function urlDataOf(options: Buffer): string {
  let text = '';
  for (let at = 0; at < options.length && options[at] !== 0; ) {
    if (options[at] === 1) {
      at++;
      continue;
    }
    const length = options[at + 1]!;
    if (options[at] === 2) text += options.toString('latin1', at + 2, at + 2 + length);
    at += 2 + length;
  }
  return text;
}

function refuse(transaction: Buffer, reason: string): Buffer {
  return Buffer.concat([word(3), transaction, Buffer.from(reason)]);
}

function word(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

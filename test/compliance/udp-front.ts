// What every front of the tracker over UDP must do, told by plain sockets on loopback: whatever carries the datagrams, the
// answers are the same. Each front's test calls this with a way to start one.

import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { describe, expect, it, onTestFinished } from 'vitest';
import { formatAddress } from '../../src/core/bytes/compact-address.ts';
import {
  encodeUdpAnnounce,
  encodeUdpConnect,
  encodeUdpScrape,
  parseUdpAnswer,
} from '../../src/core/tracker/udp.ts';
import type { UdpFront } from '../../src/node-tracker/udp-front.ts';

/** `start` listens for both families, on one port that the system chooses, with a swarm state of its own. */
export function describeUdpFront(name: string, start: () => Promise<UdpFront>): void {
  describe(`${name} as a front of the tracker`, () => {
    it.each(['127.0.0.1', '::1'])('introduces peers on %s to each other', async host => {
      const port = await open(start);
      const [one, two] = [await UdpVisitor.at(host, port), await UdpVisitor.at(host, port)];
      expect(await one.announce({ port: 1 })).toEqual([]);
      expect(await two.announce({ port: 2 })).toEqual([formatAddress({ host, port: 1 })]);
      expect(await one.announce({ port: 1 })).toEqual([formatAddress({ host, port: 2 })]);
      expect(await two.scrape(hash(1))).toEqual({ complete: 0, incomplete: 2, downloaded: 0 });
      await two.announce({ port: 2, event: 'stopped' });
      expect(await one.announce({ port: 1 })).toEqual([]);
    });

    it('has one swarm state for both families, and tells each its own peers', async () => {
      const port = await open(start);
      const [old, young] = [await UdpVisitor.at('127.0.0.1', port), await UdpVisitor.at('::1', port)];
      await old.announce({ port: 1, left: 0 });
      expect(await young.announce({ port: 2 })).toEqual([]);
      expect(await young.scrape(hash(1))).toEqual({ complete: 1, incomplete: 1, downloaded: 0 });
    });

    it('is silent towards what is forged, too short, or too long, and goes on', async () => {
      const port = await open(start);
      const peer = await UdpVisitor.at('127.0.0.1', port);
      const forged = encodeUdpAnnounce(new Uint8Array(8).fill(9), 1, PLAIN, '');
      for (const bytes of [forged, new Uint8Array(0), new Uint8Array(15), new Uint8Array(9_000)])
        peer.send(bytes);
      // Datagrams of one socket come in order: whatever was answered to those would have come before this.
      expect(await peer.announce({ port: 1 })).toEqual([]);
      expect(peer.strays).toBe(0);
    });

    it('answers many at a time, each sender with his own', async () => {
      const port = await open(start);
      const peers = await Promise.all(Array.from({ length: 20 }, () => UdpVisitor.at('127.0.0.1', port)));
      await Promise.all(
        peers.flatMap((peer, i) =>
          [1, 2, 3].map(async swarm => {
            await peer.announce({ port: i + 1, infoHash: hash(swarm), left: 0 });
          }),
        ),
      );
      for (const swarm of [1, 2, 3])
        expect(await peers[0]!.scrape(hash(swarm))).toEqual({ complete: 20, incomplete: 0, downloaded: 0 });
    });

    it('gives more peers than one short datagram holds', async () => {
      const port = await open(start);
      const peer = await UdpVisitor.at('127.0.0.1', port);
      for (let i = 1; i <= 250; i++) await peer.announce({ port: i });
      expect(await peer.announce({ port: 1, numWant: 200 })).toHaveLength(200);
    });

    it('leaves its port when it is closed', async () => {
      const front = await start();
      await front.close();
      const socket = createSocket('udp4');
      onTestFinished(() => void socket.close());
      socket.bind(front.address.port, '127.0.0.1');
      await once(socket, 'listening');
    });
  });
}

async function open(start: () => Promise<UdpFront>): Promise<number> {
  const front = await start();
  onTestFinished(() => front.close());
  return front.address.port;
}

/** A client that has its connection id. What is not answered it asks again. */
export class UdpVisitor {
  strays = 0;
  readonly #socket: Socket;
  readonly #to: { readonly host: string; readonly port: number };
  readonly #waiting = new Map<number, (bytes: Uint8Array) => void>();
  #connectionId = new Uint8Array(8);
  #transaction = 100;

  private constructor(socket: Socket, to: { readonly host: string; readonly port: number }) {
    this.#socket = socket;
    this.#to = to;
    socket.on('message', bytes => {
      const transaction = bytes.length < 8 ? -1 : bytes.readUInt32BE(4);
      const waiting = this.#waiting.get(transaction);
      if (waiting === undefined) this.strays++;
      this.#waiting.delete(transaction);
      waiting?.(bytes);
    });
  }

  static async at(host: string, port: number): Promise<UdpVisitor> {
    const socket = createSocket(host.includes(':') ? 'udp6' : 'udp4');
    onTestFinished(() => void socket.close());
    socket.bind(0, host);
    await once(socket, 'listening');
    const visitor = new UdpVisitor(socket, { host, port });
    const answer = await visitor.#ask(encodeUdpConnect);
    if (answer.action !== 'connect') throw new Error(`A connect was answered with ${answer.action}.`);
    visitor.#connectionId = answer.connectionId.slice();
    return visitor;
  }

  send(bytes: Uint8Array, port = this.#to.port): void {
    this.#socket.send(bytes, port, this.#to.host);
  }

  /** The peers that it is told. `url` is the path that it announces to. */
  async announce(more: object, url = '/announce'): Promise<string[]> {
    return (await this.asked(more, url)).peers.map(formatAddress).sort();
  }

  /** The whole answer. */
  async asked(more: object, url = '/announce') {
    const answer = await this.#ask(transaction =>
      encodeUdpAnnounce(this.#connectionId, transaction, { ...PLAIN, ...more }, url),
    );
    if (answer.action !== 'announce') throw new Error(JSON.stringify(answer));
    return answer.answer;
  }

  /** What is sent and not waited for. */
  announceBytes(more: object): Uint8Array {
    return encodeUdpAnnounce(this.#connectionId, this.#transaction++, { ...PLAIN, ...more }, '/announce');
  }

  async scrape(infoHash: Uint8Array): Promise<object> {
    const answer = await this.#ask(transaction =>
      encodeUdpScrape(this.#connectionId, transaction, [infoHash]),
    );
    if (answer.action !== 'scrape') throw new Error(JSON.stringify(answer));
    return answer.counts[0]!;
  }

  async #ask(requestOf: (transaction: number) => Uint8Array) {
    const transaction = this.#transaction++;
    const ask = () => this.send(requestOf(transaction));
    const again = setInterval(ask, RETRANSMIT_MS);
    const bytes = await new Promise<Uint8Array>(resolve => {
      this.#waiting.set(transaction, resolve);
      ask();
    });
    clearInterval(again);
    return parseUdpAnswer(bytes, this.#to.host.includes(':') ? 16 : 4);
  }
}

function hash(n: number): Uint8Array {
  return new Uint8Array(20).fill(n);
}

const RETRANSMIT_MS = 300;
const PLAIN = { infoHash: hash(1), peerId: hash(2), port: 1, uploaded: 0, downloaded: 0, left: 1, key: 3 };

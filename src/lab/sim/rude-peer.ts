// A peer that does what its script says, at the level of messages: what no session would ever do. It greets as a good one
// does; all the rest is the script's.

import type { Address } from '../../core/bytes/compact-address.ts';
import { wireInfoHashes } from '../../core/metainfo/metainfo.ts';
import { Decoder } from '../../core/wire/decoder.ts';
import { Encoder } from '../../core/wire/encoder.ts';
import { encodeHandshake, HandshakeReader } from '../../core/wire/handshake.ts';
import type { Message } from '../../core/wire/message.ts';
import type { Stream } from '../../host/stream.ts';
import type { SimContent } from './sim-content.ts';
import type { SimHost, SimHostOptions } from './sim-host.ts';
import type { World } from './world.ts';

/** One of its connections. */
export interface RudeConnection {
  readonly world: World;
  readonly content: SimContent;
  readonly stream: Stream;
  /** What it writes here goes out after each call of the script, or by `flush`. */
  readonly say: Encoder;
  flush(): void;
  /** Raw bytes, right or wrong. */
  sayBytes(bytes: Uint8Array): void;
  /** Calls later, as long as the connection stands. */
  later(delayMs: number, call: () => void): void;
}

/** What it does; each part may be left out. */
export interface RudeScript {
  /** False: it does not even greet. @default true */
  readonly greets?: boolean;
  /** It dials again so long after a connection ended. @default never */
  readonly redialMs?: number;
  connected?(connection: RudeConnection): void;
  /** The greeting is over. */
  greeted?(connection: RudeConnection): void;
  /** The block of a `piece` is lent for the call. */
  came?(connection: RudeConnection, message: Message): void;
}

export interface RudePeerOptions extends SimHostOptions {
  readonly content: SimContent;
  readonly script: RudeScript;
}

export class RudePeer {
  readonly host: SimHost;
  /** Connections that it has, and that it ever had. */
  open = 0;
  connections = 0;
  readonly #world: World;
  readonly #content: SimContent;
  readonly #script: RudeScript;
  readonly #peerId: Uint8Array;

  constructor(world: World, options: RudePeerOptions) {
    this.#world = world;
    this.#content = options.content;
    this.#script = options.script;
    this.host = world.addHost(options);
    this.#peerId = world.random.fill(new Uint8Array(20));
  }

  /** Connects to each of these. */
  dial(addresses: readonly Address[]): void {
    for (const address of addresses) {
      this.host.streams.dial(address, 10_000, result => {
        if (!(result instanceof Error)) this.#connected(result, address);
        else this.#redial(address);
      });
    }
  }

  #redial(address: Address): void {
    const { redialMs } = this.#script;
    if (redialMs !== undefined) this.#world.after(redialMs, () => this.dial([address]));
  }

  #connected(stream: Stream, address: Address): void {
    const script = this.#script;
    const decoder = new Decoder();
    const reader = new HandshakeReader();
    const connection = new Connection(this.#world, this.#content, stream);
    let isGreeted = false;
    this.open++;
    this.connections++;
    stream.onClosed = () => {
      this.open--;
      connection.isOpen = false;
      this.#redial(address);
    };
    stream.onBytes = bytes => {
      let rest = bytes;
      if (!isGreeted) {
        const read = reader.push(bytes);
        if (read === undefined) return;
        isGreeted = true;
        rest = read.rest;
        script.greeted?.(connection);
      }
      decoder.push(rest);
      for (let message = decoder.next(); message !== undefined; message = decoder.next()) {
        script.came?.(connection, message);
      }
      connection.flush();
    };
    if (script.greets !== false) connection.sayBytes(this.#handshake());
    script.connected?.(connection);
    connection.flush();
  }

  #handshake(): Uint8Array {
    const infoHash = wireInfoHashes(this.#content.metainfo)[0]!;
    return encodeHandshake({
      infoHash,
      peerId: this.#peerId,
      extended: false,
      fast: true,
      dht: false,
      v2: false,
    });
  }
}

class Connection implements RudeConnection {
  readonly world: World;
  readonly content: SimContent;
  readonly stream: Stream;
  readonly say = new Encoder();
  isOpen = true;

  constructor(world: World, content: SimContent, stream: Stream) {
    this.world = world;
    this.content = content;
    this.stream = stream;
  }

  flush(): void {
    if (this.say.length > 0) this.stream.write(this.say.take());
  }

  sayBytes(bytes: Uint8Array): void {
    this.flush();
    this.stream.write([bytes]);
  }

  later(delayMs: number, call: () => void): void {
    this.world.after(delayMs, () => {
      if (!this.isOpen) return;
      call();
      this.flush();
    });
  }
}

// A connection of the virtual network: two streams, a pipe each way. Ends as a socket does: `onClosed` comes later, and once.

import type { Address } from '../../core/bytes/compact-address.ts';
import type { Stream } from '../../host/stream.ts';
import { Pipe, type PipeOptions } from './pipe.ts';
import type { World } from './world.ts';

/** Two ends that are joined; `there` and `back` are the ways of what the first and the second write. */
export function connection(
  world: World,
  addresses: readonly [Address, Address],
  there: PipeOptions,
  back: PipeOptions,
): [SimStream, SimStream] {
  const a = new SimStream(world, addresses[1]);
  const b = new SimStream(world, addresses[0]);
  const thither = new Pipe(world, there, endsOf(a, b));
  const hither = new Pipe(world, back, endsOf(b, a));
  a.join(thither, hither);
  b.join(hither, thither);
  return [a, b];
}

export class SimStream implements Stream {
  onBytes: (bytes: Uint8Array) => void = () => {};
  onClosed: (fault?: Error) => void = () => {};
  onDrained: () => void = () => {};
  remote: Address | undefined;
  isOpen = true;
  /** For the network: this end is over. */
  onOver: () => void = () => {};
  readonly #world: World;
  #out: Pipe | undefined;
  #in: Pipe | undefined;

  constructor(world: World, remote: Address) {
    this.#world = world;
    this.remote = remote;
  }

  /** For `connection`. */
  join(out: Pipe, incoming: Pipe): void {
    this.#out = out;
    this.#in = incoming;
  }

  get pending(): number {
    return this.#out!.pending;
  }

  /** Bytes that have passed this end's line. */
  get sent(): number {
    return this.#out!.sent;
  }

  write(chunks: readonly Uint8Array[]): boolean {
    return !this.isOpen || this.#out!.write(chunks);
  }

  pause(): void {
    this.#in!.pause();
  }

  resume(): void {
    this.#in!.resume();
  }

  close(): void {
    this.ended();
  }

  /** The connection is over at this end; the other hears of it as news travel. */
  ended(fault?: Error): void {
    if (!this.isOpen) return;
    this.isOpen = false;
    this.remote = undefined;
    this.#out!.end();
    // What was paused is not read by anybody any more.
    this.#in!.resume();
    this.onOver();
    this.#world.after(0, () => this.onClosed(fault));
  }

  /** The network forgets the connection: neither end is told. */
  cut(): void {
    this.#out!.cut();
    this.#in!.cut();
  }
}

function endsOf(sender: SimStream, receiver: SimStream) {
  return {
    drained: () => {
      if (sender.isOpen) sender.onDrained();
    },
    bytesCame: (bytes: Uint8Array) => {
      if (receiver.isOpen) receiver.onBytes(bytes);
    },
    endCame: () => receiver.ended(),
  };
}

// A sender that fills the queue in its way until something is lost, as TCP does (RFC 5681: slow start, one more packet each
// round trip, half the window at a loss): what uTP is to yield to. Datagrams bear a number and nothing else; it sends for ever.

import type { Clock } from '../../host/clock.ts';
import type { DatagramSocket } from '../../host/datagram.ts';

export class LossBasedFlow {
  /** Bytes that have arrived, each once. */
  arrived = 0;
  readonly #clock: Clock;
  readonly #socket: DatagramSocket;
  readonly #to: DatagramSocket;
  #window = 4;
  #threshold = Number.POSITIVE_INFINITY;
  #next = 0;
  /** Numbers that are on their way, the oldest first. */
  readonly #inFlight = new Set<number>();
  #highest = -1;
  /** A loss before this number is one that was reacted to. */
  #recovery = 0;
  #cancelTimer = () => {};
  #isOver = false;

  /** From one socket to the other, which are its own. */
  constructor(from: DatagramSocket, to: DatagramSocket, clock: Clock) {
    this.#clock = clock;
    this.#socket = from;
    this.#to = to;
    to.onDatagram = (bytes, host, port) => {
      this.arrived += bytes.length;
      to.send(bytes.slice(0, 4), host, port);
    };
    from.onDatagram = bytes => this.#acked(new DataView(bytes.buffer, bytes.byteOffset).getUint32(0));
    this.#send();
  }

  /** It sends no more. */
  end(): void {
    this.#isOver = true;
    this.#cancelTimer();
  }

  #send(): void {
    if (this.#isOver) return;
    while (this.#inFlight.size < Math.floor(this.#window)) {
      const bytes = new Uint8Array(PACKET);
      new DataView(bytes.buffer).setUint32(0, this.#next);
      this.#inFlight.add(this.#next++);
      this.#socket.send(bytes, this.#to.address.host, this.#to.address.port);
    }
  }

  #acked(number: number): void {
    if (this.#isOver) return;
    this.#cancelTimer();
    this.#cancelTimer = this.#clock.after(TIMEOUT_MS, () => this.#timedOut());
    this.#highest = Math.max(this.#highest, number);
    if (this.#inFlight.delete(number)) this.#window += this.#window < this.#threshold ? 1 : 1 / this.#window;
    for (const other of this.#inFlight) {
      if (other > this.#highest - REORDERED) break;
      this.#inFlight.delete(other);
      if (other < this.#recovery) continue;
      this.#recovery = this.#next;
      this.#window = Math.max(2, this.#window / 2);
      this.#threshold = this.#window;
    }
    this.#send();
  }

  #timedOut(): void {
    this.#inFlight.clear();
    this.#recovery = this.#next;
    this.#threshold = Math.max(2, this.#window / 2);
    this.#window = 1;
    this.#send();
  }
}

const PACKET = 1472;
const REORDERED = 3;
const TIMEOUT_MS = 1000;

// A UDP socket whose datagrams come and go by the batch: one call of the system receives up to 64, one sends their answers.
// What it costs is then the datagram itself and not the call (`docs/performance.md`, "The tracker").
//
// All memory that the kernel sees is one block, laid out once; places are views of it, an answer leaves from where it was
// written. This file knows the layout of the kernel's structures, and a slip in it ends the process: it stays small.
//
//   received  mmsghdr × 64    each points to its sockaddr, and by its iovec to its request
//   sent      mmsghdr × 64    the first ones are filled: sockaddr of who asked, and by its iovec the answer's bytes
//   … iovec × 64, iovec × 64, sockaddr × 64, request × 64, answer × 64

import type { Address } from '../core/bytes/compact-address.ts';
import type { Clock } from '../host/clock.ts';
import type { DatagramHandler, DatagramPlace } from '../host/datagram.ts';
import { MAX_ANSWER, MAX_DATAGRAM, RECEIVE_BUFFER } from './datagram-place.ts';
import type { LibcSockets } from './libc-sockets.ts';
import { encodeSockAddress } from './libc-sockets.ts';
import { cannotListen } from './udp.ts';
import type { DatagramServer } from './udp-server.ts';

/** @throws SwarmlineError `LISTEN_FAILED` */
export function serveInBatches(
  address: Address,
  isShared: boolean,
  handle: DatagramHandler,
  clock: Pick<Clock, 'now'>,
  libc: LibcSockets,
): DatagramServer {
  let fd: number;
  try {
    fd = libc.bind(address, { isShared, receiveBuffer: RECEIVE_BUFFER });
  } catch (error) {
    throw cannotListen(address, error);
  }
  const bound = libc.addressOf(fd);
  const batch = new Batch(fd, bound.host.includes(':') ? 16 : 4, libc);
  let isOpen = true;
  // While more comes than one batch it is asked for again at the end of each turn, others of this thread having theirs
  // between. The socket is not watched meanwhile: the kernel would look for who waits with every answer that leaves.
  let isBusy = false;
  const turn = () => {
    if (!isOpen) return;
    let received = 0;
    for (let i = 0; i < BATCHES_A_TURN; i++) {
      const count = batch.answer(handle, clock.now());
      received += Math.max(count, 0);
      if (count < BATCH) break;
    }
    if (received >= (isBusy ? 1 : BATCH)) {
      if (!isBusy) watch.pause();
      isBusy = true;
      setImmediate(turn);
    } else if (isBusy) {
      isBusy = false;
      watch.resume();
    }
  };
  const watch = libc.watch(fd, turn);
  return {
    address: bound,
    isInBatches: true,
    send: (bytes, ip, port) => {
      if (isOpen) libc.sendTo(fd, bytes, sockAddressOf(ip, port));
    },
    close: async () => {
      if (!isOpen) return;
      isOpen = false;
      watch.end();
      libc.close(fd);
    },
  };
}

class Batch {
  readonly #fd: number;
  readonly #libc: LibcSockets;
  readonly #words: Uint32Array;
  readonly #received: Uint8Array;
  readonly #sent: Uint8Array;
  /** The ports of senders lie before their addresses. */
  readonly #names: Uint8Array;
  readonly #places: readonly DatagramPlace[];
  readonly #base: { readonly low: number; readonly high: number };

  constructor(fd: number, width: 4 | 16, libc: LibcSockets) {
    this.#fd = fd;
    this.#libc = libc;
    const block = new Uint8Array(TOTAL);
    this.#words = new Uint32Array(block.buffer);
    this.#received = block.subarray(RECEIVED, RECEIVED + BATCH * HEADER);
    this.#sent = block.subarray(SENT, SENT + BATCH * HEADER);
    this.#names = block.subarray(NAMES, NAMES + BATCH * NAME);
    this.#base = libc.placeOf(block);
    const at = width === 4 ? 4 : 8;
    this.#places = Array.from({ length: BATCH }, (_, i) => ({
      bytes: block.subarray(REQUESTS + i * REQUEST, REQUESTS + i * REQUEST + MAX_DATAGRAM + 1),
      length: 0,
      ip: block.subarray(NAMES + i * NAME + at, NAMES + i * NAME + at + width),
      port: 0,
      answer: block.subarray(ANSWERS + i * ANSWER, ANSWERS + i * ANSWER + MAX_ANSWER),
    }));
    for (let i = 0; i < BATCH; i++) {
      this.#point(RECEIVED + i * HEADER, NAMES + i * NAME);
      this.#point(RECEIVED + i * HEADER + 16, RECEIVE_PARTS + i * PART);
      this.#point(RECEIVE_PARTS + i * PART, REQUESTS + i * REQUEST);
      this.#words[(RECEIVE_PARTS + i * PART + 8) >> 2] = MAX_DATAGRAM + 1;
      this.#words[(RECEIVED + i * HEADER + 24) >> 2] = 1;
      this.#point(SENT + i * HEADER + 16, SEND_PARTS + i * PART);
      this.#words[(SENT + i * HEADER + 8) >> 2] = width === 4 ? 16 : 28;
      this.#words[(SENT + i * HEADER + 24) >> 2] = 1;
    }
  }

  /** Receives what is there and answers it; gives how many there were. */
  answer(handle: DatagramHandler, now: number): number {
    const words = this.#words;
    // The kernel writes how long each address was.
    for (let i = 0; i < BATCH; i++) words[(RECEIVED + i * HEADER + 8) >> 2] = NAME;
    const count = this.#libc.receive(this.#fd, this.#received, BATCH);
    let answers = 0;
    for (let i = 0; i < count; i++) {
      const length = words[(RECEIVED + i * HEADER + 56) >> 2]!;
      if (length > MAX_DATAGRAM) continue;
      const place = this.#places[i]!;
      place.length = length;
      place.port = (this.#names[i * NAME + 2]! << 8) | this.#names[i * NAME + 3]!;
      const answered = handle(place, now);
      if (answered === 0) continue;
      this.#point(SENT + answers * HEADER, NAMES + i * NAME);
      this.#point(SEND_PARTS + answers * PART, ANSWERS + i * ANSWER);
      words[(SEND_PARTS + answers * PART + 8) >> 2] = answered;
      answers++;
    }
    if (answers > 0) this.#send(answers);
    return count;
  }

  #send(count: number): void {
    for (let from = 0; from < count; ) {
      const headers = from === 0 ? this.#sent : this.#sent.subarray(from * HEADER);
      const sent = this.#libc.send(this.#fd, headers, count - from);
      if (sent > 0) {
        from += sent;
        continue;
      }
      // Full: what is left is lost, as datagrams are. Else it is the first that cannot be sent, and no other's fault.
      if (this.#libc.errno() === 'EAGAIN') return;
      from++;
    }
  }

  /** Writes, at `at`, where in memory `to` lies. */
  #point(at: number, to: number): void {
    const low = this.#base.low + to;
    this.#words[at >> 2] = low;
    this.#words[(at >> 2) + 1] = this.#base.high + (low >= 2 ** 32 ? 1 : 0);
  }
}

function sockAddressOf(ip: Uint8Array, port: number): Uint8Array {
  const name = encodeSockAddress({ host: ip.length === 4 ? '0.0.0.0' : '::', port });
  name.set(ip, ip.length === 4 ? 4 : 8);
  return name;
}

const BATCH = 64;
const BATCHES_A_TURN = 8;
// struct mmsghdr: name 8, its length 4 + 4, iovec 8, their number 8, control 8, its length 8, flags 4 + 4, length 4 + 4.
const HEADER = 64;
// struct iovec: base 8, length 8.
const PART = 16;
const NAME = 32;
// Odd numbers of cache lines: at powers of two all beginnings would fight for the same places of the cache.
const REQUEST = 33 * 64;
const ANSWER = 21 * 64;
const RECEIVED = 0;
const SENT = RECEIVED + BATCH * HEADER;
const RECEIVE_PARTS = SENT + BATCH * HEADER;
const SEND_PARTS = RECEIVE_PARTS + BATCH * PART;
const NAMES = SEND_PARTS + BATCH * PART;
const REQUESTS = NAMES + BATCH * NAME;
const ANSWERS = REQUESTS + BATCH * REQUEST;
const TOTAL = ANSWERS + BATCH * ANSWER;

// A UDP socket whose datagrams come and go by the batch: one call of the system receives up to 64, one sends their answers.
// What it costs is then the datagram itself and not the call (`docs/performance.md`, "The tracker").
//
// All memory that the kernel sees is one block, laid out once; places are views of it, an answer leaves from where it was
// written. This file knows the layout of the kernel's structures, and a slip in it ends the process: it stays small.
//
//   received  mmsghdr × 64    each points to its sockaddr, by its iovec to its request, and to what the kernel says of it
//   sent      mmsghdr × 64    the first ones are filled: sockaddr of who asked, and by its iovec the answer's bytes
//   … iovec × 64, iovec × 64, sockaddr × 64, in_pktinfo × 64, request × 64, answer × 64; the same once more for later answers
//
// A socket at all addresses of the machine is told which of them was asked (IP_PKTINFO), and the answer leaves from there: the
// system would take the one that the route says, and who asked another drops it.

import type { Address } from '../core/bytes/compact-address.ts';
import type { Clock } from '../host/clock.ts';
import type { DatagramHandler, DatagramPlace, DatagramsAhead } from '../host/datagram.ts';
import type { MessageRow } from '../host/keyed-hashes.ts';
import { MAX_ANSWER, MAX_DATAGRAM, RECEIVE_BUFFER } from './datagram-place.ts';
import type { LibcSockets } from './libc-sockets.ts';
import { encodeSockAddress } from './libc-sockets.ts';
import { cannotListen } from './udp-fault.ts';
import type { DatagramServer } from './udp-server.ts';

export interface BatchServing {
  readonly isShared: boolean;
  readonly handle: DatagramHandler;
  readonly ahead: DatagramsAhead | undefined;
  readonly clock: Pick<Clock, 'now'>;
  readonly libc: LibcSockets;
}

/** @throws SwarmlineError `LISTEN_FAILED` */
export function serveInBatches(
  address: Address,
  { isShared, handle, ahead, clock, libc }: BatchServing,
): DatagramServer {
  let fd: number;
  try {
    fd = libc.bind(address, {
      isShared,
      receiveBuffer: RECEIVE_BUFFER,
      tellsAddress: isAtAll(address),
    });
  } catch (error) {
    throw cannotListen(address, error);
  }
  const bound = libc.addressOf(fd);
  const batch = new Batch(fd, bound.host.includes(':') ? 16 : 4, isAtAll(bound), libc, ahead);
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
    send: (bytes, ip, port, localIp) => {
      if (isOpen) batch.sendLater(bytes, ip, port, localIp);
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
  readonly #ahead: DatagramsAhead | undefined;
  readonly #addresses: MessageRow;
  readonly #datagrams: MessageRow;
  readonly #width: 4 | 16;
  readonly #tellsAddress: boolean;
  readonly #block: Uint8Array;
  readonly #words: Uint32Array;
  /** The ports of senders lie before their addresses. */
  readonly #names: Uint8Array;
  readonly #places: readonly DatagramPlace[];
  readonly #base: { readonly low: number; readonly high: number };

  constructor(
    fd: number,
    width: 4 | 16,
    tellsAddress: boolean,
    libc: LibcSockets,
    ahead: DatagramsAhead | undefined,
  ) {
    this.#ahead = ahead;
    this.#fd = fd;
    this.#libc = libc;
    this.#width = width;
    this.#tellsAddress = tellsAddress;
    const block = new Uint8Array(TOTAL);
    this.#block = block;
    this.#words = new Uint32Array(block.buffer);
    this.#names = block.subarray(NAMES, NAMES + BATCH * NAME);
    this.#base = libc.placeOf(block);
    const at = width === 4 ? 4 : 8;
    this.#addresses = { block, at: NAMES + at, stride: NAME, length: width };
    this.#datagrams = { block, at: REQUESTS, stride: REQUEST, length: MAX_DATAGRAM };
    this.#places = Array.from({ length: BATCH }, (_, i) => ({
      number: i,
      bytes: block.subarray(REQUESTS + i * REQUEST, REQUESTS + i * REQUEST + MAX_DATAGRAM + 1),
      length: 0,
      ip: block.subarray(NAMES + i * NAME + at, NAMES + i * NAME + at + width),
      port: 0,
      localIp: tellsAddress ? block.subarray(this.#localIpAt(i), this.#localIpAt(i) + width) : undefined,
      answer: block.subarray(ANSWERS + i * ANSWER, ANSWERS + i * ANSWER + MAX_ANSWER),
    }));
    for (let i = 0; i < BATCH; i++) {
      this.#point(RECEIVED + i * HEADER, NAMES + i * NAME);
      this.#point(RECEIVED + i * HEADER + 16, RECEIVE_PARTS + i * PART);
      this.#point(RECEIVE_PARTS + i * PART, REQUESTS + i * REQUEST);
      this.#words[(RECEIVE_PARTS + i * PART + 8) >> 2] = MAX_DATAGRAM + 1;
      this.#words[(RECEIVED + i * HEADER + 24) >> 2] = 1;
      if (tellsAddress) this.#point(RECEIVED + i * HEADER + 32, CONTROLS + i * CONTROL);
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
    if (this.#tellsAddress)
      for (let i = 0; i < BATCH; i++) words[(RECEIVED + i * HEADER + 40) >> 2] = CONTROL;
    const count = this.#libc.receive(this.#fd, this.#block, RECEIVED, BATCH);
    if (count > 0) this.#ahead?.(this.#addresses, this.#datagrams, count, now);
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
      if (this.#tellsAddress) this.#answerFrom(SENT + answers * HEADER, i);
      answers++;
    }
    if (answers > 0) this.#send(answers);
    return count;
  }

  /** An answer that was not ready at once; it is lost where it cannot be sent, as datagrams are. */
  sendLater(bytes: Uint8Array, ip: Uint8Array, port: number, localIp: Uint8Array | undefined): void {
    const words = this.#words;
    const name = sockAddressOf(ip, port);
    this.#block.set(name, NAMES + BATCH * NAME);
    this.#block.set(bytes, ANSWERS + BATCH * ANSWER);
    const header = SENT + BATCH * HEADER;
    this.#point(header, NAMES + BATCH * NAME);
    words[(header + 8) >> 2] = name.length;
    this.#point(header + 16, SEND_PARTS + BATCH * PART);
    words[(header + 24) >> 2] = 1;
    this.#point(SEND_PARTS + BATCH * PART, ANSWERS + BATCH * ANSWER);
    words[(SEND_PARTS + BATCH * PART + 8) >> 2] = bytes.length;
    words[(header + 40) >> 2] = 0;
    if (localIp !== undefined && this.#tellsAddress) {
      this.#writeControl(localIp);
      this.#point(header + 32, CONTROLS + BATCH * CONTROL);
      words[(header + 40) >> 2] = this.#width === 4 ? CONTROL_IN : CONTROL_IN6;
    }
    this.#libc.send(this.#fd, this.#block, header, 1);
  }

  /** Where in a control the address of this machine lies: behind the head and, in IPv4, the number of the interface. */
  #localIpAt(i: number): number {
    return CONTROLS + i * CONTROL + (this.#width === 4 ? 20 : 16);
  }

  /** The answer to request `i` leaves from where that was sent to; by which interface the route says. */
  #answerFrom(header: number, i: number): void {
    const words = this.#words;
    const length = words[(RECEIVED + i * HEADER + 40) >> 2]!;
    words[(header + 40) >> 2] = length;
    if (length === 0) return;
    const at = CONTROLS + i * CONTROL;
    this.#point(header + 32, at);
    if (this.#width === 4) words[(at + 16) >> 2] = 0;
    // An address of one link means nothing without it.
    else if (this.#block[at + 16] !== 0xfe) words[(at + 32) >> 2] = 0;
  }

  /** struct cmsghdr: length 8, level 4, type 4; struct in_pktinfo or in6_pktinfo. */
  #writeControl(localIp: Uint8Array): void {
    const words = this.#words;
    const at = (CONTROLS + BATCH * CONTROL) >> 2;
    const isIpv4 = this.#width === 4;
    words.fill(0, at, at + CONTROL / 4);
    words[at] = isIpv4 ? 28 : 36;
    words[at + 2] = isIpv4 ? IPPROTO_IP : IPPROTO_IPV6;
    words[at + 3] = isIpv4 ? IP_PKTINFO : IPV6_PKTINFO;
    this.#block.set(localIp, this.#localIpAt(BATCH));
  }

  #send(count: number): void {
    for (let from = 0; from < count; ) {
      const sent = this.#libc.send(this.#fd, this.#block, SENT + from * HEADER, count - from);
      if (sent > 0) {
        from += sent;
        continue;
      }
      // Full: what is left is lost, as datagrams are. Else it is the first that cannot be sent, and no other's fault.
      if (this.#libc.errorOf(sent) === 'EAGAIN') return;
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

function isAtAll({ host }: Address): boolean {
  return host === '0.0.0.0' || host === '::';
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
/** Room for one; CMSG_SPACE of in_pktinfo and of in6_pktinfo. */
const CONTROL = 64;
const CONTROL_IN = 32;
const CONTROL_IN6 = 40;
const IPPROTO_IP = 0;
const IP_PKTINFO = 8;
const IPPROTO_IPV6 = 41;
const IPV6_PKTINFO = 50;
/** One more of each that leaves, for later answers. */
const LEAVING = BATCH + 1;
const RECEIVED = 0;
const SENT = RECEIVED + BATCH * HEADER;
const RECEIVE_PARTS = SENT + LEAVING * HEADER;
const SEND_PARTS = RECEIVE_PARTS + BATCH * PART;
const NAMES = SEND_PARTS + LEAVING * PART;
const CONTROLS = NAMES + LEAVING * NAME;
const REQUESTS = CONTROLS + LEAVING * CONTROL;
const ANSWERS = REQUESTS + BATCH * REQUEST;
const TOTAL = ANSWERS + LEAVING * ANSWER;

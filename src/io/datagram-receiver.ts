// Datagrams that come together: up to 32 in one call of the system (recvmmsg), and of those that one sender sent in a row at one
// length up to 64 as one of them (UDP_GRO, Linux 5.0), which the sender's system or this one's had put together. All that the kernel
// sees is one block, laid out once:
//
//   mmsghdr × 32    each points to its sockaddr, by its iovec to its place, and to what the kernel says of it
//   … iovec × 32, sockaddr × 32, cmsghdr with the length in a row × 32, place × 32

import { formatIp } from '../core/bytes/compact-address.ts';
import type { DatagramSocket } from '../host/datagram.ts';
import type { LibcSockets } from './libc-sockets.ts';

export class DatagramReceiver {
  readonly #fd: number;
  readonly #libc: LibcSockets;
  readonly #width: 4 | 16;
  readonly #block = new Uint8Array(TOTAL);
  readonly #words = new Uint32Array(this.#block.buffer);
  readonly #places: readonly Place[];
  readonly #hosts: HostNames;

  constructor(fd: number, isIpv6: boolean, libc: LibcSockets) {
    this.#fd = fd;
    this.#libc = libc;
    this.#width = isIpv6 ? 16 : 4;
    this.#hosts = new HostNames(this.#width);
    const base = libc.placeOf(this.#block);
    const point = (at: number, to: number) => {
      const low = base.low + to;
      this.#words[at >> 2] = low;
      this.#words[(at >> 2) + 1] = base.high + (low >= 2 ** 32 ? 1 : 0);
    };
    for (let i = 0; i < BATCH; i++) {
      const header = i * HEADER;
      point(header, NAMES + i * NAME);
      point(header + 16, PARTS + i * PART);
      this.#words[(header + 24) >> 2] = 1;
      point(header + 32, CONTROLS + i * CONTROL);
      point(PARTS + i * PART, PLACES + i * PLACE);
      this.#words[(PARTS + i * PART + 8) >> 2] = MOST;
    }
    this.#places = Array.from({ length: BATCH }, (_, i) => new Place(this.#block, PLACES + i * PLACE));
  }

  /** Hands over what is there, each lent for the call; how many of the 32 there were. `isOpen`: whether anybody hears still. */
  receive(onDatagram: () => DatagramSocket['onDatagram'], isOpen: () => boolean): number {
    const words = this.#words;
    for (let i = 0; i < BATCH; i++) {
      // The kernel writes how long each was.
      words[(i * HEADER + 8) >> 2] = NAME;
      words[(i * HEADER + 40) >> 2] = CONTROL;
    }
    const count = this.#libc.receive(this.#fd, this.#block, 0, BATCH);
    for (let i = 0; i < count && isOpen(); i++) {
      const length = words[(i * HEADER + 56) >> 2]!;
      const name = NAMES + i * NAME;
      const host = this.#hosts.at(this.#block, name + (this.#width === 4 ? 4 : 8));
      const port = (this.#block[name + 2]! << 8) | this.#block[name + 3]!;
      const place = this.#places[i]!;
      const each = this.#lengthInRow(i) ?? length;
      if (each >= length) onDatagram()(place.view(0, length, length), host, port);
      else
        for (let at = 0; at < length && isOpen(); at += each)
          onDatagram()(place.view(at, Math.min(each, length - at), each), host, port);
    }
    return Math.max(count, 0);
  }

  /** struct cmsghdr: length 8, level 4, type 4; an int. Undefined where the place has one datagram. */
  #lengthInRow(i: number): number | undefined {
    const words = this.#words;
    if (words[(i * HEADER + 40) >> 2] === 0) return undefined;
    const at = (CONTROLS + i * CONTROL) >> 2;
    if (words[at + 2] !== IPPROTO_UDP || words[at + 3] !== UDP_GRO) return undefined;
    return words[at + 4]! || undefined;
  }
}

/** Where datagrams lie, and views of them: used again as long as lengths stay what they were. */
class Place {
  readonly #block: Uint8Array;
  readonly #at: number;
  #each = 0;
  readonly #views: Uint8Array[] = [];

  constructor(block: Uint8Array, at: number) {
    this.#block = block;
    this.#at = at;
  }

  view(at: number, length: number, each: number): Uint8Array {
    if (this.#each !== each) {
      this.#each = each;
      this.#views.length = 0;
    }
    const index = each === 0 ? 0 : at / each;
    const view = this.#views[index];
    if (view?.length === length) return view;
    const from = this.#at + at;
    const made = this.#block.subarray(from, from + length);
    this.#views[index] = made;
    return made;
  }
}

/** Addresses as text: those that send much are not written anew for each datagram. */
class HostNames {
  readonly #width: 4 | 16;
  readonly #last = new Uint8Array(16);
  #lastName = '';

  constructor(width: 4 | 16) {
    this.#width = width;
  }

  at(block: Uint8Array, at: number): string {
    const last = this.#last;
    const width = this.#width;
    let same = 0;
    while (same < width && last[same] === block[at + same]) same++;
    if (same === width && this.#lastName !== '') return this.#lastName;
    const ip = block.subarray(at, at + width);
    last.set(ip);
    this.#lastName = formatIp(ip);
    return this.#lastName;
  }
}

/** In one call. */
export const BATCH = 32;
/** No datagram is longer, nor is a row of them. */
const MOST = 65_536;
// struct mmsghdr, struct iovec, and room for a sockaddr: `udp-batch` has what is in them.
const HEADER = 64;
const PART = 16;
const NAME = 32;
const CONTROL = 32;
/** An odd number of cache lines: else all places would lie in the same few of the cache's sets. */
const PLACE = 1025 * 64;
const PARTS = BATCH * HEADER;
const NAMES = PARTS + BATCH * PART;
const CONTROLS = NAMES + BATCH * NAME;
const PLACES = CONTROLS + BATCH * CONTROL;
const TOTAL = PLACES + BATCH * PLACE;
const IPPROTO_UDP = 17;
const UDP_GRO = 104;

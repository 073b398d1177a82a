// Datagrams of any kind that leave together: those of one turn, up to 32 in one call of the system (sendmmsg), from a socket of
// node:dgram, which goes on receiving. All that the kernel sees is one block, laid out once:
//
//   mmsghdr × 32    each points to its sockaddr, and by its iovec to its datagram
//   … iovec × 32, sockaddr × 32, datagram × 32

import { encodeSockAddress, type LibcSockets } from './libc-sockets.ts';

export class DatagramSender {
  readonly #fd: number;
  readonly #libc: LibcSockets;
  readonly #block = new Uint8Array(TOTAL);
  readonly #words = new Uint32Array(this.#block.buffer);
  readonly #base: { readonly low: number; readonly high: number };
  /** To whom each place was addressed last: mostly to the same again. */
  readonly #hosts: string[] = new Array(BATCH).fill('');
  readonly #ports = new Uint16Array(BATCH);
  readonly #onFaults: (((code: string) => void) | undefined)[] = new Array(BATCH).fill(undefined);
  /** Those that wait: from the first on, before the last. */
  #first = 0;
  #last = 0;
  #isScheduled = false;
  #isClosed = false;

  constructor(fd: number, isIpv6: boolean, libc: LibcSockets) {
    this.#fd = fd;
    this.#libc = libc;
    this.#base = libc.placeOf(this.#block);
    for (let i = 0; i < BATCH; i++) {
      const header = i * HEADER;
      this.#point(header, NAMES + i * NAME);
      this.#words[(header + 8) >> 2] = isIpv6 ? 28 : 16;
      this.#point(header + 16, PARTS + i * PART);
      this.#words[(header + 24) >> 2] = 1;
      this.#point(PARTS + i * PART, DATAGRAMS + i * MAX_SENT);
    }
  }

  /**
   * The bytes are copied, and leave at the end of the turn at the latest. `onFault` hears the code of why they cannot.
   * @throws an Error with `code` where the host is no address
   */
  send(bytes: Uint8Array, host: string, port: number, onFault?: (code: string) => void): void {
    if (this.#isClosed) return;
    if (this.#last === BATCH) this.#flush();
    // The system takes no more: lost, as datagrams are.
    if (this.#last === BATCH) return;
    const i = this.#last;
    if (this.#hosts[i] !== host || this.#ports[i] !== port) {
      this.#block.set(encodeSockAddress({ host, port }), NAMES + i * NAME);
      this.#hosts[i] = host;
      this.#ports[i] = port;
    }
    this.#block.set(bytes, DATAGRAMS + i * MAX_SENT);
    this.#words[(PARTS + i * PART + 8) >> 2] = bytes.length;
    this.#onFaults[i] = onFault;
    this.#last++;
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    queueMicrotask(this.#endTurn);
  }

  /** What waits still goes, as far as the system takes it; nothing after it. */
  close(): void {
    this.#flush();
    this.#isClosed = true;
  }

  readonly #endTurn = () => {
    this.#isScheduled = false;
    if (this.#isClosed) return;
    this.#flush();
    if (this.#last === 0 || this.#isScheduled) return;
    this.#isScheduled = true;
    setTimeout(this.#endTurn, RETRY_MS).unref();
  };

  #flush(): void {
    while (this.#first < this.#last) {
      const sent = this.#libc.send(this.#fd, this.#block, this.#first * HEADER, this.#last - this.#first);
      if (sent > 0) {
        this.#first += sent;
        continue;
      }
      const code = this.#libc.errorOf(sent);
      if (code === 'EAGAIN') return;
      // The first cannot be sent, and that is no other's fault.
      const onFault = this.#onFaults[this.#first++];
      if (onFault !== undefined) queueMicrotask(() => onFault(code));
    }
    this.#first = 0;
    this.#last = 0;
  }

  /** Writes, at `at`, where in memory `to` lies. */
  #point(at: number, to: number): void {
    const low = this.#base.low + to;
    this.#words[at >> 2] = low;
    this.#words[(at >> 2) + 1] = this.#base.high + (low >= 2 ** 32 ? 1 : 0);
  }
}

/** The longest datagram that has room: longer ones go another way. An odd number of cache lines, see `udp-batch`. */
export const MAX_SENT = 267 * 64;
const BATCH = 32;
// struct mmsghdr, struct iovec, and room for a sockaddr: `udp-batch` has what is in them.
const HEADER = 64;
const PART = 16;
const NAME = 32;
const PARTS = BATCH * HEADER;
const NAMES = PARTS + BATCH * PART;
const DATAGRAMS = NAMES + BATCH * NAME;
const TOTAL = DATAGRAMS + BATCH * MAX_SENT;
const RETRY_MS = 1;

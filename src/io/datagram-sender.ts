// Datagrams of any kind that leave together: those of one turn, up to 32 in one call of the system (sendmmsg), and of those that
// go to one address in a row at one length up to 64 as one of the 32: the system, or the network card, cuts them
// (UDP_SEGMENT, Linux 4.18). All that the kernel sees is one block, laid out once, and one place more to send the datagrams of a
// row one by one, where it does not take the row:
//
//   mmsghdr × 33    each points to its sockaddr, by its iovec to its datagrams, and where there is a row to its length of each
//   … iovec × 33, sockaddr × 33, cmsghdr × 33, datagrams, one after the other

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
  /** Where each place's datagrams begin, how long they are together and each, how many they are. */
  readonly #starts = new Uint32Array(BATCH);
  readonly #lengths = new Uint32Array(BATCH);
  readonly #each = new Uint32Array(BATCH);
  readonly #counts = new Uint32Array(BATCH);
  /** Those that wait: from the first on, before the last. */
  #first = 0;
  #last = 0;
  /** Where the next datagram goes. */
  #end = DATAGRAMS;
  /** The last place takes more of the kind. */
  #isRowOpen = false;
  #sendsRows = true;
  #isScheduled = false;
  #isClosed = false;

  constructor(fd: number, isIpv6: boolean, libc: LibcSockets) {
    this.#fd = fd;
    this.#libc = libc;
    this.#base = libc.placeOf(this.#block);
    for (let i = 0; i <= BATCH; i++) {
      const header = i * HEADER;
      this.#point(header, NAMES + i * NAME);
      this.#words[(header + 8) >> 2] = isIpv6 ? 28 : 16;
      this.#point(header + 16, PARTS + i * PART);
      this.#words[(header + 24) >> 2] = 1;
      // struct cmsghdr: length 8, level 4, type 4; a uint16.
      const control = (CONTROLS + i * CONTROL) >> 2;
      this.#words[control] = 18;
      this.#words[control + 2] = IPPROTO_UDP;
      this.#words[control + 3] = UDP_SEGMENT;
    }
  }

  /**
   * The bytes are copied, and leave at the end of the turn at the latest. `onFault` hears the code of why they cannot.
   * @throws an Error with `code` where the host is no address
   */
  send(bytes: Uint8Array, host: string, port: number, onFault?: (code: string) => void): void {
    if (this.#isClosed) return;
    if (bytes.length > MOST) {
      if (onFault !== undefined) queueMicrotask(() => onFault('EMSGSIZE'));
      return;
    }
    if (this.#isRowOpen && onFault === undefined && this.#joinsRow(bytes, host, port)) return;
    if (!this.#hasRoom(bytes.length)) this.#flush();
    // The system takes no more: lost, as datagrams are.
    if (!this.#hasRoom(bytes.length)) return;
    const i = this.#last;
    if (this.#hosts[i] !== host || this.#ports[i] !== port) {
      this.#block.set(encodeSockAddress({ host, port }), NAMES + i * NAME);
      this.#hosts[i] = host;
      this.#ports[i] = port;
    }
    this.#starts[i] = this.#end;
    this.#lengths[i] = bytes.length;
    this.#each[i] = bytes.length;
    this.#counts[i] = 1;
    this.#onFaults[i] = onFault;
    this.#put(bytes);
    this.#last++;
    this.#isRowOpen = this.#sendsRows && onFault === undefined && bytes.length > 0;
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    queueMicrotask(this.#endTurn);
  }

  /** What waits still goes, as far as the system takes it; nothing after it. */
  close(): void {
    this.#flush();
    this.#isClosed = true;
  }

  /** A row has one length, and may end with one that is shorter: a single datagram before that is no row. */
  #joinsRow(bytes: Uint8Array, host: string, port: number): boolean {
    const i = this.#last - 1;
    const { length } = bytes;
    const each = this.#each[i]!;
    if (length > each || length === 0 || (length < each && this.#counts[i] === 1)) return false;
    if (this.#ports[i] !== port || this.#hosts[i] !== host) return false;
    if (this.#counts[i] === MAX_ROW || this.#lengths[i]! + length > MOST) return false;
    if (this.#end + length > TOTAL) return false;
    this.#put(bytes);
    this.#lengths[i]! += length;
    this.#counts[i]!++;
    this.#isRowOpen = length === each;
    return true;
  }

  #hasRoom(length: number): boolean {
    return this.#last < BATCH && this.#end + length <= TOTAL;
  }

  #put(bytes: Uint8Array): void {
    this.#block.set(bytes, this.#end);
    this.#end += bytes.length;
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
    this.#isRowOpen = false;
    for (let i = this.#first; i < this.#last; i++)
      this.#describe(i, this.#starts[i]!, this.#lengths[i]!, this.#counts[i] === 1 ? 0 : this.#each[i]!);
    while (this.#first < this.#last) {
      const sent = this.#libc.send(this.#fd, this.#block, this.#first * HEADER, this.#last - this.#first);
      if (sent > 0) {
        this.#first += sent;
        continue;
      }
      const code = this.#libc.errorOf(sent);
      if (code === 'EAGAIN') return;
      // The first cannot be sent, and that is no other's fault.
      const failed = this.#first++;
      const onFault = this.#onFaults[failed];
      if (this.#counts[failed]! > 1) this.#sendOneByOne(failed, code);
      else if (onFault !== undefined) queueMicrotask(() => onFault(code));
    }
    this.#first = 0;
    this.#last = 0;
    this.#end = DATAGRAMS;
  }

  /** A row that the system did not take: as it is too long for the way, or as it takes none (EINVAL: before Linux 4.18; EIO: this way). */
  #sendOneByOne(i: number, code: string): void {
    if (code === 'EINVAL' || code === 'EIO') this.#sendsRows = false;
    this.#block.copyWithin(NAMES + BATCH * NAME, NAMES + i * NAME, NAMES + (i + 1) * NAME);
    const end = this.#starts[i]! + this.#lengths[i]!;
    for (let at = this.#starts[i]!; at < end; at += this.#each[i]!) {
      this.#describe(BATCH, at, Math.min(this.#each[i]!, end - at), 0);
      this.#libc.send(this.#fd, this.#block, BATCH * HEADER, 1);
    }
  }

  /** `each`: the length of those in a row; 0 where there is one. */
  #describe(i: number, at: number, length: number, each: number): void {
    const words = this.#words;
    this.#point(PARTS + i * PART, at);
    words[(PARTS + i * PART + 8) >> 2] = length;
    words[(i * HEADER + 40) >> 2] = each === 0 ? 0 : CONTROL_LENGTH;
    if (each === 0) return;
    this.#point(i * HEADER + 32, CONTROLS + i * CONTROL);
    words[(CONTROLS + i * CONTROL + 16) >> 2] = each;
  }

  /** Writes, at `at`, where in memory `to` lies. */
  #point(at: number, to: number): void {
    const low = this.#base.low + to;
    this.#words[at >> 2] = low;
    this.#words[(at >> 2) + 1] = this.#base.high + (low >= 2 ** 32 ? 1 : 0);
  }
}

/** Of one datagram, and of a row. */
const MOST = 65_507;
/** The system's UDP_MAX_SEGMENTS. */
const MAX_ROW = 64;
const BATCH = 32;
// struct mmsghdr, struct iovec, and room for a sockaddr: `udp-batch` has what is in them.
const HEADER = 64;
const PART = 16;
const NAME = 32;
const CONTROL = 32;
const CONTROL_LENGTH = 24;
const PARTS = (BATCH + 1) * HEADER;
const NAMES = PARTS + (BATCH + 1) * PART;
const CONTROLS = NAMES + (BATCH + 1) * NAME;
const DATAGRAMS = CONTROLS + (BATCH + 1) * CONTROL;
/** Half a mebibyte of datagrams: more than may be on its way to most. */
const TOTAL = DATAGRAMS + 8 * 65_536;
const IPPROTO_UDP = 17;
const UDP_SEGMENT = 103;
const RETRY_MS = 1;

// Sockets by calls of Linux that Node does not have: many datagrams in one call, and a port that several threads listen at. The
// calls are the native module's; by `koffi`, which is optional and loaded when it is first needed, where that is not for this
// processor. Addresses and numbers are those of 64-bit Linux with the least byte first (x64, arm64), for glibc and musl alike;
// anywhere else this says that it cannot, and node:dgram does it.

import { getSystemErrorName } from 'node:util';
import { type Address, addressBytes, formatIp } from '../core/bytes/compact-address.ts';
import { nativeSocketCalls } from './native-sockets.ts';

export interface LibcSockets {
  /** Where the bytes lie, as two words. They must stay referenced for as long as that is used. */
  placeOf(bytes: Uint8Array): { readonly low: number; readonly high: number };
  /** `count` headers lie in `block` from `at` on, and all that they point to lies in it. Below zero it failed: `errorOf` says why. */
  receive(fd: number, block: Uint8Array, at: number, count: number): number;
  send(fd: number, block: Uint8Array, at: number, count: number): number;
  /** Calls whenever there is something to receive. */
  watch(fd: number, call: () => void): Watch;
  /** A socket that is bound. @throws an Error with `code`, as those of node:dgram have */
  bind(address: Address, options: BindOptions): number;
  /** A TCP socket that is bound, for threads that accept at one port. @throws an Error with `code` */
  bindTcp(address: Address, options: { readonly isShared: boolean; readonly device?: number }): number;
  /** A TCP socket that is to dial, tied to a device. @throws an Error with `code` */
  openTcp(family: 4 | 6, device: number): number;
  /** Another number for the same socket; below zero where there is none. */
  duplicate(fd: number): number;
  addressOf(fd: number): Address;
  close(fd: number): void;
  /** The name of what made a call fail, by what it gave. */
  errorOf(result: number): string;
}

/** The calls as the system has them. They give what is asked for, or the number of an error, negative. */
export interface SocketCalls
  extends Pick<LibcSockets, 'placeOf' | 'receive' | 'send' | 'watch' | 'duplicate'> {
  /** It is closed where another program is started. */
  open(family: number, type: number): number;
  setOption(fd: number, level: number, name: number, value: number): number;
  bind(fd: number, name: Uint8Array): number;
  /** Writes the socket's own name, and gives how long it is. */
  nameOf(fd: number, name: Uint8Array): number;
  close(fd: number): number;
}

export interface Watch {
  pause(): void;
  resume(): void;
  /** Whether the program goes on for its sake. @default it does */
  hold(): void;
  release(): void;
  end(): void;
}

export interface BindOptions {
  /** Others of this program listen at the same port, and the system shares out what comes. */
  readonly isShared: boolean;
  /** Other programs hear at the same port too. @default false */
  readonly isForGroup?: boolean;
  readonly receiveBuffer: number;
  /** @default the system's */
  readonly sendBuffer?: number;
  /** What comes together of one sender and has one length may be handed over as one, with that length beside it. @default false */
  readonly takesRuns?: boolean;
  /** With each datagram comes the address that it was sent to. @default false */
  readonly tellsAddress?: boolean;
  /** The number of the interface by which alone it sends and hears. @default any */
  readonly device?: number | undefined;
}

/** A sentence's part that says why not, where there is no such thing. */
export async function libcSockets(): Promise<LibcSockets | string> {
  if (process.platform !== 'linux') return 'it is made for Linux alone';
  if (process.arch !== 'x64' && process.arch !== 'arm64') return `it is not made for ${process.arch}`;
  loading ??= load();
  return loading;
}

let loading: Promise<LibcSockets | string> | undefined;

async function load(): Promise<LibcSockets | string> {
  const calls = nativeSocketCalls() ?? (await (await import('./koffi-sockets.ts')).koffiSocketCalls());
  return typeof calls === 'string' ? calls : socketsBy(calls);
}

function socketsBy(calls: SocketCalls): LibcSockets {
  const { open, setOption, bind, nameOf, close, ...same } = calls;
  const option = setOption;
  /** A socket with which all of it has been done, in turn; else there is none. */
  const made = (family: number, type: number, steps: readonly ((fd: number) => number)[]): number => {
    const fd = open(family, type);
    if (fd < 0) throw failed(errorOf(fd));
    for (const step of steps) {
      const result = step(fd);
      if (result >= 0) continue;
      close(fd);
      throw failed(errorOf(result));
    }
    return fd;
  };
  const tie = (fd: number, device: number | undefined) =>
    device === undefined ? 0 : option(fd, SOL_SOCKET, SO_BINDTOIFINDEX, device);

  return {
    ...same,
    bind: (address, options) => {
      const {
        isShared,
        isForGroup,
        receiveBuffer,
        sendBuffer,
        takesRuns,
        tellsAddress = false,
        device,
      } = options;
      const name = encodeSockAddress(address);
      const isIpv6 = name.length === SOCKADDR_IN6;
      const fd = made(isIpv6 ? AF_INET6 : AF_INET, SOCK_DGRAM, [
        fd => (isIpv6 ? option(fd, IPPROTO_IPV6, IPV6_V6ONLY, 1) : 0),
        fd => tie(fd, device),
        fd => (isForGroup === true ? option(fd, SOL_SOCKET, SO_REUSEADDR, 1) : 0),
        fd => (isShared ? option(fd, SOL_SOCKET, SO_REUSEPORT, 1) : 0),
        fd => (tellsAddress && isIpv6 ? option(fd, IPPROTO_IPV6, IPV6_RECVPKTINFO, 1) : 0),
        fd => (tellsAddress && !isIpv6 ? option(fd, IPPROTO_IP, IP_PKTINFO, 1) : 0),
        fd => bind(fd, name),
      ]);
      // Answers are short enough for any path, and need no numbers by which to put fragments together.
      if (!isIpv6) option(fd, IPPROTO_IP, IP_MTU_DISCOVER, IP_PMTUDISC_PROBE);
      // Beyond what the system allows to anyone where we may; else as much as it allows.
      if (option(fd, SOL_SOCKET, SO_RCVBUFFORCE, receiveBuffer) < 0)
        option(fd, SOL_SOCKET, SO_RCVBUF, receiveBuffer);
      if (sendBuffer !== undefined) option(fd, SOL_SOCKET, SO_SNDBUF, sendBuffer);
      // From Linux 5.0 on.
      if (takesRuns === true) option(fd, IPPROTO_UDP, UDP_GRO, 1);
      return fd;
    },
    bindTcp: (address, { isShared, device }) => {
      const name = encodeSockAddress(address);
      const isIpv6 = name.length === SOCKADDR_IN6;
      // As libuv does: a port that was just left is free, and "::" takes IPv4 too.
      return made(isIpv6 ? AF_INET6 : AF_INET, SOCK_STREAM, [
        fd => tie(fd, device),
        fd => option(fd, SOL_SOCKET, SO_REUSEADDR, 1),
        fd => (isIpv6 ? option(fd, IPPROTO_IPV6, IPV6_V6ONLY, address.host === '::' ? 0 : 1) : 0),
        fd => (isShared ? option(fd, SOL_SOCKET, SO_REUSEPORT, 1) : 0),
        fd => bind(fd, name),
      ]);
    },
    openTcp: (family, device) =>
      made(family === 6 ? AF_INET6 : AF_INET, SOCK_STREAM, [fd => tie(fd, device)]),
    addressOf: fd => {
      const name = new Uint8Array(SOCKADDR_IN6);
      const length = nameOf(fd, name);
      if (length < 0) throw failed(errorOf(length));
      const ip = length === SOCKADDR_IN ? name.subarray(4, 8) : name.subarray(8, 24);
      return { host: formatIp(ip), port: (name[2]! << 8) | name[3]! };
    },
    close: fd => void close(fd),
    errorOf,
  };
}

/** `struct sockaddr_in` or `sockaddr_in6` of an address. */
export function encodeSockAddress({ host, port }: Address): Uint8Array {
  const ip = addressBytes(host.split('%', 1)[0]!);
  if (ip === undefined) throw failed('EINVAL');
  const name = new Uint8Array(ip.length === 4 ? SOCKADDR_IN : SOCKADDR_IN6);
  name[0] = ip.length === 4 ? AF_INET : AF_INET6;
  name[2] = port >>> 8;
  name[3] = port & 0xff;
  name.set(ip, ip.length === 4 ? 4 : 8);
  return name;
}

function errorOf(result: number): string {
  return getSystemErrorName(result);
}

function failed(code: string): Error {
  return Object.assign(new Error(code), { code });
}

const SOCKADDR_IN = 16;
const SOCKADDR_IN6 = 28;
const AF_INET = 2;
const AF_INET6 = 10;
const SOCK_STREAM = 1;
const SOCK_DGRAM = 2;
const SOL_SOCKET = 1;
const SO_REUSEADDR = 2;
const SO_SNDBUF = 7;
const SO_RCVBUF = 8;
const SO_REUSEPORT = 15;
const SO_RCVBUFFORCE = 33;
const SO_BINDTOIFINDEX = 62;
const IPPROTO_IP = 0;
const IP_PKTINFO = 8;
const IP_MTU_DISCOVER = 10;
const IP_PMTUDISC_PROBE = 3;
const IPPROTO_UDP = 17;
const UDP_GRO = 104;
const IPPROTO_IPV6 = 41;
const IPV6_V6ONLY = 26;
const IPV6_RECVPKTINFO = 49;

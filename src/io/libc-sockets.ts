// The calls of Linux that Node does not have: many datagrams in one call, and a port that several threads listen at. By
// `koffi`, which is optional and loaded when it is first needed. Addresses and numbers are those of 64-bit Linux with the
// least byte first (x64, arm64), for glibc and musl alike; anywhere else this says that it cannot, and node:dgram does it.

import { getSystemErrorName } from 'node:util';
import { type Address, addressBytes, formatIp } from '../core/bytes/compact-address.ts';

/** Calls answer as those of C do: below zero it failed, and `errno` says why. */
export interface LibcSockets {
  /** Where the bytes lie, as two words. They must stay referenced for as long as that is used. */
  placeOf(bytes: Uint8Array): { readonly low: number; readonly high: number };
  receive(fd: number, headers: Uint8Array, count: number): number;
  send(fd: number, headers: Uint8Array, count: number): number;
  /** Calls whenever there is something to receive. */
  watch(fd: number, call: () => void): Watch;
  /** A socket that is bound. @throws an Error with `code`, as those of node:dgram have */
  bind(address: Address, options: BindOptions): number;
  /** A TCP socket that is bound, for threads that accept at one port. @throws an Error with `code` */
  bindTcp(address: Address, options: { readonly isShared: boolean }): number;
  /** Another number for the same socket; below zero where there is none. */
  duplicate(fd: number): number;
  addressOf(fd: number): Address;
  close(fd: number): void;
  errno(): string;
}

export interface Watch {
  pause(): void;
  resume(): void;
  end(): void;
}

export interface BindOptions {
  /** Others of this program listen at the same port, and the system shares out what comes. */
  readonly isShared: boolean;
  readonly receiveBuffer: number;
  /** With each datagram comes the address that it was sent to. @default false */
  readonly tellsAddress?: boolean;
}

/** Undefined where there is no such thing: then the sentence says why not. */
export async function libcSockets(): Promise<LibcSockets | string> {
  if (process.platform !== 'linux') return 'it is made for Linux alone';
  if (process.arch !== 'x64' && process.arch !== 'arm64') return `it is not made for ${process.arch}`;
  loading ??= load();
  return loading;
}

let loading: Promise<LibcSockets | string> | undefined;

async function load(): Promise<LibcSockets | string> {
  let koffi: typeof import('koffi');
  try {
    koffi = (await import('koffi')).default as unknown as typeof import('koffi');
  } catch {
    return 'the package koffi is not installed';
  }
  // koffi keeps the right to change this one.
  if (typeof koffi.node?.poll !== 'function') return 'this koffi cannot wait for sockets';
  try {
    return wrap(koffi);
  } catch (error) {
    return `koffi finds no system calls: ${String(error)}`;
  }
}

function wrap(koffi: typeof import('koffi')): LibcSockets {
  const libc = koffi.load(null);
  const socket = libc.func('int socket(int, int, int)');
  const setsockopt = libc.func('int setsockopt(int, int, int, void *, unsigned int)');
  const bindTo = libc.func('int bind(int, void *, unsigned int)');
  const getsockname = libc.func('int getsockname(int, void *, void *)');
  const close = libc.func('int close(int)');
  const recvmmsg = libc.func('int recvmmsg(int, void *, unsigned int, int, void *)');
  const sendmmsg = libc.func('int sendmmsg(int, void *, unsigned int, int)');
  const fcntl = libc.func('int fcntl(int, int, int)');
  const errno = () => getSystemErrorName(-koffi.errno());
  const option = (fd: number, level: number, name: number, value: number): boolean =>
    setsockopt(fd, level, name, Int32Array.of(value), 4) === 0;

  return {
    placeOf: bytes => {
      const place = koffi.address(bytes);
      return { low: Number(place & 0xffff_ffffn), high: Number(place >> 32n) };
    },
    receive: (fd, headers, count) => recvmmsg(fd, headers, count, MSG_DONTWAIT, null),
    send: (fd, headers, count) => sendmmsg(fd, headers, count, MSG_DONTWAIT),
    watch: (fd, call) => {
      const handle = koffi.node.poll(fd, READABLE, call);
      return {
        pause: () => handle.stop(),
        resume: () => handle.start(READABLE, call),
        end: () => handle.close(),
      };
    },
    bind: (address, { isShared, receiveBuffer, tellsAddress = false }) => {
      const name = encodeSockAddress(address);
      const isIpv6 = name.length === SOCKADDR_IN6;
      const fd = socket(isIpv6 ? AF_INET6 : AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
      if (fd < 0) throw failed(errno());
      const isReady =
        (!isIpv6 || option(fd, IPPROTO_IPV6, IPV6_V6ONLY, 1)) &&
        (!isShared || option(fd, SOL_SOCKET, SO_REUSEPORT, 1)) &&
        (!tellsAddress ||
          (isIpv6 ? option(fd, IPPROTO_IPV6, IPV6_RECVPKTINFO, 1) : option(fd, IPPROTO_IP, IP_PKTINFO, 1))) &&
        bindTo(fd, name, name.length) === 0;
      if (!isReady) {
        const code = errno();
        close(fd);
        throw failed(code);
      }
      // Answers are short enough for any path, and need no numbers by which to put fragments together.
      if (!isIpv6) option(fd, IPPROTO_IP, IP_MTU_DISCOVER, IP_PMTUDISC_PROBE);
      // Beyond what the system allows to anyone where we may; else as much as it allows.
      if (!option(fd, SOL_SOCKET, SO_RCVBUFFORCE, receiveBuffer))
        option(fd, SOL_SOCKET, SO_RCVBUF, receiveBuffer);
      return fd;
    },
    bindTcp: (address, { isShared }) => {
      const name = encodeSockAddress(address);
      const isIpv6 = name.length === SOCKADDR_IN6;
      const fd = socket(isIpv6 ? AF_INET6 : AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
      if (fd < 0) throw failed(errno());
      // As libuv does: a port that was just left is free, and "::" takes IPv4 too.
      const isReady =
        option(fd, SOL_SOCKET, SO_REUSEADDR, 1) &&
        (!isIpv6 || option(fd, IPPROTO_IPV6, IPV6_V6ONLY, address.host === '::' ? 0 : 1)) &&
        (!isShared || option(fd, SOL_SOCKET, SO_REUSEPORT, 1)) &&
        bindTo(fd, name, name.length) === 0;
      if (isReady) return fd;
      const code = errno();
      close(fd);
      throw failed(code);
    },
    duplicate: fd => fcntl(fd, F_DUPFD_CLOEXEC, 0),
    addressOf: fd => {
      const name = new Uint8Array(SOCKADDR_IN6);
      const length = Uint32Array.of(name.length);
      if (getsockname(fd, name, length) !== 0) throw failed(errno());
      const ip = length[0] === SOCKADDR_IN ? name.subarray(4, 8) : name.subarray(8, 24);
      return { host: formatIp(ip), port: (name[2]! << 8) | name[3]! };
    },
    close: fd => void close(fd),
    errno,
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

function failed(code: string): Error {
  return Object.assign(new Error(code), { code });
}

const SOCKADDR_IN = 16;
const SOCKADDR_IN6 = 28;
const AF_INET = 2;
const AF_INET6 = 10;
const SOCK_STREAM = 1;
const SOCK_DGRAM = 2;
const SOCK_CLOEXEC = 0o2000000;
const SOL_SOCKET = 1;
const SO_REUSEADDR = 2;
const SO_RCVBUF = 8;
const SO_REUSEPORT = 15;
const SO_RCVBUFFORCE = 33;
const IPPROTO_IP = 0;
const IP_PKTINFO = 8;
const IP_MTU_DISCOVER = 10;
const IP_PMTUDISC_PROBE = 3;
const IPPROTO_IPV6 = 41;
const IPV6_V6ONLY = 26;
const IPV6_RECVPKTINFO = 49;
const READABLE = { readable: true };
const MSG_DONTWAIT = 0x40;
const F_DUPFD_CLOEXEC = 1030;

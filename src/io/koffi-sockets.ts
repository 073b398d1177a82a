// The same calls as the native module's by `koffi`, for processors that that is not made for.

import type { SocketCalls } from './libc-sockets.ts';

/** Where they cannot be had, a sentence's part that says why not. */
export async function koffiSocketCalls(): Promise<SocketCalls | string> {
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

function wrap(koffi: typeof import('koffi')): SocketCalls {
  const libc = koffi.load(null);
  const socket = libc.func('int socket(int, int, int)');
  const setsockopt = libc.func('int setsockopt(int, int, int, void *, unsigned int)');
  const bind = libc.func('int bind(int, void *, unsigned int)');
  const getsockname = libc.func('int getsockname(int, void *, void *)');
  const close = libc.func('int close(int)');
  const recvmmsg = libc.func('int recvmmsg(int, void *, unsigned int, int, void *)');
  const sendmmsg = libc.func('int sendmmsg(int, void *, unsigned int, int)');
  const fcntl = libc.func('int fcntl(int, int, int)');
  const told = (result: number): number => (result < 0 ? -koffi.errno() : result);

  return {
    open: (family, type) => told(socket(family, type | SOCK_CLOEXEC, 0)),
    setOption: (fd, level, name, value) => told(setsockopt(fd, level, name, Int32Array.of(value), 4)),
    bind: (fd, name) => told(bind(fd, name, name.length)),
    nameOf: (fd, name) => {
      const length = Uint32Array.of(name.length);
      const result = told(getsockname(fd, name, length));
      return result < 0 ? result : length[0]!;
    },
    duplicate: fd => told(fcntl(fd, F_DUPFD_CLOEXEC, 0)),
    close: fd => told(close(fd)),
    placeOf: bytes => {
      const place = koffi.address(bytes);
      return { low: Number(place & 0xffff_ffffn), high: Number(place >> 32n) };
    },
    receive: (fd, block, at, count) => told(recvmmsg(fd, block.subarray(at), count, MSG_DONTWAIT, null)),
    send: (fd, block, at, count) => told(sendmmsg(fd, block.subarray(at), count, MSG_DONTWAIT)),
    watch: (fd, call) => {
      const handle = koffi.node.poll(fd, READABLE, call);
      return {
        pause: () => handle.stop(),
        resume: () => handle.start(READABLE, call),
        hold: () => handle.ref(),
        release: () => handle.unref(),
        end: () => handle.close(),
      };
    },
  };
}

const SOCK_CLOEXEC = 0o2000000;
const MSG_DONTWAIT = 0x40;
const F_DUPFD_CLOEXEC = 1030;
const READABLE = { readable: true };

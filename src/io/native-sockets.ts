// The native module's calls for sockets: `libc-sockets` says what they are for.

import type { SocketCalls, Watch } from './libc-sockets.ts';
import { nativeModule } from './native-module.ts';

interface NativeSockets {
  openSocket(family: number, type: number): number;
  setOption(fd: number, level: number, name: number, value: number): number;
  bindSocket(fd: number, name: Uint8Array): number;
  socketName(fd: number, name: Uint8Array): number;
  duplicateSocket(fd: number): number;
  closeSocket(fd: number): number;
  placeOf(bytes: Uint8Array): bigint;
  receiveDatagrams(fd: number, block: Uint8Array, at: number, count: number): number;
  sendDatagrams(fd: number, block: Uint8Array, at: number, count: number): number;
  watchSocket(fd: number, call: () => void): Watch | number;
}

/** Undefined where there is no such module. */
export function nativeSocketCalls(): SocketCalls | undefined {
  if (nativeModule?.['watchSocket'] === undefined) return undefined;
  const native = nativeModule as unknown as NativeSockets;
  return {
    open: native.openSocket,
    setOption: native.setOption,
    bind: native.bindSocket,
    nameOf: native.socketName,
    duplicate: native.duplicateSocket,
    close: native.closeSocket,
    placeOf: bytes => {
      const place = native.placeOf(bytes);
      return { low: Number(place & 0xffff_ffffn), high: Number(place >> 32n) };
    },
    receive: native.receiveDatagrams,
    send: native.sendDatagrams,
    watch: (fd, call) => {
      const watch = native.watchSocket(fd, call);
      if (typeof watch === 'number') throw new Error(`A socket cannot be watched (${watch}).`);
      return watch;
    },
  };
}

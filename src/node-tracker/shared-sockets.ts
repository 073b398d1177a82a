// Sockets of one port that several threads listen at, by calls that Node does not have.

import type { Address } from '../core/bytes/compact-address.ts';
import type { SwarmlineError } from '../core/errors.ts';
import { cannotServe } from '../io/http-server.ts';
import { type LibcSockets, libcSockets } from '../io/libc-sockets.ts';

/** Only where it is known that there are such calls. */
export async function sharedSockets(): Promise<LibcSockets> {
  const libc = await libcSockets();
  if (typeof libc === 'string') throw new TypeError(`tracker: threads cannot share a port, for ${libc}`);
  return libc;
}

/** The number of a TCP socket. @throws SwarmlineError `LISTEN_FAILED` */
export function bindTcp(libc: LibcSockets, address: Address, isShared: boolean): number {
  try {
    return libc.bindTcp(address, { isShared });
  } catch (error) {
    throw cannotServe(address, error);
  }
}

/**
 * A socket that other threads may share the port of, and no other program.
 * @throws SwarmlineError `LISTEN_FAILED`
 */
export function bindSharedTcp(
  libc: LibcSockets,
  host: string | undefined,
  port: number,
): { fd: number; address: Address } {
  const alone = bindSomewhere(libc, host, port);
  const address = libc.addressOf(alone);
  libc.close(alone);
  return { fd: bindTcp(libc, address, true), address };
}

/** Alone on the port, so that another program that has it is noticed. */
function bindSomewhere(libc: LibcSockets, host: string | undefined, port: number): number {
  if (host !== undefined) return bindTcp(libc, { host, port }, false);
  try {
    return bindTcp(libc, { host: '::', port }, false);
  } catch (error) {
    const { code } = (error as SwarmlineError).cause as { code?: string };
    // A machine may have no IPv6 at all.
    if (code !== 'EAFNOSUPPORT' && code !== 'EADDRNOTAVAIL') throw error;
    return bindTcp(libc, { host: '0.0.0.0', port }, false);
  }
}

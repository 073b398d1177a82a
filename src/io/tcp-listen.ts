// One port for IPv4 and IPv6: a listener at "::" takes both, for the runtime clears IPV6_V6ONLY whatever the system's
// default is. On a machine without IPv6 it becomes one at 0.0.0.0.

import { type Address, canonicalAddress, formatAddress } from '../core/bytes/compact-address.ts';
import { SwarmlineError } from '../core/errors.ts';
import type { StreamListener } from '../host/stream.ts';
import { describeSystemError, systemCode } from './file-fault.ts';

/**
 * `open` opens one listener; its errors are the system's.
 * @throws SwarmlineError `LISTEN_FAILED`
 */
export async function listenOnOnePort(
  address: Address,
  open: (host: string, port: number) => Promise<StreamListener>,
): Promise<StreamListener> {
  const { host, port } = canonicalAddress(address) ?? address;
  try {
    return await open(host, port);
  } catch (cause) {
    if (host !== '::' || !WITHOUT_IPV6.includes(systemCode(cause) ?? '')) throw listenFailed(address, cause);
  }
  return open('0.0.0.0', port).catch(cause => Promise.reject(listenFailed(address, cause)));
}

function listenFailed(address: Address, cause: unknown): SwarmlineError {
  const reason = systemCode(cause) === 'EADDRINUSE' ? 'another program uses it' : describeSystemError(cause);
  const sentence = `Cannot listen on ${formatAddress(address)}: ${reason}.`;
  return new SwarmlineError('LISTEN_FAILED', sentence, { cause });
}

// A kernel without it; one that has it and no address for it (as in some containers).
const WITHOUT_IPV6 = ['EAFNOSUPPORT', 'EPROTONOSUPPORT', 'EADDRNOTAVAIL'];

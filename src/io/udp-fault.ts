// Why a UDP socket cannot be had, or a datagram cannot be sent, in words.

import { type Address, formatAddress } from '../core/bytes/compact-address.ts';
import { SwarmlineError } from '../core/errors.ts';
import { describeSystemError, systemCode } from './file-fault.ts';

export function cannotListen(address: Address, error: unknown): SwarmlineError {
  const reason = systemCode(error) === 'EADDRINUSE' ? 'another program uses it' : wordsFor(error);
  const where = `${formatAddress(address)} (UDP)`;
  return new SwarmlineError('LISTEN_FAILED', `Cannot listen on ${where}: ${reason}.`, {
    where,
    cause: error,
  });
}

/** `error`: what the system says, or its code. */
export function cannotSend(host: string, error: unknown): SwarmlineError {
  const cause = typeof error === 'string' ? Object.assign(new Error(error), { code: error }) : error;
  return refused(host, wordsFor(cause), cause);
}

export function isOfOtherFamily(host: string): SwarmlineError {
  return refused(host, 'it is of another family than the socket');
}

function refused(host: string, why: string, cause?: unknown): SwarmlineError {
  return new SwarmlineError('SEND_FAILED', `Nothing can be sent to ${host}: ${why}.`, { where: host, cause });
}

function wordsFor(error: unknown): string {
  return WORDS[systemCode(error) ?? ''] ?? describeSystemError(error);
}

const WORDS: Readonly<Record<string, string>> = {
  ENETUNREACH: 'there is no way to it from here',
  EHOSTUNREACH: 'there is no way to it from here',
  EADDRNOTAVAIL: 'this machine has no such address',
  EAFNOSUPPORT: 'this machine does not speak that family of addresses',
  ENODEV: 'the interface is away',
  EMSGSIZE: 'it is too long for one datagram',
};

// Names to addresses by the system's own resolver, which knows its hosts file and its search domains.

import { ADDRCONFIG, lookup } from 'node:dns';
import { addressBytes, formatIp } from '../core/bytes/compact-address.ts';
import { SwarmlineError } from '../core/errors.ts';
import type { NameResolver } from '../host/names.ts';

export const nodeNames: NameResolver = {
  resolve: name =>
    new Promise((resolve, reject) => {
      // Without addresses of IPv6 on this machine, those of others are of no use.
      lookup(name, { all: true, hints: ADDRCONFIG }, (error, found) => {
        if (error === null) resolve(found.flatMap(({ address }) => plainIp(address) ?? []));
        else reject(notFound(name, error));
      });
    }),
};

/** Without a zone, and IPv4 in its own form. */
export function plainIp(address: string): string | undefined {
  const bytes = addressBytes(address.split('%', 1)[0]!);
  return bytes === undefined ? undefined : formatIp(bytes);
}

function notFound(name: string, error: NodeJS.ErrnoException): SwarmlineError {
  const shown = name.slice(0, 200).replaceAll(/[\p{C}\s]+/gu, ' ');
  const why =
    error.code === 'ENOTFOUND' || error.code === 'ENODATA'
      ? 'there is no host of that name'
      : 'its name could not be resolved at the moment';
  return new SwarmlineError('NAME_NOT_FOUND', `${shown}: ${why}.`, { where: shown, cause: error });
}

// Options of every command that exchanges a torrent: how peers are found and reached, and how it is shown.

import type { Command } from 'commander';
import type { Encryption } from '../session/encryption.ts';
import type { ExchangeOptions } from './exchange.ts';
import * as values from './option-values.ts';

export interface TransferFlags {
  readonly peer?: readonly { host: string; port: number }[];
  readonly tracker?: readonly string[];
  readonly port?: number;
  readonly bind?: string;
  readonly encryption?: Encryption;
  readonly json?: boolean;
}

export function addTransferOptions(command: Command): Command {
  return command
    .option('--peer <host:port>', 'a peer to ask at once', values.many(values.hostAndPort))
    .option('-t, --tracker <url>', 'one more tracker', values.many(values.urlWith(...values.TRACKER_SCHEMES)))
    .option(
      '--port <port>',
      'where peers can reach this one (default: 6881, or any that is free)',
      values.portNumber,
    )
    .option('--bind <address>', 'listen at this address alone (default: every one)', values.ipAddress)
    .option('--encryption <how>', ENCRYPTION_HELP, values.encryption)
    .option('--json', 'events for a program, one JSON object a line');
}

/** What of them is the same for any torrent. */
export function networkOptions({ port, bind, encryption }: NetworkFlags): NetworkFlags {
  return {
    ...(port === undefined ? {} : { port }),
    ...(bind === undefined ? {} : { bind }),
    ...(encryption === undefined ? {} : { encryption }),
  };
}

type NetworkFlags = Pick<ExchangeOptions, 'port' | 'bind' | 'encryption'>;

export const ENCRYPTION_HELP = 'of connections: off, allow, prefer or require (default: allow)';

// Which daemon `swarmline ctl` speaks to, and with which token: what the flags say, else the environment, else the
// configuration of the daemon of this user. The token that is known by that configuration is shown to no other daemon.

import type { Command } from 'commander';
import { addressBytes } from '../../core/bytes/compact-address.ts';
import { readToken } from '../../io/token-file.ts';
import { RpcClient } from '../../rpc/client.ts';
import { resolveDaemonConfig } from '../daemon-config.ts';
import * as values from '../option-values.ts';
import { ownToken } from '../token-file.ts';
import { sendRequest } from './send-request.ts';

export interface ConnectFlags {
  readonly url?: string;
  readonly tokenFile?: string;
}

export function addConnectOptions(command: Command): Command {
  return command
    .option(
      '--url <address>',
      "of the daemon (default: SWARMLINE_RPC_URL, else where this user's daemon answers)",
      values.urlWith('http', 'https'),
    )
    .option('--token-file <file>', 'a file with its token (default: SWARMLINE_TOKEN, else its own)');
}

/** @throws SwarmlineError `CONFIG_UNREADABLE`, `CONFIG_INVALID`, `FILE_UNREADABLE`, `TOKEN_INVALID` */
export async function connect(flags: ConnectFlags, env: NodeJS.ProcessEnv = process.env): Promise<RpcClient> {
  const url = flags.url ?? env['SWARMLINE_RPC_URL'];
  const token = flags.tokenFile === undefined ? env['SWARMLINE_TOKEN'] : await readToken(flags.tokenFile);
  if (url !== undefined)
    return new RpcClient({ url, token: token || (await tokenOfEnvironment(env)) }, sendRequest);
  const { config } = await resolveDaemonConfig({ env });
  const { tokenFile, stateFolder, rpcHost, rpcPort } = config;
  const known =
    token ||
    (await tokenOfEnvironment(env)) ||
    (tokenFile === undefined ? await ownToken(stateFolder) : await readToken(tokenFile));
  return new RpcClient({ url: `http://${asked(rpcHost)}:${rpcPort}`, token: known }, sendRequest);
}

async function tokenOfEnvironment(env: NodeJS.ProcessEnv): Promise<string | undefined> {
  const path = env['SWARMLINE_TOKEN_FILE'];
  return path ? readToken(path) : undefined;
}

/** Who listens at every address is asked on this machine. */
function asked(host: string): string {
  const bytes = addressBytes(host);
  if (bytes?.every(byte => byte === 0)) return bytes.length === 4 ? '127.0.0.1' : '[::1]';
  return host.includes(':') ? `[${host}]` : host;
}

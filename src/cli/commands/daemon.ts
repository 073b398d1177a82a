// `swarmline daemon`: many torrents in one program that stays up, told what to do over HTTP, until Ctrl-C or SIGTERM.

import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import type { Command } from 'commander';
import { SwarmlineError } from '../../core/errors.ts';
import { describeSystemError } from '../../io/file-fault.ts';
import { startDaemon } from '../../node-daemon/start.ts';
import { interruptible } from '../interrupt.ts';
import { addExamples, collect, newCommand } from '../new-command.ts';
import * as values from '../option-values.ts';
import { Log } from '../output/log.ts';
import { programVersion } from '../program-name.ts';
import { systemStateFolder } from '../state-folder.ts';
import type { Terminal } from '../terminal.ts';

interface Flags {
  readonly downloadDir?: string;
  readonly stateFolder?: string;
  readonly rpcHost: string;
  readonly rpcPort: number;
  readonly tokenFile?: string;
  readonly allowHost?: readonly string[];
  readonly allowFolder?: readonly string[];
  readonly port?: number;
}

export function command(terminal: Terminal): Command {
  const daemon = newCommand(
    terminal,
    'daemon',
    'Run many torrents in one program, told what to do over HTTP.',
  )
    .option(
      '-d, --download-dir <folder>',
      'where torrents go that name no other place (default: ~/Downloads)',
    )
    .option(
      '--state-folder <folder>',
      'where everything is remembered (default: where the system keeps such)',
    )
    .option(
      '--rpc-host <address>',
      'where to answer; beyond this machine only with a token',
      values.ipAddress,
      '127.0.0.1',
    )
    .option('--rpc-port <port>', 'of the page and the API', values.portNumber, 9797)
    .option('--token-file <file>', 'a file with the token that clients must know')
    .option('--allow-host <name>', 'a name under which the daemon is asked', collect)
    .option('--allow-folder <folder>', 'where clients may put torrents, beside the download folder', collect)
    .option(
      '-p, --port <port>',
      'where peers can dial (default: 6881, or any that is free)',
      values.portNumber,
    )
    .action((flags: Flags) => run(flags, terminal));
  return addExamples(daemon, terminal, [
    ['swarmline daemon', 'answers on this machine alone, port 9797'],
    ['swarmline daemon --rpc-host 0.0.0.0 --token-file token', 'from anywhere, with a token'],
  ]);
}

async function run(flags: Flags, terminal: Terminal): Promise<void> {
  const log = new Log(terminal.err, {});
  await interruptible(async signal => {
    const asked = new AbortController();
    const daemon = await startDaemon({
      stateFolder: flags.stateFolder ?? join(systemStateFolder(), 'daemon'),
      downloadDir: flags.downloadDir ?? join(homedir(), 'Downloads'),
      allowedFolders: flags.allowFolder ?? [],
      allowedHosts: (flags.allowHost ?? []).map(name => name.toLowerCase()),
      rpc: { host: flags.rpcHost, port: flags.rpcPort },
      ...(flags.tokenFile !== undefined && { token: await readToken(flags.tokenFile) }),
      session: { listen: { host: '::', port: flags.port ?? 0 } },
      version: programVersion(),
      onCloseAsked: () => asked.abort(),
      onWarning: error => log.line('warn', 'warning', error instanceof Error ? error.message : String(error)),
    });
    try {
      const { host, port } = daemon.address;
      await terminal.out.line(`http://${host.includes(':') ? `[${host}]` : host}:${port}/`);
      log.line('info', 'listening', `The daemon answers on port ${port} of ${host}.`);
      await new Promise<void>(resolve => {
        const ended = AbortSignal.any([signal, asked.signal]);
        if (ended.aborted) resolve();
        ended.addEventListener('abort', () => resolve());
      });
    } finally {
      await daemon.close();
      log.line('info', 'stopped', 'The daemon has stopped.');
    }
  });
}

async function readToken(path: string): Promise<string> {
  try {
    return (await readFile(path, 'utf8')).trim();
  } catch (cause) {
    throw new SwarmlineError('FILE_UNREADABLE', `"${path}" cannot be read: ${describeSystemError(cause)}.`, {
      where: path,
      cause,
    });
  }
}

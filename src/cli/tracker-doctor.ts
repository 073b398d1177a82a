// `swarmline tracker doctor`: this machine's facts to `tracker/ops/doctor`, and its findings to the terminal.

import { execFile } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { readdirSync, readFileSync } from 'node:fs';
import { createServer, isIPv6 } from 'node:net';
import { availableParallelism, networkInterfaces } from 'node:os';
import { libcSockets } from '../io/libc-sockets.ts';
import { type DoctorOptions, examine, type Finding, type Machine } from '../tracker/ops/doctor.ts';
import { displayText } from './output/display-text.ts';
import type { Terminal } from './terminal.ts';

export interface DoctorFlags extends DoctorOptions {
  readonly json?: boolean;
}

/** Exit status 1 where there is something to set; what cannot be told is no reason. */
export async function runTrackerDoctor(
  flags: DoctorFlags,
  terminal: Terminal,
  machine: Machine = thisMachine(),
): Promise<void> {
  const findings = await examine(machine, flags);
  if (findings.some(({ state }) => state === 'warning')) terminal.exitStatus = 1;
  const { out } = terminal;
  for (const finding of findings)
    for (const line of flags.json === true ? [JSON.stringify(finding)] : linesOf(finding, terminal))
      await out.line(line);
}

function linesOf({ state, sentence, fix = [] }: Finding, { out: { paint } }: Terminal): string[] {
  const mark =
    state === 'ok' ? paint.complete('✓') : state === 'warning' ? paint.failed('✗') : paint.idle('?');
  return [`${mark} ${displayText(sentence)}`, ...fix.map(typed => `    ${displayText(typed)}`)];
}

function thisMachine(): Machine {
  return {
    platform: process.platform,
    processors: availableParallelism(),
    read: path => {
      try {
        return readFileSync(path, 'latin1');
      } catch {
        return undefined;
      }
    },
    list: path => {
      try {
        return readdirSync(path);
      } catch {
        return [];
      }
    },
    addresses: Object.entries(networkInterfaces()).flatMap(([link, all = []]) =>
      all.map(({ address, family, internal }) => ({
        link,
        address,
        isIpv6: family === 'IPv6',
        isInternal: internal,
      })),
    ),
    listen: (protocol, host, port) => (protocol === 'udp' ? tryUdp(host, port) : tryTcp(host, port)),
    whyNoBatches: async () => {
      const libc = await libcSockets();
      return typeof libc === 'string' ? libc : undefined;
    },
    run: (program, ...options) =>
      new Promise(resolve => {
        execFile(program, options, { timeout: 3_000, encoding: 'utf8' }, (error, text) =>
          resolve(error === null ? text : undefined),
        );
      }),
  };
}

function tryUdp(host: string, port: number): Promise<string | undefined> {
  return new Promise(resolve => {
    const socket = createSocket({ type: isIPv6(host) ? 'udp6' : 'udp4' });
    socket.once('error', error => {
      socket.close();
      resolve((error as NodeJS.ErrnoException).code ?? error.message);
    });
    socket.bind({ address: host, port, exclusive: true }, () => socket.close(() => resolve(undefined)));
  });
}

function tryTcp(host: string, port: number): Promise<string | undefined> {
  return new Promise(resolve => {
    const server = createServer();
    server.once('error', error => resolve((error as NodeJS.ErrnoException).code ?? error.message));
    server.listen({ host, port, exclusive: true }, () => server.close(() => resolve(undefined)));
  });
}

// `swarmline tracker dns`: the TXT record by which a host says where its tracker is (BEP 34), and whether it is there.

import { Resolver } from 'node:dns/promises';
import { SwarmlineError } from '../core/errors.ts';
import { parseTrackerRecord, type TrackerPort, trackerRecord } from '../core/tracker/dns-record.ts';
import { systemCode } from '../io/file-fault.ts';
import { displayText } from './output/display-text.ts';
import type { Terminal } from './terminal.ts';

export interface DnsFlags {
  readonly port: number;
  readonly udpPort?: number;
  readonly none?: boolean;
  readonly check: boolean;
  readonly resolver?: string;
}

/** The strings of each TXT record of a name. */
export type ResolveTxt = (name: string) => Promise<readonly (readonly string[])[]>;

/** @throws SwarmlineError `DNS_FAILED` */
export async function runTrackerDns(
  host: string,
  flags: DnsFlags,
  terminal: Terminal,
  resolveTxt: ResolveTxt = resolverAt(flags.resolver),
): Promise<void> {
  const wanted = trackerRecord(portsOf(flags));
  await terminal.out.line(`${host}. 3600 IN TXT "${wanted}"`);
  if (!flags.check) return;
  const found = (await recordsOf(host, resolveTxt)).filter(text => parseTrackerRecord(text) !== undefined);
  const { paint } = terminal.err;
  const say = (isGood: boolean, sentence: string) =>
    terminal.err.line(`${isGood ? paint.complete('✓') : paint.failed('✗')} ${displayText(sentence)}`);
  if (found.length === 1 && found[0] === wanted) {
    await say(true, `${host} has this record.`);
    return;
  }
  terminal.exitStatus = 1;
  if (found.length === 0) {
    await say(false, `${host} has no record of a tracker: clients use the port in the URL.`);
  } else if (found.length > 1) {
    await say(
      false,
      `${host} has ${found.length} records of a tracker, and clients may take any: ${found.join('; ')}`,
    );
  } else await say(false, `${host} has another record: ${found[0]}`);
}

function portsOf({ port, udpPort, none }: DnsFlags): TrackerPort[] {
  if (none === true) return [];
  const udp = udpPort ?? port;
  const tcp: TrackerPort = { protocol: 'tcp', port };
  // UDP first: it costs both sides least.
  return udp === 0 ? [tcp] : [{ protocol: 'udp', port: udp }, tcp];
}

async function recordsOf(host: string, resolveTxt: ResolveTxt): Promise<string[]> {
  try {
    // A record of more than 255 bytes comes in several strings.
    return (await resolveTxt(host)).map(strings => strings.join(''));
  } catch (cause) {
    const code = systemCode(cause) ?? '';
    if (code === 'ENODATA' || code === 'ENOTFOUND') return [];
    throw new SwarmlineError(
      'DNS_FAILED',
      `The records of ${host} cannot be looked up: ${WORDS[code] ?? code}.`,
      {
        where: host,
        cause,
      },
    );
  }
}

function resolverAt(server: string | undefined): ResolveTxt {
  const resolver = new Resolver({ timeout: 3_000, tries: 2 });
  if (server !== undefined) resolver.setServers([server]);
  return name => resolver.resolveTxt(name);
}

const WORDS: Readonly<Record<string, string>> = {
  ETIMEOUT: 'no name server answers',
  ECONNREFUSED: 'the name server does not answer',
  ESERVFAIL: 'the name server failed',
  EREFUSED: 'the name server refuses',
  EBADNAME: 'this is no name',
};

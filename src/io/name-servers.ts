// Names to addresses by asking name servers ourselves, from sockets that are tied to an interface: the system's resolver asks by
// whatever way the routes give it. Knows no hosts file and no search domains; remembers nothing.

import { randomInt } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { addressScope } from '../core/bytes/address-scope.ts';
import { formatAddress } from '../core/bytes/compact-address.ts';
import { type DnsAnswer, encodeDnsQuestion, parseDnsAnswer } from '../core/dns/packet.ts';
import { SwarmlineError } from '../core/errors.ts';
import type { DatagramNetwork, DatagramSocket } from '../host/datagram.ts';
import type { NameResolver } from '../host/names.ts';
import { plainIp } from './names.ts';

export interface NameServersOptions {
  /** Asked in turn, each twice. @default those of this machine that are not on it */
  readonly servers?: readonly string[] | undefined;
  /** @default 53 */
  readonly port?: number;
  /** That an answer is waited for. @default 3000 */
  readonly timeoutMs?: number;
}

/** Asks by those sockets and no other way. */
export function nameServers(datagrams: DatagramNetwork, options: NameServersOptions = {}): NameResolver {
  const { port = 53, timeoutMs = 3000 } = options;
  return {
    resolve: async name => {
      const plain = plainIp(name);
      if (plain !== undefined) return [plain];
      const servers = options.servers ?? serversOfSystem();
      if (servers.length === 0)
        throw notFound(name, 'this machine knows no name server but itself; name one with --dns');
      let why = 'no name server answers';
      for (const host of [...servers, ...servers]) {
        const ask = (family: 4 | 6) => askOne(datagrams, { name, family, host, port, timeoutMs });
        const answers = await Promise.all([ask(4), ask(6)]);
        const hosts = answers.flatMap(answer => answer?.hosts ?? []);
        if (hosts.length > 0) return hosts;
        if (answers.every(answer => answer?.kind === 'none')) {
          why = 'there is no host of that name';
          break;
        }
      }
      throw notFound(name, why);
    },
  };
}

interface Asked {
  readonly name: string;
  readonly family: 4 | 6;
  readonly host: string;
  readonly port: number;
  readonly timeoutMs: number;
}

/** From a port that nobody can guess. Undefined where nothing that is an answer comes in time. */
async function askOne(
  datagrams: DatagramNetwork,
  { name, family, host, port, timeoutMs }: Asked,
): Promise<DnsAnswer | undefined> {
  const question = { id: randomInt(0x10000), name, family };
  const bytes = encodeDnsQuestion(question);
  if (bytes === undefined) return { kind: 'none', hosts: [] };
  let socket: DatagramSocket;
  try {
    socket = await datagrams.bind({ host: host.includes(':') ? '::' : '0.0.0.0', port: 0 });
  } catch (error) {
    if (error instanceof SwarmlineError) return undefined;
    throw error;
  }
  return new Promise(resolve => {
    const end = (answer: DnsAnswer | undefined) => {
      clearTimeout(timer);
      socket.close();
      resolve(answer);
    };
    const timer = setTimeout(() => end(undefined), timeoutMs);
    const from = formatAddress({ host, port });
    socket.onDatagram = (received, byHost, byPort) => {
      if (formatAddress({ host: byHost, port: byPort }) !== from) return;
      const answer = parseDnsAnswer(received, question);
      if (answer !== undefined) end(answer);
    };
    socket.keepAlive(true);
    socket.send(bytes, host, port, () => end(undefined));
  });
}

/** One on this machine (systemd-resolved) would ask others in its own way: those that it asks are asked in its place. */
function serversOfSystem(): string[] {
  for (const path of RESOLV_FILES) {
    const servers = serversIn(read(path));
    if (servers.length > 0) return servers;
  }
  return [];
}

/** Of `resolv.conf`, those that are not on this machine. */
export function serversIn(text: string): string[] {
  return [...text.matchAll(/^\s*nameserver\s+([^\s#;]+)/gm)]
    .flatMap(([, host]) => plainIp(host!) ?? [])
    .filter(host => !['loopback', 'none'].includes(addressScope(host)));
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

function notFound(name: string, why: string): SwarmlineError {
  const shown = name.slice(0, 200).replaceAll(/[\p{C}\s]+/gu, ' ');
  return new SwarmlineError('NAME_NOT_FOUND', `${shown}: ${why}.`, { where: shown });
}

const RESOLV_FILES = ['/etc/resolv.conf', '/run/systemd/resolve/resolv.conf'];

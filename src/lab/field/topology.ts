// The field's network: a hub, and machines with a line to it, each in a network namespace of its own. Nothing here has to
// do with the machine's own network. Namespaces have no names: they go with the last process in them, and every process goes
// with this one, whatever ends it.
//
//   machine: eth0 ──(token bucket: up)──▶ port I ┐
//            eth0 ◀──(token bucket: down)── port I ┴ routes, in the hub
//
// The hub routes, and is no bridge: over a bridge each machine would know the hardware addresses of all others, and of these a
// kernel holds a thousand in all its namespaces together (`gc_thresh3`), so that from 32 machines on some would not find others.
//
// A cap counts all bytes of a packet, the 66 of its headers too. Packets are sent as small as they are on a wire: the kernel
// would otherwise hand on up to 64 KiB as one, which caps and counters then take for less than it is. Lines have no latency.

import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { SwarmlineError } from '../../core/errors.ts';
import { FieldProcess } from './field-process.ts';

export interface HostLine {
  /** @default no cap */
  readonly upBytesPerSecond?: number | undefined;
  readonly downBytesPerSecond?: number | undefined;
  /** False: nobody can begin a connection with it, as behind a router. @default true */
  readonly isReachable?: boolean | undefined;
}

/** Bytes of whole packets on a machine's line. */
export interface LineTraffic {
  readonly sent: number;
  readonly received: number;
}

export interface HostProgram {
  /** For messages, and the name of its log. */
  readonly name: string;
  readonly command: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly onLine?: (line: string) => void;
}

/**
 * Everything that is started in it ends with it, and the folder, where programs leave what they say, goes.
 * @throws SwarmlineError LAB_NEEDS where the kernel refuses a part of it
 */
export async function openStar(lines: readonly HostLine[], folder: string): Promise<Star> {
  const star = new Star(folder);
  try {
    await star.open(lines);
  } catch (error) {
    await star.close();
    const { stderr, message } = error as Error & { stderr?: string };
    const why = (stderr?.trim() || message).split('\n')[0]!;
    throw new SwarmlineError('LAB_NEEDS', `The field could not make its network: ${why}`, { cause: error });
  }
  return star;
}

export class Star {
  readonly hosts: StarHost[] = [];
  /** What the programs say on standard error; goes with the hub. */
  readonly folder: string;
  readonly #processes = new Set<FieldProcess>();
  #hub: Holder | undefined;
  #isClosed = false;

  constructor(folder: string) {
    this.folder = folder;
  }

  async open(lines: readonly HostLine[]): Promise<void> {
    this.#hub = await this.#hold('hub', HUB_SCRIPT);
    const holders = await Promise.all(lines.map((_, i) => this.#hold(`host-${i}`, HOST_SCRIPT)));
    await inside(this.#hub.pid, hubScript(lines, holders));
    for (const [i, line] of lines.entries()) {
      const { pid } = holders[i]!;
      await inside(pid, hostScript(addressOf(i), line));
      this.hosts.push(new StarHost(addressOf(i), pid, program => this.#start(pid, program)));
    }
  }

  /** Ends all that runs here, and removes the folder. */
  async close(): Promise<void> {
    this.#isClosed = true;
    const all = [...this.#processes];
    for (const process of all) {
      if (process !== this.#hub?.process) process.signal('SIGKILL');
    }
    this.#hub?.process.hangUp();
    await Promise.all(all.map(process => process.ended(HUB_GRACE_MS)));
  }

  #start(pid: number, { name, command, env, onLine }: HostProgram): FieldProcess {
    return this.#track(
      new FieldProcess({
        name,
        command: ['nsenter', '--target', String(pid), '--net', ...command],
        log: this.#logOf(name),
        ...(env !== undefined && { env }),
        ...(onLine !== undefined && { onLine }),
      }),
    );
  }

  /** A process that does nothing but live in a new network; it says its id, and ends with our end of its standard input. */
  async #hold(name: string, script: string): Promise<Holder> {
    let said = (_pid: number) => {};
    const pid = new Promise<number>(resolve => {
      said = resolve;
    });
    const command = ['unshare', '--net', 'sh', '-c', script, 'sh', this.folder];
    const onLine = (line: string) => said(Number(line));
    // No death signal: the hub removes the folder when this process is gone.
    const process = this.#track(
      new FieldProcess({ name, command, log: this.#logOf(name), onLine, outlives: true }),
    );
    const first = await Promise.race([pid, process.exited]);
    if (first === undefined) throw new Error(`unshare --net: ${process.lastWords}`);
    return { process, pid: first };
  }

  #track(process: FieldProcess): FieldProcess {
    this.#processes.add(process);
    if (this.#isClosed) process.signal('SIGKILL');
    return process;
  }

  #logOf(name: string): string {
    return join(this.folder, `${name.replaceAll(/[^\w-]+/g, '-')}.log`);
  }
}

/** A machine of the star. */
export class StarHost {
  readonly address: string;
  readonly #pid: number;
  readonly start: (program: HostProgram) => FieldProcess;

  constructor(address: string, pid: number, start: (program: HostProgram) => FieldProcess) {
    this.address = address;
    this.#pid = pid;
    this.start = start;
  }

  traffic(): LineTraffic {
    const table = readFileSync(`/proc/${this.#pid}/net/dev`, 'latin1');
    const row = table.split('\n').find(line => /^\s*eth0:/.test(line)) ?? 'eth0:';
    const fields = row
      .slice(row.indexOf(':') + 1)
      .trim()
      .split(/\s+/)
      .map(Number);
    return { received: fields[0] ?? 0, sent: fields[8] ?? 0 };
  }
}

interface Holder {
  readonly process: FieldProcess;
  readonly pid: number;
}

function hubScript(lines: readonly HostLine[], holders: readonly Holder[]): string {
  const commands = ['ip link set lo up', 'echo 1 > /proc/sys/net/ipv4/ip_forward'];
  for (const [i, { downBytesPerSecond }] of lines.entries()) {
    const port = `port${i}`;
    commands.push(
      `ip link add ${port} type veth peer name eth0 netns ${holders[i]!.pid}`,
      `ip link set ${port} gso_max_segs 1 up`,
      `ip addr add ${HUB_ADDRESS}/32 dev ${port}`,
      `ip route add ${addressOf(i)}/32 dev ${port}`,
      ...capped(port, downBytesPerSecond),
    );
  }
  return commands.join('\n');
}

function hostScript(address: string, { upBytesPerSecond, isReachable = true }: HostLine): string {
  return [
    'ip link set lo up',
    `ip addr add ${address}/32 dev eth0`,
    'echo 1 > /proc/sys/net/ipv6/conf/eth0/disable_ipv6',
    'ip link set eth0 gso_max_segs 1 up',
    `ip route add ${HUB_ADDRESS}/32 dev eth0`,
    `ip route add ${NETWORK} via ${HUB_ADDRESS} src ${address}`,
    // What most machines use; where only root of the machine itself may choose it, its predecessor, which is the same at
    // round trips as short as these. What is set for the whole machine may be neither.
    'for way in cubic reno; do sysctl -qw net.ipv4.tcp_congestion_control=$way 2>/dev/null && break; done',
    ...capped('eth0', upBytesPerSecond),
    ...(isReachable ? [] : [`nft '${NAT}'`]),
  ].join('\n');
}

function capped(device: string, bytesPerSecond: number | undefined): string[] {
  if (bytesPerSecond === undefined || bytesPerSecond === Number.POSITIVE_INFINITY) return [];
  const burst = Math.max(MIN_BURST, Math.ceil(bytesPerSecond / 100));
  // The burst is in it.
  const queue = Math.max(MIN_QUEUE, burst + Math.ceil((bytesPerSecond * QUEUE_MS) / 1000));
  const rate = `rate ${Math.round(8 * bytesPerSecond)}bit burst ${burst} limit ${queue}`;
  return [`tc qdisc add dev ${device} root tbf ${rate}`];
}

/** Runs lines of the shell in a namespace; the first that fails is the last. */
async function inside(pid: number, script: string): Promise<void> {
  await promisify(execFile)('nsenter', ['--target', String(pid), '--net', 'sh', '-ec', script], {
    timeout: SETUP_MS,
  });
}

const NETWORK = '10.99.0.0/16';
const HUB_ADDRESS = '10.99.0.1';

function addressOf(index: number): string {
  return `10.99.${1 + Math.floor(index / 250)}.${1 + (index % 250)}`;
}

const HOST_SCRIPT = 'echo $$; exec cat';
// The programs have ended at the same moment, but may still be on their way out.
const HUB_SCRIPT = `echo $$; cat; for i in 1 2 3 4 5 6 7 8 9; do rm -rf -- "$1" && break; sleep 0.3; done`;
/** As a router does that nobody has configured. */
const NAT = `add table inet field
add chain inet field input { type filter hook input priority 0; }
add rule inet field input iifname "eth0" ct state new drop`;
/** Eleven packets: fewer, and the timers of a slow machine would be what limits. */
const MIN_BURST = 16_384;
/** How much waits in front of a cap before packets are dropped, as in a home router without a better queue. */
const QUEUE_MS = 100;
/** 64 packets, where that is more: the buffer of a home router is not shorter because its line is slow. */
const MIN_QUEUE = 64 * 1514;
const SETUP_MS = 60_000;
const HUB_GRACE_MS = 5_000;

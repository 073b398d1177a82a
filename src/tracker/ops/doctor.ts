// What has broken trackers on machines that looked well: each check reads facts of the machine, judges them, and says what to
// type. It changes nothing, and where a fact cannot be read it says so instead of guessing. The facts are handed in, so that
// every verdict can be shown in a test.

/** As much of a machine as is looked at. */
export interface Machine {
  /** `linux`, `darwin`, … */
  readonly platform: string;
  readonly processors: number;
  /** A small text file, undefined where it cannot be read. */
  read(path: string): string | undefined;
  /** Names in a folder; none where there is no such folder. */
  list(path: string): readonly string[];
  readonly addresses: readonly MachineAddress[];
  /** Tries to listen, and ends that at once: undefined where it could, else the system's code (`EADDRINUSE`). */
  listen(protocol: 'udp' | 'tcp', host: string, port: number): Promise<string | undefined>;
  /** Why UDP comes one datagram at a time, as a part of a sentence; undefined where it comes in batches. */
  whyNoBatches(): Promise<string | undefined>;
  /** What a program prints; undefined where there is none, or it fails. */
  run(program: string, ...options: string[]): Promise<string | undefined>;
}

export interface MachineAddress {
  readonly link: string;
  readonly address: string;
  readonly isIpv6: boolean;
  /** Of this machine alone: loopback. */
  readonly isInternal: boolean;
}

export interface DoctorOptions {
  /** Undefined is all of the machine. */
  readonly host?: string | undefined;
  readonly port: number;
  /** Connections of HTTP and WebSocket that the tracker shall take. */
  readonly connections: number;
}

export interface Finding {
  /** A word that stays. */
  readonly check: string;
  readonly state: 'ok' | 'warning' | 'unknown';
  readonly sentence: string;
  /** What to type, or to set; several are one after the other. */
  readonly fix?: readonly string[];
}

export async function examine(machine: Machine, options: DoctorOptions): Promise<readonly Finding[]> {
  const found: Finding[] = [];
  for (const check of CHECKS) found.push(...(await check(machine, options)));
  return found;
}

type Check = (machine: Machine, options: DoctorOptions) => readonly Finding[] | Promise<readonly Finding[]>;

const ports: Check = async (machine, { host, port }) => {
  const found: Finding[] = [];
  const hosts = host === undefined ? ['0.0.0.0'] : [host];
  for (const protocol of ['udp', 'tcp'] as const) {
    const name = `${protocol.toUpperCase()} port ${port}`;
    const codes = await Promise.all(hosts.map(at => machine.listen(protocol, at, port)));
    const code = codes.find(one => one !== undefined);
    if (code === undefined) found.push(ok(`port-${protocol}`, `${name} is free.`));
    else if (code === 'EADDRINUSE') {
      const option = protocol === 'udp' ? '-lunp' : '-ltnp';
      const sentence = `${name} is taken: by the tracker, if it runs, or by another program.`;
      found.push(warning(`port-${protocol}`, sentence, `ss ${option} 'sport = :${port}'`));
    } else if (code === 'EACCES') {
      found.push(
        warning(
          `port-${protocol}`,
          `This user may not listen on ${name}: ports below 1024 need a capability.`,
          'AmbientCapabilities=CAP_NET_BIND_SERVICE   # in the systemd unit',
        ),
      );
    } else if (code === 'EADDRNOTAVAIL')
      found.push(warning(`port-${protocol}`, `This machine has no address ${hosts[0]}.`, 'ip address'));
    else found.push(unknown(`port-${protocol}`, `Whether ${name} is free could not be tried: ${code}.`));
  }
  return found;
};

const receiveBuffer: Check = machine => {
  const most = numberIn(machine, '/proc/sys/net/core/rmem_max');
  if (most === undefined)
    return [unknown('receive-buffer', 'How large a receive buffer may be is not told here.')];
  if (most >= WANTED_BUFFER)
    return [ok('receive-buffer', `A receive buffer may have ${mebibytes(most)}, enough for a burst of UDP.`)];
  const sentence = `A receive buffer may have ${mebibytes(most)}: a burst of announces by UDP overflows it, and who is lost waits 15 seconds.`;
  return [warning('receive-buffer', sentence, `sysctl -w net.core.rmem_max=${WANTED_BUFFER}`)];
};

const lostDatagrams: Check = machine => {
  const snmp = machine.read('/proc/net/snmp');
  const [names, values] = (snmp ?? '')
    .split('\n')
    .filter(line => line.startsWith('Udp: '))
    .map(line => line.split(' '));
  const at = names?.indexOf('RcvbufErrors') ?? -1;
  const lost = at < 0 ? Number.NaN : Number(values?.[at]);
  if (Number.isNaN(lost))
    return [unknown('lost-datagrams', 'How many datagrams were lost is not told here.')];
  if (lost === 0)
    return [
      ok('lost-datagrams', 'No datagram was lost to a full receive buffer since the start of the machine.'),
    ];
  const sentence = `${lost} datagrams were lost to a full receive buffer since the start of the machine. If the number grows, the tracker is too slow or its buffer too small.`;
  return [warning('lost-datagrams', sentence, 'nstat -az UdpRcvbufErrors   # twice, a minute apart')];
};

const conntrack: Check = (machine, { port }) => {
  const most = numberIn(machine, '/proc/sys/net/netfilter/nf_conntrack_max');
  const count = numberIn(machine, '/proc/sys/net/netfilter/nf_conntrack_count');
  if (most === undefined || count === undefined) {
    if (machine.platform !== 'linux')
      return [unknown('conntrack', 'Whether connections are tracked is not told here.')];
    return [
      ok('conntrack', 'The firewall tracks no connections here: none can be refused for want of room.'),
    ];
  }
  const filled = most === 0 ? 0 : count / most;
  if (filled < 0.5 && most >= 262_144)
    return [ok('conntrack', `The firewall tracks ${count} connections, and ${most} have room.`)];
  const sentence = `The firewall tracks ${count} connections, and ${most} have room. Every client by UDP is one for at least 30 s; with a full table packets are dropped, whatever the tracker does. Better not track them.`;
  return [
    warning(
      'conntrack',
      sentence,
      'nft add table inet swarmline',
      "nft add chain inet swarmline in '{ type filter hook prerouting priority raw; }'",
      "nft add chain inet swarmline out '{ type filter hook output priority raw; }'",
      `nft add rule inet swarmline in udp dport ${port} notrack`,
      `nft add rule inet swarmline out udp sport ${port} notrack`,
      'sysctl -w net.netfilter.nf_conntrack_max=1048576   # where they must be tracked',
    ),
  ];
};

const openFiles: Check = (machine, { connections }) => {
  const limits = machine.read('/proc/self/limits');
  const hard = /^Max open files\s+\d+\s+(\d+|unlimited)/m.exec(limits ?? '')?.[1];
  if (hard === undefined) return [unknown('open-files', 'How many files may be open is not told here.')];
  const needed = connections + 1_024;
  if (hard === 'unlimited' || Number(hard) >= needed)
    return [ok('open-files', `${hard} files and sockets may be open, and ${needed} are needed.`)];
  const sentence = `${hard} files and sockets may be open, but ${connections} connections need ${needed}: those beyond are refused.`;
  return [
    warning(
      'open-files',
      sentence,
      `LimitNOFILE=${2 * needed}   # in the systemd unit`,
      `ulimit -n ${needed}   # in a shell`,
    ),
  ];
};

const acceptQueue: Check = machine => {
  const most = numberIn(machine, '/proc/sys/net/core/somaxconn');
  if (most === undefined) return [unknown('accept-queue', 'How many connections may wait is not told here.')];
  if (most >= WANTED_BACKLOG) return [ok('accept-queue', `${most} connections may wait to be accepted.`)];
  const sentence = `Only ${most} connections may wait to be accepted: when many clients come at once, some are refused.`;
  return [warning('accept-queue', sentence, `sysctl -w net.core.somaxconn=${WANTED_BACKLOG}`)];
};

const receiveQueues: Check = ({ processors, ...machine }) => {
  if (machine.platform !== 'linux')
    return [unknown('receive-queues', 'How packets reach the processors is not told here.')];
  const links = new Set(machine.addresses.filter(({ isInternal }) => !isInternal).map(({ link }) => link));
  if (links.size === 0) return [unknown('receive-queues', 'There is no network but this machine’s own.')];
  return [...links].map(link => {
    const folder = `/sys/class/net/${link}/queues`;
    const queues = machine.list(folder).filter(name => name.startsWith('rx-'));
    if (queues.length === 0) return unknown('receive-queues', `The queues of ${link} are not told here.`);
    if (processors === 1 || queues.length > 1)
      return ok('receive-queues', `${link} gives packets to ${queues.length} of ${processors} processors.`);
    const mask = machine.read(`${folder}/${queues[0]}/rps_cpus`);
    if (mask === undefined)
      return unknown('receive-queues', `Who takes packets from ${link} is not told here.`);
    if (/[1-9a-f]/.test(mask))
      return ok('receive-queues', `${link} has one queue, and several processors share its work.`);
    const sentence = `${link} has one queue, and one of ${processors} processors does all the work of its packets: it is full before the tracker is.`;
    const all = (2n ** BigInt(processors) - 1n)
      .toString(16)
      .replace(/(?<=[0-9a-f])(?=(?:[0-9a-f]{8})+$)/g, ',');
    return warning(
      'receive-queues',
      sentence,
      `ethtool -L ${link} combined ${processors}   # where the card can`,
      `echo ${all} > ${folder}/${queues[0]}/rps_cpus`,
    );
  });
};

const clock: Check = async machine => {
  const said = (await machine.run('timedatectl', 'show', '--property=NTPSynchronized', '--value'))?.trim();
  if (said === 'yes') return [ok('clock', 'The clock is kept right (timedatectl).')];
  const [, , , , offset, , , , , , , , , leap] =
    (await machine.run('chronyc', '-c', 'tracking'))?.trim().split(',') ?? [];
  if (leap === 'Normal' && offset !== undefined && Math.abs(Number(offset)) < 1)
    return [ok('clock', `The clock is kept right (chrony, ${offset} s off).`)];
  if (machine.list('/run/systemd/timesync').includes('synchronized'))
    return [ok('clock', 'The clock is kept right (systemd-timesyncd).')];
  if (said === undefined && leap === undefined)
    return [
      unknown(
        'clock',
        'Whether anything keeps the clock right cannot be seen. Keys expire, and logs of several nodes agree, only by a right clock.',
      ),
    ];
  const sentence =
    'Nothing keeps the clock right: keys expire at the wrong time, and logs of several nodes do not agree.';
  return [warning('clock', sentence, 'timedatectl set-ntp true', 'apt-get install chrony   # in its place')];
};

const ipv6: Check = machine => {
  const disabled = machine.read('/proc/sys/net/ipv6/conf/all/disable_ipv6')?.trim();
  const isGlobal = ({ isIpv6, isInternal, address }: MachineAddress) =>
    isIpv6 && !isInternal && !/^(?:fe[89ab]|f[cd])/i.test(address);
  if (disabled === '1') {
    const sentence = 'IPv6 is switched off: peers who have nothing else cannot come.';
    return [warning('ipv6', sentence, 'sysctl -w net.ipv6.conf.all.disable_ipv6=0')];
  }
  if (!machine.addresses.some(isGlobal)) {
    const sentence =
      'This machine has no IPv6 address that others can reach: peers who have nothing else cannot come.';
    return [
      warning('ipv6', sentence, 'ip -6 address   # ask your provider for IPv6, then publish an AAAA record'),
    ];
  }
  const routes = machine.read('/proc/net/ipv6_route');
  if (routes === undefined)
    return [unknown('ipv6', 'There is an IPv6 address; where answers go is not told here.')];
  const hasWayOut = routes.split('\n').some(line => /^0{32} 00 /.test(line) && !/ lo$/.test(line));
  if (hasWayOut) return [ok('ipv6', 'There is an IPv6 address, and a way out.')];
  return [
    warning('ipv6', 'There is an IPv6 address but no default route: answers go nowhere.', 'ip -6 route'),
  ];
};

const batches: Check = async machine => {
  const why = await machine.whyNoBatches();
  if (why === undefined) return [ok('udp-batches', 'Datagrams come and go by the batch, by all processors.')];
  const sentence = `Datagrams come and go one by one and by one thread, for ${why}: that is a third of what could be answered.`;
  return [
    machine.platform === 'linux'
      ? warning('udp-batches', sentence, 'npm install koffi   # beside swarmline')
      : { check: 'udp-batches', state: 'ok', sentence },
  ];
};

/** One by one the system chooses the address that an answer leaves from, and clients drop what comes from another. */
const replyAddress: Check = async (machine, { host }) => {
  if (host !== undefined)
    return [ok('reply-address', `It listens at ${host} alone, and answers from there.`)];
  if ((await machine.whyNoBatches()) === undefined)
    return [ok('reply-address', 'Answers by UDP leave from the address that was asked.')];
  const found: Finding[] = [];
  for (const isIpv6 of [false, true]) {
    const family = isIpv6 ? 'IPv6' : 'IPv4';
    const own = machine.addresses.filter(
      one => one.isIpv6 === isIpv6 && !one.isInternal && !/^fe[89ab]|^169\.254\./i.test(one.address),
    );
    if (own.length < 2) continue;
    const list = own.map(({ address }) => address).join(', ');
    const sentence = `This machine has several ${family} addresses (${list}). An answer by UDP leaves from the one that the route says; who asked another drops it.`;
    found.push(
      warning(
        'reply-address',
        sentence,
        ...own.slice(0, 4).map(({ address }) => `swarmline tracker --host ${address}`),
      ),
    );
  }
  const strict = machine.read('/proc/sys/net/ipv4/conf/all/rp_filter')?.trim() === '1';
  if (strict && found.length > 0)
    found.push(
      warning(
        'reverse-path',
        'Packets that come in by another way than answers would go are dropped (rp_filter is strict).',
        'sysctl -w net.ipv4.conf.all.rp_filter=2',
      ),
    );
  return found.length > 0
    ? found
    : [ok('reply-address', 'Answers can leave from one address of each family alone.')];
};

function ok(check: string, sentence: string): Finding {
  return { check, state: 'ok', sentence };
}

function unknown(check: string, sentence: string): Finding {
  return { check, state: 'unknown', sentence };
}

function warning(check: string, sentence: string, ...fix: string[]): Finding {
  return { check, state: 'warning', sentence, fix };
}

function numberIn(machine: Pick<Machine, 'read'>, path: string): number | undefined {
  const text = machine.read(path)?.trim();
  return text === undefined || !/^\d+$/.test(text) ? undefined : Number(text);
}

function mebibytes(bytes: number): string {
  return `${(bytes / 1_048_576).toFixed(1)} MiB`;
}

const CHECKS: readonly Check[] = [
  ports,
  receiveBuffer,
  lostDatagrams,
  conntrack,
  openFiles,
  acceptQueue,
  receiveQueues,
  clock,
  ipv6,
  batches,
  replyAddress,
];
/** What the sockets of UDP ask for (io/datagram-place). */
const WANTED_BUFFER = 4 * 1_048_576;
/** What the HTTP server asks for. */
const WANTED_BACKLOG = 4_096;

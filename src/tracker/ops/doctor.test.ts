import { describe, expect, it } from 'vitest';
import { examine, type Finding, type Machine } from './doctor.ts';

const WELL: Readonly<Record<string, string>> = {
  '/proc/sys/net/core/rmem_max': '8388608\n',
  '/proc/sys/net/core/somaxconn': '4096\n',
  '/proc/net/snmp':
    'Udp: InDatagrams NoPorts InErrors OutDatagrams RcvbufErrors SndbufErrors\nUdp: 9 0 0 9 0 0\n',
  '/proc/self/limits':
    'Limit  Soft  Hard  Units\nMax open files            1024                 524288               files\n',
  '/proc/sys/net/ipv6/conf/all/disable_ipv6': '0\n',
  '/proc/net/ipv6_route': `${'0'.repeat(32)} 00 ${'0'.repeat(32)} 00 fe80 00000400 00000000 00000000 00000003     eth0\n`,
  '/sys/class/net/eth0/queues/rx-0/rps_cpus': '00000000\n',
};
const ETH0 = { link: 'eth0', isInternal: false };
const V4 = { ...ETH0, address: '192.0.2.10', isIpv6: false };
const V6 = { ...ETH0, address: '2001:db8::10', isIpv6: true };

/** A machine on which all is well, but for what is said. */
function machineWith({
  files = {},
  ...more
}: Partial<Omit<Machine, 'read'>> & { files?: Record<string, string | undefined> } = {}): Machine {
  const all: Record<string, string | undefined> = { ...WELL, ...files };
  return {
    platform: 'linux',
    processors: 4,
    read: path => all[path],
    list: path => (path === '/sys/class/net/eth0/queues' ? ['rx-0', 'rx-1', 'tx-0'] : []),
    addresses: [{ link: 'lo', address: '127.0.0.1', isIpv6: false, isInternal: true }, V4, V6],
    listen: async () => undefined,
    whyNoBatches: async () => undefined,
    run: async program => (program === 'timedatectl' ? 'yes\n' : undefined),
    ...more,
  };
}

async function findingsOf(machine: Machine, host?: string): Promise<Map<string, Finding>> {
  const findings = await examine(machine, { host, port: 6969, connections: 20_000 });
  return new Map(findings.map(finding => [finding.check, finding]));
}

describe('the doctor', () => {
  it('finds nothing on a machine on which all is well', async () => {
    const findings = [...(await findingsOf(machineWith())).values()];
    expect(findings.filter(({ state }) => state !== 'ok')).toEqual([]);
    expect(findings).toHaveLength(12);
  });

  it('guesses nothing where nothing can be read', async () => {
    const blind: Machine = {
      platform: 'aix',
      processors: 1,
      read: () => undefined,
      list: () => [],
      addresses: [V4, V6],
      listen: async () => 'EPERM',
      whyNoBatches: async () => 'it is made for Linux alone',
      run: async () => undefined,
    };
    const findings = [...(await findingsOf(blind)).values()];
    expect(findings.filter(({ state }) => state === 'warning')).toEqual([]);
    expect(findings.filter(({ state }) => state === 'unknown')).toHaveLength(10);
  });

  it.each<[string, string, string, Parameters<typeof machineWith>[0]]>([
    [
      'a small receive buffer',
      'receive-buffer',
      'sysctl -w net.core.rmem_max=4194304',
      { files: { '/proc/sys/net/core/rmem_max': '212992' } },
    ],
    [
      'datagrams that were lost',
      'lost-datagrams',
      'nstat',
      { files: { '/proc/net/snmp': WELL['/proc/net/snmp']!.replace('9 0 0 9 0 0', '9 0 7 9 7 0') } },
    ],
    [
      'a small table of connections',
      'conntrack',
      'udp dport 6969 notrack',
      {
        files: {
          '/proc/sys/net/netfilter/nf_conntrack_max': '65536',
          '/proc/sys/net/netfilter/nf_conntrack_count': '12',
        },
      },
    ],
    [
      'a full table of connections',
      'conntrack',
      'notrack',
      {
        files: {
          '/proc/sys/net/netfilter/nf_conntrack_max': '262144',
          '/proc/sys/net/netfilter/nf_conntrack_count': '200000',
        },
      },
    ],
    [
      'few open files',
      'open-files',
      'LimitNOFILE=42048',
      { files: { '/proc/self/limits': 'Max open files 1024 4096 files' } },
    ],
    [
      'a short queue of connections',
      'accept-queue',
      'net.core.somaxconn=4096',
      { files: { '/proc/sys/net/core/somaxconn': '128' } },
    ],
    [
      'one queue for four processors',
      'receive-queues',
      'echo f > /sys/class/net/eth0/queues/rx-0/rps_cpus',
      { list: () => ['rx-0', 'tx-0'] },
    ],
    [
      'a clock that nobody keeps',
      'clock',
      'timedatectl set-ntp true',
      { run: async program => (program === 'timedatectl' ? 'no' : undefined) },
    ],
    [
      'IPv6 that is switched off',
      'ipv6',
      'disable_ipv6=0',
      { files: { '/proc/sys/net/ipv6/conf/all/disable_ipv6': '1' } },
    ],
    [
      'no IPv6',
      'ipv6',
      'AAAA',
      { addresses: [V4, { ...V6, address: 'fe80::1' }, { ...V6, address: 'fd00::1' }] },
    ],
    [
      'no way out for IPv6',
      'ipv6',
      'ip -6 route',
      { files: { '/proc/net/ipv6_route': 'fe80 40 0 00 0 0 0 0 0 eth0' } },
    ],
    [
      'several addresses',
      'reply-address',
      'swarmline tracker --host 192.0.2.10',
      {
        addresses: [V4, V6, { ...V4, address: '192.0.2.11', link: 'eth1' }],
        list: () => ['rx-0', 'rx-1'],
        whyNoBatches: async () => 'the package koffi is not installed',
      },
    ],
    [
      'datagrams one by one',
      'udp-batches',
      'npm install koffi',
      { whyNoBatches: async () => 'the package koffi is not installed' },
    ],
    [
      'a UDP port that is taken',
      'port-udp',
      "ss -lunp 'sport = :6969'",
      { listen: async protocol => (protocol === 'udp' ? 'EADDRINUSE' : undefined) },
    ],
    ['a port that is not this user’s', 'port-tcp', 'CAP_NET_BIND_SERVICE', { listen: async () => 'EACCES' }],
  ])('warns of %s, and says what to type', async (_, check, fix, changed) => {
    const finding = (await findingsOf(machineWith(changed))).get(check)!;
    expect(finding.state).toBe('warning');
    expect(finding.fix!.join('\n')).toContain(fix);
    expect(finding.sentence).toMatch(/[.]$/);
  });

  it('asks nothing of several addresses of a tracker that listens at one', async () => {
    const machine = machineWith({ addresses: [V4, V6, { ...V4, address: '192.0.2.11' }] });
    expect((await findingsOf(machine, '192.0.2.10')).get('reply-address')!.state).toBe('ok');
  });

  it('asks nothing of them where answers leave from the address that was asked', async () => {
    const machine = machineWith({ addresses: [V4, V6, { ...V4, address: '192.0.2.11' }] });
    expect((await findingsOf(machine)).get('reply-address')!.state).toBe('ok');
  });

  it('takes chrony’s word for the clock', async () => {
    const tracking =
      'C0A80001,ntp.example,3,1764191000.1,0.000012,0.00001,0.00002,-1.2,0.001,0.02,0.003,0.004,64.2,Normal\n';
    const run: Machine['run'] = async program => (program === 'chronyc' ? tracking : undefined);
    expect((await findingsOf(machineWith({ run }))).get('clock')!.state).toBe('ok');
  });

  it('writes the processors of a large machine as the system reads them', async () => {
    const finding = (await findingsOf(machineWith({ processors: 48, list: () => ['rx-0'] }))).get(
      'receive-queues',
    )!;
    expect(finding.fix![1]).toContain('echo ffff,ffffffff >');
  });
});

// A machine with two lines to the world, whose routes lead by the second. What is in the world can be reached by either.
//
//   eth1 20.1.0.2 ── 20.1.0.1 ─┐
//                               world: 20.9.0.1 tracker, name server, peers; 20.9.0.2 a seed
//   eth2 20.2.0.2 ── 20.2.0.1 ─┘        (default route)

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Machine } from './namespaces.ts';
import { temporaryFolder } from './peers.ts';

export const LINE = { device: 'eth1', address: '20.1.0.2' };
export const WORLD = ['20.9.0.1', '20.9.0.2'] as const;

export interface Strayed {
  readonly bySecond: number;
  readonly ofSockets: number;
  readonly fromOther: number;
}

export const NOTHING: Strayed = { bySecond: 0, ofSockets: 0, fromOther: 0 };

export class TwoLines {
  readonly home: Machine;
  readonly world: Machine;

  private constructor(home: Machine, world: Machine) {
    this.home = home;
    this.world = world;
  }

  static async make(): Promise<TwoLines> {
    const home = await Machine.make();
    const world = await Machine.make();
    for (const address of WORLD) world.run(`ip address add ${address}/32 dev lo`);
    home.connect(world, ['eth2', '20.2.0.2/24'], ['far2', '20.2.0.1/24']);
    home.run('ip route add default via 20.2.0.1');
    const lines = new TwoLines(home, world);
    lines.addFirst();
    load(home, STRAYED);
    load(world, CAME);
    return lines;
  }

  /**
   * Packets that have left by the second line, those of any program's socket once more; and those that left by the first from
   * another address than its own.
   */
  get strayed(): Strayed {
    const { bySecond, ofSockets, fromOther } = packetsOf(this.home);
    return { bySecond: bySecond!, ofSockets: ofSockets!, fromOther: fromOther! };
  }

  /** By the second line: "there is nobody here", as the system itself says it to what finds no socket. */
  get refusals(): number {
    return packetsOf(this.home)['refusals']!;
  }

  /** Of what has come to the world by the first line, what there was none of. */
  get missing(): string[] {
    return Object.entries(packetsOf(this.world)).flatMap(([name, packets]) => (packets === 0 ? name : []));
  }

  cutFirst(): void {
    this.home.run('ip link set eth1 down');
  }

  mendFirst(): void {
    this.home.run('ip link set eth1 up');
    this.#routeByFirst();
  }

  /** Each line has private addresses too, the world's end `….1` and home `….2`. */
  addPrivate(first: string, second: string): void {
    for (const [i, network] of [first, second].entries()) {
      this.home.run(`ip address add ${network}.2/24 dev eth${i + 1}`);
      this.world.run(`ip address add ${network}.1/24 dev far${i + 1}`);
    }
  }

  /** As what a VPN takes away. */
  removeFirst(): void {
    this.home.run('ip link del eth1');
  }

  /** It is another to the system, each time. */
  addFirst(): void {
    this.home.connect(this.world, ['eth1', `${LINE.address}/24`], ['far1', '20.1.0.1/24']);
    this.#routeByFirst();
  }

  /** As a machine with two lines has it: the worse of two default routes. */
  #routeByFirst(): void {
    this.home.run('ip route add default via 20.1.0.1 metric 500');
  }
}

/**
 * ARP is no packet of IP, and none of these. What says of itself how IPv6's neighbours are found (ICMPv6) is left out; everything
 * else is counted, what the system says of itself too.
 */
const STRAYED = `table inet seen {
  counter bySecond { }
  counter ofSockets { }
  counter refusals { }
  counter fromOther { }
  chain postrouting {
    type filter hook postrouting priority 300; policy accept;
    oifname eth2 meta skuid >= 0 counter name ofSockets
    oifname eth2 tcp flags & rst == rst counter name refusals accept
    oifname eth2 icmp type destination-unreachable counter name refusals accept
    oifname eth2 meta l4proto != ipv6-icmp counter name bySecond
    oifname eth1 ip saddr != ${LINE.address} counter name fromOther
    oifname eth1 meta nfproto ipv6 meta l4proto != ipv6-icmp ip6 saddr != fe80::/10 counter name fromOther
  }
}`;

/** All the ways in which peers are found and spoken to. */
const CAME = `table inet seen {
  counter names { }
  counter httpTracker { }
  counter webSeed { }
  counter udpTracker { }
  counter dht { }
  counter localDiscovery { }
  counter tcpPeer { }
  counter utpPeer { }
  chain prerouting {
    type filter hook prerouting priority -300; policy accept;
    iifname far1 udp dport 53 counter name names
    iifname far1 tcp dport 6969 counter name httpTracker
    iifname far1 tcp dport 8443 counter name webSeed
    iifname far1 udp dport 6969 counter name udpTracker
    iifname far1 ip daddr ${WORLD[0]} udp dport 6881 counter name dht
    iifname far1 udp dport 6771 counter name localDiscovery
    iifname far1 ip daddr ${WORLD[0]} tcp dport 6881 counter name tcpPeer
    iifname far1 ip daddr ${WORLD[1]} udp dport 6881 counter name utpPeer
  }
}`;

function packetsOf(machine: Machine): Record<string, number> {
  const listed = JSON.parse(machine.run('nft --json list counters')) as {
    nftables: { counter?: { name: string; packets: number } }[];
  };
  return Object.fromEntries(
    listed.nftables.flatMap(({ counter }) => (counter ? [[counter.name, counter.packets]] : [])),
  );
}

function load(machine: Machine, rules: string): void {
  const path = join(temporaryFolder(), 'rules.nft');
  writeFileSync(path, rules);
  machine.run(`nft -f ${path}`);
}

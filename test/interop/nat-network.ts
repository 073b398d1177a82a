// Two homes, each behind a router that translates addresses and lets nobody in by itself, and a machine that everybody can
// reach; between them a network that looks public. All of it is the test's own.
//
//   first  192.168.71.2 — router 20.0.1.2 ─┐
//                                          ├─ internet ── 20.0.3.2  public
//   second 192.168.72.2 — router 20.0.2.2 ─┘

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Machine } from './namespaces.ts';
import { temporaryFolder } from './peers.ts';

/**
 * How a router gives out its ports, in the words of RFC 4787: all of them let in only what answers to what went out, by address
 * and port ("address and port-dependent filtering").
 */
export type Mapping =
  /** The port of the machine behind it, to whomever it speaks ("endpoint-independent mapping", "port preservation"). */
  | 'kept'
  /** Another port, but the same to everybody: nobody knows it who has not been spoken to. */
  | 'changed'
  /** Another port to each ("address and port-dependent mapping"): no way through. */
  | 'by-destination';

export const HOMES = { first: '20.0.1.2', second: '20.0.2.2' };
export const PUBLIC = '20.0.3.2';
/** Where peers listen. */
export const PORT = 6881;

export async function natNetwork(mapping: Mapping) {
  const internet = await Machine.make();
  internet.run('sysctl -qw net.ipv4.ip_forward=1');
  const outside = await Machine.make();
  internet.connect(outside, ['pub0', '20.0.3.1/24'], ['eth0', `${PUBLIC}/24`]);
  outside.run('ip route add default via 20.0.3.1');
  const first = await home(internet, 1, mapping);
  const second = await home(internet, 2, mapping);
  load(internet, countersBetweenHomes());
  return { internet, outside, first, second };
}

export interface Counted {
  readonly bytes: number;
  readonly packets: number;
}

/** What has crossed from one home to the other; `punches`: by UDP, from and to ports that were seen by the one outside alone. */
export function crossed(internet: Machine): Record<'tcp' | 'udp' | 'punches', Counted> {
  const listed = JSON.parse(internet.run('nft --json list counters')) as {
    nftables: { counter?: Counted & { name: string } }[];
  };
  const counter = (name: string) => listed.nftables.find(({ counter }) => counter?.name === name)!.counter!;
  return { tcp: counter('byTcp'), udp: counter('byUdp'), punches: counter('punches') };
}

async function home(internet: Machine, number: number, mapping: Mapping): Promise<Machine> {
  const router = await Machine.make();
  const inside = await Machine.make();
  internet.connect(router, [`home${number}`, `20.0.${number}.1/24`], ['wan0', `20.0.${number}.2/24`]);
  router.connect(inside, ['lan0', `192.168.7${number}.1/24`], ['eth0', `192.168.7${number}.2/24`]);
  inside.run(`ip route add default via 192.168.7${number}.1`);
  router.run(`ip route add default via 20.0.${number}.1 && sysctl -qw net.ipv4.ip_forward=1`);
  load(router, natRules(number, mapping));
  return inside;
}

/**
 * Linux keeps the port in `masquerade` where it is free, so that one machine has one port to everybody; what is dropped leaves
 * nothing behind in its table of connections that could take that port (it is entered after the last chain). So what knocks too
 * early does no harm. `random` draws a port for each connection.
 */
function natRules(number: number, mapping: Mapping): string {
  const masquerade = {
    kept: 'masquerade',
    changed: `meta l4proto udp snat ip to 20.0.${number}.2:40000-40000; oifname wan0 masquerade`,
    'by-destination': 'masquerade random',
  }[mapping];
  return `table inet filter {
    chain input {
      type filter hook input priority 0; policy accept;
      iifname wan0 ct state new drop
    }
    chain forward {
      type filter hook forward priority 0; policy drop;
      ct state established,related accept
      iifname lan0 accept
    }
    chain postrouting { type nat hook postrouting priority srcnat; oifname wan0 ${masquerade}; }
  }`;
}

function countersBetweenHomes(): string {
  const between = 'ip saddr { 20.0.1.2, 20.0.2.2 } ip daddr { 20.0.1.2, 20.0.2.2 } meta l4proto';
  return `table inet seen {
    counter byTcp { }
    counter byUdp { }
    counter punches { }
    chain forward {
      type filter hook forward priority 0; policy accept;
      ${between} tcp counter name byTcp
      ${between} udp counter name byUdp
      ${between} udp udp dport != ${PORT} counter name punches
    }
  }`;
}

function load(machine: Machine, rules: string): void {
  const path = join(temporaryFolder(), 'rules.nft');
  writeFileSync(path, rules);
  machine.run(`nft -f ${path}`);
}

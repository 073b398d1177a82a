// Multicast of the virtual network: who has joined a group hears what machines of the same site say to it, a moment later.
// A machine without a site is on a network of its own and hears nobody. What is said takes no time on any line.

import { type Address, formatAddress } from '../../core/bytes/compact-address.ts';
import type { Multicast, MulticastGroup } from '../../host/multicast.ts';
import type { SimHost } from './sim-host.ts';
import type { World } from './world.ts';

interface Member {
  readonly host: SimHost;
  readonly group: MulticastGroup;
}

export class SimMulticast {
  readonly #world: World;
  readonly #members = new Map<string, Set<Member>>();

  constructor(world: World) {
    this.#world = world;
  }

  /** The port's face for one machine. */
  of(host: SimHost): Multicast {
    return {
      join: async address => {
        this.#world.promised();
        return this.#join(host, address);
      },
    };
  }

  #join(host: SimHost, address: Address): MulticastGroup {
    const key = formatAddress(address);
    const members = this.#members.get(key) ?? new Set<Member>();
    this.#members.set(key, members);
    const group: MulticastGroup = {
      onDatagram: () => {},
      send: bytes => {
        for (const member of members) if (isNear(member.host, host)) this.#tell(member, host, address, bytes);
      },
      refresh: () => false,
      close: () => void members.delete(member),
    };
    const member: Member = { host, group };
    members.add(member);
    return group;
  }

  #tell({ host, group }: Member, from: SimHost, { port }: Address, bytes: Uint8Array): void {
    const { network } = this.#world;
    this.#world.after(LATENCY_MS, () => {
      if (network.isOnline(host)) group.onDatagram(bytes.slice(), from.address, port);
    });
  }
}

/** A machine hears itself too. */
function isNear(a: SimHost, b: SimHost): boolean {
  return a === b || (a.site !== undefined && a.site === b.site);
}

const LATENCY_MS = 0.25;

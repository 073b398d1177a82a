// One interface as the way of everything: what of a host leaves this machine, made so that it leaves by that interface or not at
// all. Nothing here falls back to another way; what cannot be tied is not there at all.

import type { Host } from '../host/host.ts';
import type { NameResolver } from '../host/names.ts';
import { Device } from './device.ts';
import { multicastOn } from './multicast.ts';
import { nameServers } from './name-servers.ts';
import { sharedNames } from './shared-names.ts';
import { streamsOn } from './tcp.ts';
import { datagramsOn } from './tied-datagrams.ts';

export class Line {
  readonly device: Device;
  readonly names: NameResolver;

  private constructor(device: Device, names: NameResolver) {
    this.device = device;
    this.names = names;
  }

  /**
   * `servers`: who is asked for names. @default the name servers of this machine that are not on it
   * @throws SwarmlineError `INTERFACE_UNAVAILABLE` by way of the promise
   */
  static async open(name: string, servers?: readonly string[]): Promise<Line> {
    const device = await Device.open(name);
    return new Line(device, sharedNames(nameServers(datagramsOn(device), { servers })));
  }

  /** Without gateways: they are asked by the system's way to them. */
  get parts(): Pick<Host, 'streams' | 'datagrams' | 'names' | 'multicast'> {
    const { device, names } = this;
    return {
      streams: streamsOn(device),
      datagrams: datagramsOn(device),
      names,
      multicast: multicastOn(device),
    };
  }
}

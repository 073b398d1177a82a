// What the router of this network does for us, as a line for a person and as an event for a program.

import type { MappingWay } from '../../core/nat/mapping.ts';
import type { PortForwardStatus } from '../../session/port-forward.ts';

/** `port 51413 is open at the router by UPnP, outside address 203.0.113.5`; undefined while there is nothing to say. */
export function portForwardLine(status: PortForwardStatus): string | undefined {
  if (status.state === 'failed') return status.reason;
  if (status.state !== 'open') return undefined;
  const { way, externalHost, tcpPort, udpPort } = status;
  const outside = externalHost === undefined ? '' : `, outside address ${externalHost}`;
  return `port ${tcpPort ?? udpPort} is open at the router by ${WAYS[way]}${outside}`;
}

/** The fields of the event `port-forward`. */
export function portForwardFields(status: PortForwardStatus): Record<string, unknown> {
  switch (status.state) {
    case 'open': {
      const { state, gateway, way, externalHost = null, tcpPort = null, udpPort = null } = status;
      return { state, gateway, way, externalHost, tcpPort, udpPort };
    }
    case 'failed':
      return { state: status.state, gateway: status.gateway, message: status.reason };
    default:
      return { ...status };
  }
}

export const WAYS: Readonly<Record<MappingWay, string>> = { pcp: 'PCP', 'nat-pmp': 'NAT-PMP', upnp: 'UPnP' };

// Who of those that dial us is let in. It keeps places for our own dials, so that strangers cannot stop them, and counts
// what one host has, so that one of them cannot keep out all others. Where all places are taken by connections that stand,
// a few more may still say which torrent they mean: whoever is worth more than one that is here takes its place. It knows
// nothing of torrents.

import { addressScope } from '../core/bytes/address-scope.ts';
import type { Address } from '../core/bytes/compact-address.ts';
import type { Settings } from './settings.ts';

export interface AdmissionFacts {
  /** Of all torrents, with those that are being dialled or greeted. */
  readonly count: number;
  /** Accepted connections whose handshake is awaited. */
  readonly greetedCount: number;
  /** What that host has. */
  countFrom(remote: Address): number;
}

export type AdmissionSettings = Pick<Settings, 'maxGreeted' | 'maxPerHost' | 'dialPlaces'> & {
  readonly maxConnections: number;
};

/** Whether a connection from `remote` may say what it wants. */
export function isAdmitted(remote: Address, settings: AdmissionSettings, facts: AdmissionFacts): boolean {
  const { count, greetedCount } = facts;
  if (greetedCount >= settings.maxGreeted) return false;
  const places = placesForOthers(settings);
  if (count >= places && (count - greetedCount < places || greetedCount >= SLACK)) return false;
  // All programs of this machine have one address.
  return addressScope(remote.host) === 'loopback' || facts.countFrom(remote) < settings.maxPerHost;
}

/** Connections that are not kept for our own dials. */
export function placesForOthers({ maxConnections, dialPlaces }: AdmissionSettings): number {
  return maxConnections - Math.min(dialPlaces, maxConnections / 2);
}

// libtorrent, `connections_slack`.
const SLACK = 10;

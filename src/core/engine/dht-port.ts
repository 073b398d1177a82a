// Who has a DHT node tells its peers of the port (BEP 5, "BitTorrent Protocol Extension"): each node that is known helps to
// find others. Not in private torrents (BEP 27).

import type { Peer } from './peer.ts';
import type { TorrentState } from './state.ts';

/** To a peer that has one itself, after the greeting. BEP 32: of the family of addresses that we speak over. */
export function tellDhtPort(state: TorrentState, peer: Peer): void {
  const { dht = false, address } = peer.facts;
  const port = state.dhtPorts[address.host.includes(':') ? 6 : 4];
  if (!dht || port === undefined || state.info?.private === true) return;
  peer.encoder.port(port);
}

/** Told once: a peer has one node. */
export function dhtPortReceived(state: TorrentState, peer: Peer, port: number): void {
  if (port === 0 || peer.dhtPort !== undefined || state.info?.private === true) return;
  peer.dhtPort = port;
  state.event({ type: 'dht-node', address: { host: peer.facts.address.host, port } });
}

// What we tell a peer about ourselves by the extension protocol (BEP 10): at the greeting, when the metadata has come, and
// when we begin or end to be one that only uploads (BEP 21).

import { addressBytes } from '../bytes/compact-address.ts';
import { type ExtensionName, encodeExtensionHandshake } from '../wire/extensions/registry.ts';
import { encodeUploadOnly } from '../wire/extensions/upload-only.ts';
import { giveWaitingHaves } from './have-telling.ts';
import type { Peer } from './peer.ts';
import { mayPex, mayPunch } from './pex.ts';
import type { TorrentState } from './state.ts';

export function sendExtensionHandshake(state: TorrentState, peer: Peer): void {
  if (!peer.facts.extended) return;
  const { ipv4, ipv6 } = state.ownAddresses;
  const payload = encodeExtensionHandshake({
    client: state.torrent.client,
    without: notSpoken(state),
    maxRequests: state.options.maxPeerRequests,
    port: state.listenPort,
    metadataSize: state.info?.raw.length,
    yourIp: addressBytes(peer.facts.address.host),
    uploadOnly: uploadOnlyFor(state, peer),
    ipv4: ipv4 === undefined ? undefined : addressBytes(ipv4),
    ipv6: ipv6 === undefined ? undefined : addressBytes(ipv6),
  });
  peer.encoder.extended(0, payload);
  state.touch(peer);
}

/** BEP 21: we only upload from here on, or do no longer. By the short message where the peer takes that. */
export function tellUploadOnly(state: TorrentState, peer: Peer): void {
  if (!peer.facts.extended) return;
  // Who is told of the last piece afterwards would hear that one without it only uploads.
  giveWaitingHaves(state, peer);
  const id = peer.extensions.get('upload_only');
  if (id === undefined || id === 0) {
    sendExtensionHandshake(state, peer);
    return;
  }
  peer.encoder.extended(id, encodeUploadOnly(uploadOnlyFor(state, peer) === true));
  state.touch(peer);
}

function notSpoken(state: TorrentState): readonly ExtensionName[] | undefined {
  if (!mayPex(state)) return ['ut_pex', 'ut_holepunch'];
  return mayPunch(state) ? undefined : ['ut_holepunch'];
}

/** Left out where it never was true. */
function uploadOnlyFor(state: TorrentState, peer: Peer): boolean | undefined {
  // Who is super-seeding does not say that it has everything. BEP 16
  const isUploadOnly = state.phase === 'active' && state.isComplete && state.superSeeding !== 'on';
  if (isUploadOnly) peer.wasToldUploadOnly = true;
  return isUploadOnly || peer.wasToldUploadOnly ? isUploadOnly : undefined;
}

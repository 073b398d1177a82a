// What is going on with a peer, in letters that other clients use too.

import type { PeerStats } from '../../core/engine/stats.ts';

/**
 * `D` we download from it, `d` we would and it chokes us; `U` we upload to it, `u` it would like that and is choked;
 * `O` it is unchoked by luck, `S` it owes us blocks and sends none, `I` it dialled us, `E` the
 * connection is encrypted, `T` it is by uTP.
 */
export function peerFlags(peer: PeerStats): string {
  return [
    peer.amInterested ? (peer.peerChoking ? 'd' : 'D') : '',
    peer.peerInterested ? (peer.amChoking ? 'u' : 'U') : '',
    peer.isOptimistic ? 'O' : '',
    peer.isSnubbed ? 'S' : '',
    peer.isIncoming ? 'I' : '',
    peer.isEncrypted ? 'E' : '',
    peer.transport === 'utp' ? 'T' : '',
  ].join('');
}

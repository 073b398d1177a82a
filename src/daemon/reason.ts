// What a torrent is doing and why, in one sentence: for whoever asks "why is nothing happening".

import type { TrackerStatus } from '../core/tracker/tracker-status.ts';
import type { SessionTorrent } from '../session/session-torrent.ts';
import { hostOf } from './url-host.ts';

export function reasonOf(torrent: SessionTorrent): string {
  switch (torrent.state) {
    case 'failed':
      return torrent.error?.message ?? 'It has failed.';
    case 'paused':
      return 'Paused.';
    case 'queued':
      return `Waiting for its turn: number ${torrent.queuePosition + 1} of the queue.`;
    case 'checking':
      return `Checking what is on the disk: ${Math.floor(torrent.checkProgress * 100)} %.`;
    case 'allocating':
      return `Taking room on the disk: ${Math.floor(torrent.checkProgress * 100)} %.`;
    case 'metadata':
      return torrent.connectionCount === 0
        ? noPeers(torrent, 'Looking for somebody who knows what is in it')
        : `Asking ${count(torrent.connectionCount, 'peer')} what is in it.`;
    case 'downloading':
      return downloading(torrent);
    case 'seeding':
      return seeding(torrent);
    case 'closed':
      return 'It is being removed.';
    default:
      return torrent.state satisfies never;
  }
}

function downloading(torrent: SessionTorrent): string {
  const peers = torrent.peers();
  if (peers.length === 0) return noPeers(torrent, 'Waiting for peers');
  const giving = peers.filter(peer => peer.downloadBytesPerSecond > 0).length;
  if (giving > 0) return `Downloading from ${giving} of ${count(peers.length, 'peer')}.`;
  const having = peers.filter(peer => peer.amInterested);
  if (having.length === 0) return `None of ${count(peers.length, 'peer')} has a piece that is missing here.`;
  if (torrent.limits.downloadBytesPerSecond === 0) return 'Its download limit is 0.';
  if (having.every(peer => peer.peerChoking))
    return `Choked by all ${count(having.length, 'peer')} that could give something: waiting for a turn.`;
  return `Waiting for the first bytes from ${count(having.length, 'peer')}.`;
}

function seeding(torrent: SessionTorrent): string {
  const peers = torrent.peers();
  if (peers.length === 0) return 'Seeding: nobody is asking.';
  const taking = peers.filter(peer => peer.uploadBytesPerSecond > 0).length;
  if (taking > 0) return `Giving to ${taking} of ${count(peers.length, 'peer')}.`;
  if (torrent.limits.uploadBytesPerSecond === 0) return 'Its upload limit is 0.';
  return `Seeding: none of ${count(peers.length, 'peer')} wants anything at the moment.`;
}

function noPeers(torrent: SessionTorrent, what: string): string {
  const trackers = torrent.trackers();
  const webSeeds = torrent.webSeeds();
  if (trackers.length === 0 && webSeeds.length === 0)
    return `${what}: it names no tracker, and nobody has been told of.`;
  const failed = trackers.find(({ error }) => error !== undefined);
  if (failed !== undefined && !trackers.some(isWorking))
    return `${what}: ${hostOf(failed.url) ?? 'the tracker'} said: ${failed.error}`;
  if (trackers.some(({ state }) => state === 'announcing')) return `${what}: asking the tracker.`;
  if (torrent.stats().knownPeerCount > 0) return `${what}: none of those that are known has answered yet.`;
  return trackers.some(isWorking) ? `${what}: the tracker knows none yet.` : `${what}.`;
}

function isWorking({ state }: TrackerStatus): boolean {
  return state === 'working';
}

function count(number: number, what: string): string {
  return `${number} ${what}${number === 1 ? '' : 's'}`;
}

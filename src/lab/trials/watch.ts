// What one sees of a swarm while it runs: how much of its uplinks is used, and how far everybody is.

import type { SimSwarm } from '../sim/sim-swarm.ts';

/** Makes one line a second: uplinks of leechers and of seeds in parts of their capacity since the last line, pieces of each. */
export function watchLine(): (swarm: SimSwarm) => string {
  const last = new Map<object, number>();
  const use = (lines: readonly { readonly total: number; readonly bytesPerSecond: number }[]) => {
    let bytes = 0;
    let capacity = 0;
    for (const line of lines) {
      bytes += line.total - (last.get(line) ?? 0);
      capacity += line.bytesPerSecond;
      last.set(line, line.total);
    }
    return Number.isFinite(capacity) ? (bytes / capacity).toFixed(2) : '—';
  };
  return swarm => {
    const leechers = use(swarm.leechers.map(peer => peer.host.uplink));
    const seeds = use(swarm.seeds.map(peer => peer.host.uplink));
    const pieces = swarm.leechers.map(peer => (peer.hasStarted ? peer.torrent.stats().piecesHave : '—'));
    const seconds = (swarm.world.now / 1000).toFixed(0).padStart(4);
    return `${seconds} s · leechers ${leechers} · seeds ${seeds} · ${pieces.join(' ')}`;
  };
}

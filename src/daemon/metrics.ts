// What Prometheus reads of a daemon at `/metrics`. Names and labels are kept from release to release; no torrent has a label of
// its own, for there may be fifty thousand.

import { PrometheusText } from '../core/bytes/prometheus-text.ts';
import type { SessionTorrentState } from '../session/session-torrent.ts';
import type { DaemonCounts } from './counts.ts';
import type { Daemon } from './daemon.ts';

export interface ProcessFacts {
  readonly memoryBytes: number;
  readonly cpuSeconds: number;
  readonly platform: string;
  /** Answers of the HTTP server, by their statuses. */
  readonly answers: ReadonlyMap<number, number>;
  /** Of the download folder; undefined where that cannot be told. */
  readonly freeBytes: number | undefined;
}

export function daemonMetrics(daemon: Daemon, counts: DaemonCounts, facts: ProcessFacts): string {
  const { library, session, limits, deps, startedAt } = daemon;
  const states = new Map<string, number>(STATES.map(state => [state, 0]));
  const sums = { downRate: 0, upRate: 0, connections: 0, knownPeers: 0, left: 0, length: 0 };
  for (const { torrent } of library.torrents()) {
    states.set(torrent.state, (states.get(torrent.state) ?? 0) + 1);
    sums.length += torrent.info?.layout.dataLength ?? 0;
    const stats = torrent.stats();
    sums.connections += torrent.connectionCount;
    sums.knownPeers += stats.knownPeerCount;
    sums.left += stats.wantedLeft;
    sums.downRate += stats.downloadBytesPerSecond;
    sums.upRate += stats.uploadBytesPerSecond;
  }
  const exchanged = counts.exchanged();
  const text = new PrometheusText('swarmline_daemon_');
  text.family('torrents', 'gauge', 'Torrents, by their state.');
  for (const [state, count] of states) text.sample({ state }, count);
  text.counter('torrents_added_total', 'Torrents that were added.', counts.added);
  text.counter('torrents_removed_total', 'Torrents that were removed.', counts.removed);
  text.counter('torrents_completed_total', 'Torrents of which all has come.', counts.completed);
  text.counter('torrent_faults_total', 'Times that a torrent could not go on.', counts.faults);
  text.counter('received_bytes_total', 'Bytes of blocks that have come.', exchanged.downloaded);
  text.counter('sent_bytes_total', 'Bytes of blocks that were given.', exchanged.uploaded);
  text.counter('wasted_bytes_total', 'Bytes of blocks that came in vain.', exchanged.wasted);
  text.counter('failed_pieces_total', 'Pieces that came and whose hash was wrong.', exchanged.failedPieces);
  text.counter('banned_peers_total', 'Peers that were banned.', counts.bannedPeers);
  text.gauge('receive_bytes_per_second', 'Rate of blocks that come.', Math.round(sums.downRate));
  text.gauge('send_bytes_per_second', 'Rate of blocks that are given.', Math.round(sums.upRate));
  text.family('limit_bytes_per_second', 'gauge', 'Rate that is allowed, where there is a limit.');
  const { uploadBytesPerSecond, downloadBytesPerSecond } = session.limits;
  if (downloadBytesPerSecond < Number.POSITIVE_INFINITY)
    text.sample({ direction: 'receive' }, downloadBytesPerSecond);
  if (uploadBytesPerSecond < Number.POSITIVE_INFINITY)
    text.sample({ direction: 'send' }, uploadBytesPerSecond);
  text.gauge('alternative_limits', '1 while the alternative limits are on.', limits.alternative.isOn ? 1 : 0);
  text.gauge('connections', 'Peers that are connected.', sums.connections);
  text.gauge('known_peers', 'Addresses of peers that are known.', sums.knownPeers);
  if (session.dht !== undefined)
    text.gauge('dht_nodes', 'Nodes of the DHT that are known and answer.', session.dht.status.nodes);
  text.gauge('data_bytes', 'Length of all torrents.', sums.length);
  text.gauge('missing_bytes', 'Bytes that are wanted and not there.', sums.left);
  if (facts.freeBytes !== undefined)
    text.gauge('disk_free_bytes', 'Room in the download folder.', facts.freeBytes);
  text.family('http_answers_total', 'counter', 'Answers of the API and the page, by status.');
  for (const [status, count] of facts.answers) text.sample({ status: `${status}` }, count);
  text.gauge('uptime_seconds', 'Time since the start.', (deps.clock.wallTime() - startedAt) / 1_000);
  text.family('build_info', 'gauge', '1; the labels say what runs.');
  text.sample({ version: deps.version, platform: facts.platform }, 1);
  text.plain('process_resident_memory_bytes', 'gauge', 'Memory of the process.', facts.memoryBytes);
  text.plain('process_cpu_seconds_total', 'counter', 'Time on the processors.', facts.cpuSeconds);
  text.plain('process_start_time_seconds', 'gauge', 'Start, since 1970.', startedAt / 1_000);
  return text.text;
}

const STATES: readonly SessionTorrentState[] = [
  'metadata',
  'checking',
  'allocating',
  'downloading',
  'seeding',
  'queued',
  'paused',
  'failed',
];

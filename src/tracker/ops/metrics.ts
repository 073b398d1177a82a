// What Prometheus reads at `/metrics`: its text format, version 0.0.4. Names and labels are kept from release to release;
// docs/operate.md says what each is good for.

import { PROMETHEUS_TYPE, PrometheusText } from '../../core/bytes/prometheus-text.ts';
import { BOUNDS_MS, ERRORS, EVENTS } from './counts.ts';
import type { TrackerState } from './state.ts';

export const METRICS_TYPE = PROMETHEUS_TYPE;

export function metricsText(state: TrackerState): string {
  const text = new MetricsText();
  const { counts, store, webSocket } = state;
  text.family('announces_total', 'counter', 'Announces, by protocol and event.');
  for (const { protocol, announces } of counts)
    for (const [i, event] of EVENTS.entries()) text.sample({ protocol, event }, announces[i]!);
  text.family('scrapes_total', 'counter', 'Scrapes, by protocol.');
  for (const { protocol, scrapes } of counts) text.sample({ protocol }, scrapes);
  text.family('connects_total', 'counter', 'Connects of UDP, and WebSockets that were opened.');
  for (const { protocol, connects } of counts) if (protocol !== 'http') text.sample({ protocol }, connects);
  text.family(
    'errors_total',
    'counter',
    'Requests that were refused, not answered, or answered without the store, by why.',
  );
  for (const { protocol, errors } of counts)
    for (const [i, code] of ERRORS.entries()) text.sample({ protocol, code }, errors[i]!);
  text.family('received_bytes_total', 'counter', 'Bytes of requests.');
  for (const { protocol, bytesIn } of counts) text.sample({ protocol }, bytesIn);
  text.family('sent_bytes_total', 'counter', 'Bytes of answers.');
  for (const { protocol, bytesOut } of counts) text.sample({ protocol }, bytesOut);
  text.family(
    'answer_seconds',
    'histogram',
    'Time from a request to its answer, of one request in 256 by UDP, in 16 by others.',
  );
  for (const { protocol, buckets, timeMs } of counts) text.histogram(protocol, buckets, timeMs);

  text.family('swarms', 'gauge', 'Swarms in the store, and those of WebSockets.');
  text.sample({ reached: 'address' }, store.swarms);
  text.sample({ reached: 'websocket' }, webSocket.swarms);
  text.family('peers', 'gauge', 'Peers that are in swarms.');
  text.sample({ reached: 'address', role: 'seed' }, store.seeds);
  text.sample({ reached: 'address', role: 'leecher' }, store.peers - store.seeds);
  text.sample({ reached: 'websocket', role: 'seed' }, webSocket.seeds);
  text.sample({ reached: 'websocket', role: 'leecher' }, webSocket.peers - webSocket.seeds);
  text.gauge('websockets', 'WebSockets that are open.', webSocket.sockets);
  text.gauge('http_connections', 'Connections of HTTP that are open.', state.httpConnections);
  text.gauge('bans', 'Networks that are banned.', state.bans);
  text.family('store_up', 'gauge', '1 where the store of swarms can be reached.');
  text.sample({ store: store.kind }, store.isReachable ? 1 : 0);
  if (store.usedBytes !== undefined)
    text.gauge('store_used_bytes', 'Memory of the store that is in use.', store.usedBytes);
  if (store.totalBytes !== undefined)
    text.gauge('store_limit_bytes', 'Memory that the store may use.', store.totalBytes);
  text.gauge('draining', '1 where the tracker is about to stop.', state.isDraining ? 1 : 0);
  text.gauge('threads', 'Threads that answer announces.', state.threads);
  text.gauge('uptime_seconds', 'Time since the start.', (state.wallTime - state.startedAt) / 1_000);
  text.family('build_info', 'gauge', '1; the labels say what runs.');
  text.sample({ version: state.version, platform: state.platform, mode: state.mode }, 1);
  text.plain('process_resident_memory_bytes', 'gauge', 'Memory of the process.', state.process.memoryBytes);
  text.plain('process_cpu_seconds_total', 'counter', 'Time on the processors.', state.process.cpuSeconds);
  text.plain('process_start_time_seconds', 'gauge', 'Start, since 1970.', state.startedAt / 1_000);
  return text.text;
}

class MetricsText extends PrometheusText {
  constructor() {
    super('swarmline_tracker_');
  }

  histogram(protocol: string, buckets: readonly number[], timeMs: number): void {
    let below = 0;
    for (const [i, count] of buckets.entries()) {
      below += count;
      const bound = BOUNDS_MS[i];
      const le = bound === undefined ? '+Inf' : `${Number((bound / 1_000).toPrecision(6))}`;
      this.sample({ protocol, le }, below, '_bucket');
    }
    this.sample({ protocol }, timeMs / 1_000, '_sum');
    this.sample({ protocol }, below, '_count');
  }
}

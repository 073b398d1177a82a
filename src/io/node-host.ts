// All that a Session needs, on Node.

import { randomBytes, randomFillSync, randomInt } from 'node:crypto';
import { type Random, seededRandom } from '../core/bytes/prng.ts';
import type { Disk } from '../host/disk.ts';
import type { Host } from '../host/host.ts';
import type { HttpClient } from '../host/http.ts';
import { nodeClock } from './clock.ts';
import { type NodeDiskOptions, nodeDisk } from './disk.ts';
import { nodeGateways } from './gateways.ts';
import { nodeHash } from './hash-functions.ts';
import { nodeHttpClient } from './http-client.ts';
import type { Line } from './line.ts';
import { multicastOn } from './multicast.ts';
import { nodeNames } from './names.ts';
import { httpProxy, ProxiedDatagrams } from './proxied-datagrams.ts';
import { proxyStreams } from './proxy.ts';
import type { ProxyOptions } from './proxy-url.ts';
import { nodeSignatures } from './signatures.ts';
import { nodeStateFiles } from './state-files.ts';
import { nodeStreams } from './tcp.ts';
import { nodeDatagrams } from './udp.ts';

export interface NodeHostOptions {
  /** @default one that keeps connections: many torrents have one tracker, a web seed is asked many times */
  readonly http?: HttpClient;
  /** Everything that leaves goes through it: there is no listening, no looking up of names, and UDP only by SOCKS 5. @default none */
  readonly proxy?: ProxyOptions | undefined;
  /** Everything that leaves goes by that interface: there is no asking of routers. Not together with a proxy. @default any */
  readonly line?: Line | undefined;
  readonly disk?: NodeDiskOptions;
  /** @default drawn from the system */
  readonly seed?: number;
}

/** Ends with `host.disk.close()`. */
export function nodeHost(options: NodeHostOptions = {}): Host & { readonly disk: Disk } {
  const { proxy, line, http = nodeHttpClient({ keepAlive: true, proxy, line }) } = options;
  if (proxy !== undefined && line !== undefined)
    throw new TypeError('nodeHost: a proxy is not reached by an interface');
  return {
    clock: nodeClock,
    streams: proxy === undefined ? nodeStreams : proxyStreams(proxy, nodeStreams),
    disk: nodeDisk(options.disk),
    http,
    ...(proxy === undefined ? direct(line) : throughProxy(proxy)),
    ...line?.parts,
    stateFiles: nodeStateFiles,
    signatures: nodeSignatures,
    hash: nodeHash,
    random: seededRandom(options.seed ?? randomBytes(4).readUInt32LE()),
    secrets: systemRandom,
  };
}

function direct(line: Line | undefined): Partial<Host> {
  return {
    datagrams: nodeDatagrams,
    names: nodeNames,
    ...(line === undefined && { gateways: nodeGateways }),
    multicast: multicastOn(),
  };
}

/** Nothing that could leave past the proxy is there at all. */
function throughProxy(proxy: ProxyOptions): Partial<Host> {
  if (proxy.kind === 'http') return { proxy: httpProxy(proxy) };
  const deps = { clock: nodeClock, datagrams: nodeDatagrams, names: nodeNames };
  const datagrams = new ProxiedDatagrams({ proxy }, deps);
  return { proxy: datagrams, datagrams };
}

const systemRandom: Random = {
  below: bound => randomInt(bound),
  fill: bytes => randomFillSync(bytes),
};

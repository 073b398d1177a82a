// One machine of a world: all that a Session needs, behind the ports of `host/`. A session cannot tell it from a real one.

import { type Random, seededRandom } from '../../core/bytes/prng.ts';
import { portableHash } from '../../core/metainfo/info-hash.ts';
import type { Clock } from '../../host/clock.ts';
import type { DatagramNetwork } from '../../host/datagram.ts';
import type { Host } from '../../host/host.ts';
import type { HttpClient } from '../../host/http.ts';
import type { Multicast } from '../../host/multicast.ts';
import type { StreamNetwork } from '../../host/stream.ts';
import { Line } from './line.ts';
import type { DatagramWeather } from './sim-datagrams.ts';
import { SimDisk, type SimDiskOptions } from './sim-disk.ts';
import { SimHttp } from './sim-http.ts';
import type { World } from './world.ts';

/** Machines that share one line to everybody else. */
export interface SimSite {
  readonly uplink: Line;
  readonly downlink: Line;
  /** Of each machine's own line inside. */
  readonly localBytesPerSecond: number;
}

export interface SimHostOptions {
  /** @default unlimited */
  readonly upBytesPerSecond?: number;
  /** @default unlimited */
  readonly downBytesPerSecond?: number;
  /** From here to the middle of the network; what two machines have between them is the sum. @default 10 */
  readonly latencyMs?: number;
  /** False: behind NAT, dials to it time out. @default true */
  readonly isReachable?: boolean;
  /** Of each stream: what the system takes off a writer's hands. @default 65,536 */
  readonly sendBuffer?: number;
  /** Of each stream: what may be on its way here or unread. @default 262,144 */
  readonly window?: number;
  /** A line's turns: so much of one stream, then the next. @default 16,640, a block and what goes with it */
  readonly quantum?: number;
  /** What becomes of datagrams on their way here. @default they arrive, once and in order */
  readonly datagrams?: DatagramWeather;
  readonly disk?: SimDiskOptions;
  /** Its line is that of its site, and inside it has one of its own. @default none */
  readonly site?: SimSite;
}

export class SimHost implements Host {
  readonly index: number;
  readonly address: string;
  readonly clock: Clock;
  readonly streams: StreamNetwork;
  readonly datagrams: DatagramNetwork;
  readonly multicast: Multicast;
  disk: SimDisk;
  readonly http: HttpClient;
  readonly hash = portableHash;
  readonly random: Random;
  readonly uplink: Line;
  readonly downlink: Line;
  readonly site: SimSite | undefined;
  /** To machines of its own site; without one, the same as the others. */
  readonly localUplink: Line;
  readonly localDownlink: Line;
  readonly latencyMs: number;
  readonly sendBuffer: number;
  readonly window: number;
  isReachable: boolean;

  constructor(world: World, index: number, options: SimHostOptions) {
    this.index = index;
    this.address = addressOf(index);
    this.clock = world.clock;
    this.random = seededRandom(world.random.below(2 ** 32));
    const line = (bytesPerSecond = Number.POSITIVE_INFINITY) =>
      new Line(world, bytesPerSecond, options.quantum ?? QUANTUM);
    const { site } = options;
    this.site = site;
    this.uplink = site?.uplink ?? line(options.upBytesPerSecond);
    this.downlink = site?.downlink ?? line(options.downBytesPerSecond);
    this.localUplink = site === undefined ? this.uplink : line(site.localBytesPerSecond);
    this.localDownlink = site === undefined ? this.downlink : line(site.localBytesPerSecond);
    this.latencyMs = options.latencyMs ?? 10;
    this.sendBuffer = options.sendBuffer ?? 65_536;
    this.window = options.window ?? 262_144;
    this.isReachable = options.isReachable ?? true;
    this.streams = world.network.streamsOf(this);
    this.datagrams = world.datagrams.networkOf(this, options.datagrams ?? {});
    this.multicast = world.multicast.of(this);
    this.disk = new SimDisk(world, options.disk);
    this.http = new SimHttp(world, this);
  }
}

/** 10.0.0.1 and on; none ends with 0 or 255. */
function addressOf(index: number): string {
  const [high, middle] = [Math.floor(index / 62_500), Math.floor(index / 250) % 250];
  return `10.${high}.${middle}.${(index % 250) + 1}`;
}

/** A block, and what goes with it. */
export const QUANTUM = 16_640;

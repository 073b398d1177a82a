// All that a Session needs of the world, in one value: made by io/node-host for Node, by lab/sim for the simulator.

import type { Random } from '../core/bytes/prng.ts';
import type { HashFunctions } from '../core/metainfo/info-hash.ts';
import type { Clock } from './clock.ts';
import type { DatagramNetwork } from './datagram.ts';
import type { Disk } from './disk.ts';
import type { Gateways } from './gateways.ts';
import type { HttpClient } from './http.ts';
import type { Multicast } from './multicast.ts';
import type { NameResolver } from './names.ts';
import type { HostProxy } from './proxy.ts';
import type { Signatures } from './signatures.ts';
import type { StateFiles } from './state-files.ts';
import type { StreamNetwork } from './stream.ts';

export interface Host {
  readonly clock: Clock;
  readonly streams: StreamNetwork;
  readonly disk: Disk;
  readonly http: HttpClient;
  /** With `names` (or a relay, to which names are given), for trackers by UDP. Left out where the platform has none, as a browser. */
  readonly datagrams?: DatagramNetwork;
  readonly names?: NameResolver;
  /** Through which all of `streams`, `datagrams` and `http` goes. @default there is none */
  readonly proxy?: HostProxy;
  /** With `datagrams`, to have the router of this network let peers in. */
  readonly gateways?: Gateways;
  /** To find peers on this network. */
  readonly multicast?: Multicast;
  /** Needed where a session is to remember its torrents. */
  readonly stateFiles?: StateFiles;
  /** Needed for the DHT's mutable items. Without it they are neither kept nor believed. */
  readonly signatures?: Signatures;
  /** Of short messages: metadata. */
  readonly hash: HashFunctions;
  /** Seeded by the host: the same seed gives the same run. */
  readonly random: Random;
  /** What cannot be guessed: for keys. @default `random`, so that a simulation can be run again */
  readonly secrets?: Random;
}

// How the session is reached, as clients are told: a part of `session.get`. What is not used says why, in a sentence.

import { z } from 'zod';

const count = z.number().int().nonnegative();
const port = count.max(65_535).nullable();
const way = z.object({
  isOn: z.boolean(),
  /** Why it is not; null where it is. */
  reason: z.string().nullable(),
});
const dhtNodes = z.object({
  /** Those that answer, and all that are known. */
  good: count,
  known: count,
});

export const reachFacts = z.object({
  /** Whether peers can dial it from the Internet; null where that is not known. */
  isReachable: z.boolean().nullable(),
  /** What is known of that, as a sentence. */
  verdict: z.string(),
  /** Where peers can dial it by TCP; null where they cannot. */
  tcp: z.string().nullable(),
  /** The sockets that uTP, the DHT and trackers by UDP share. */
  udp: z.array(z.string()),
  /** Where others see it: of each family of addresses one, at most. */
  external: z.array(
    z.object({
      address: z.string(),
      /** Who says so; `peer` and `dht` are many. */
      sources: z.array(z.enum(['router', 'tracker', 'dht', 'peer'])),
    }),
  ),
  /** Connections by TCP from the Internet that have come since the start. */
  incoming: count,
  lastIncomingAt: z.number().nullable(),
  portForward: z.object({
    state: z.enum(['open', 'asking', 'failed', 'off']),
    way: z.enum(['upnp', 'nat-pmp', 'pcp']).nullable(),
    gateway: z.string().nullable(),
    /** Of the router, on its other side. */
    tcpPort: port,
    udpPort: port,
    /** It is asked for again before that; null where it is open for good, or not open. */
    leaseEndsAt: z.number().nullable(),
    /** Why nothing is open; null where it is. */
    reason: z.string().nullable(),
  }),
  dht: way.extend({ ipv4: dhtNodes.nullable(), ipv6: dhtNodes.nullable() }),
  utp: way,
  lsd: way,
  pex: way,
  /** Through which everything goes; null where there is none. */
  proxy: z
    .object({
      /** Without user and password. */
      url: z.string(),
      udp: z.enum(['asking', 'on', 'failed', 'off']),
      reason: z.string().nullable(),
    })
    .nullable(),
  /** Addresses that are not spoken to; null where there are none. */
  ipFilter: z.object({ ranges: count.nullable(), refused: count }).nullable(),
});

export type ReachView = z.output<typeof reachFacts>;

// What a node may do and how much it takes on, with the defaults and where those come from.

export interface DhtNodeOptions {
  /** Nodes in a bucket, and how many of the closest are wanted: k. @default 8 (BEP 5) */
  readonly bucketSize: number;
  /** Queries of a lookup that wait for an answer: α. @default 5 (libtorrent, `dht_search_branching`) */
  readonly lookupWidth: number;
  /** A lookup asks no more nodes. @default 100: one that is led astray ends too */
  readonly maxLookupQueries: number;
  /** Nodes that a lookup remembers. @default 200 */
  readonly maxCandidates: number;
  /** Without an answer for so long another node is asked beside it. @default 1500 */
  readonly slowMs: number;
  /** And so long until it has failed. @default 8000: who is that late has left, or its line is full */
  readonly timeoutMs: number;
  /** Queries in a row without an answer, and a node goes. @default 3 (BEP 5: "multiple") */
  readonly maxFailures: number;
  /** A node that was silent for so long is asked something. @default 900,000 (BEP 5, "Routing Table") */
  readonly refreshMs: number;
  /** Between such questions. @default 10,000 */
  readonly maintainMs: number;
  /** Nodes of one /24 of IPv4, or /48 of IPv6, in a bucket; an address has one in all. @default 1 (libtorrent, `dht_restrict_routing_ips`: a /64) */
  readonly nodesPerSubnet: number;
  /** Of the nodes of one subnet, so many in a lookup. @default 2 (libtorrent, `dht_restrict_search_ips`: 1) */
  readonly candidatesPerSubnet: number;
  /** BEP 43: asks, and is not asked. @default false */
  readonly isReadOnly: boolean;

  /** Queries of one site that are answered in a second. @default 10 (libtorrent, `dht_block_ratelimit`: 5) */
  readonly queriesPerSiteSecond: number;
  /** And as many at once. @default 50 */
  readonly queryBurst: number;
  /** Bytes of answers in a second; what is beyond that is not answered. @default 64,000 (libtorrent, `dht_upload_rate_limit`: 8,000) */
  readonly answerBytesPerSecond: number;
  /** Queries of ours in a second, and half as many at once; lookups wait for their turn. @default 200 */
  readonly maxQueriesPerSecond: number;
  /** Of these, to find out whether somebody who asked us is a node for the table. @default 5 */
  readonly maxPingsPerSecond: number;

  /** From one key of tokens to the next. @default 300,000 (BEP 5, "announce_peer") */
  readonly tokenMs: number;
  /** Info hashes whose peers are kept; those next to our own id stay. @default 2000 (libtorrent, `dht_max_torrents`) */
  readonly maxSwarms: number;
  /** Peers of one. @default 500 (libtorrent, `dht_max_peers`) */
  readonly maxPeersPerSwarm: number;
  /** Of one address: whoever shares one may be several. @default 4 */
  readonly maxPeersPerSite: number;
  /** From an announce until it is forgotten. @default 2,700,000: half again as long as the 30 minutes after which others come again */
  readonly peerMs: number;
  /** Items of BEP 44; those next to our own id stay. @default 700 (libtorrent, `dht_max_dht_items`) */
  readonly maxItems: number;
  /** @default 7,200,000 (BEP 44, "Expiration") */
  readonly itemMs: number;
  /** Signatures that are checked in a second: each takes a tenth of a millisecond. @default 50 */
  readonly maxVerifiedPerSecond: number;

  /** Peers that are believed of one answer. @default 100: as many as fit into one of 1,024 bytes */
  readonly maxPeersPerAnswer: number;
  /** And of one lookup: liars must not crowd out the rest. @default 1000 */
  readonly maxPeersPerLookup: number;
}

export const DHT_NODE_DEFAULTS: DhtNodeOptions = {
  bucketSize: 8,
  lookupWidth: 5,
  maxLookupQueries: 100,
  maxCandidates: 200,
  slowMs: 1500,
  timeoutMs: 8000,
  maxFailures: 3,
  refreshMs: 900_000,
  maintainMs: 10_000,
  nodesPerSubnet: 1,
  candidatesPerSubnet: 2,
  isReadOnly: false,
  queriesPerSiteSecond: 10,
  queryBurst: 50,
  answerBytesPerSecond: 64_000,
  maxQueriesPerSecond: 200,
  maxPingsPerSecond: 5,
  tokenMs: 300_000,
  maxSwarms: 2000,
  maxPeersPerSwarm: 500,
  maxPeersPerSite: 4,
  peerMs: 2_700_000,
  maxItems: 700,
  itemMs: 7_200_000,
  maxVerifiedPerSecond: 50,
  maxPeersPerAnswer: 100,
  maxPeersPerLookup: 1000,
};

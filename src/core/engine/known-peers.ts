// The addresses that we have heard of, and when each may be dialled (again). Never ourselves, never port 0, no address
// twice, none that is banned; one that failed waits longer each time. Where it is full, one that failed makes way, and
// what dials us has one place a host: liars must not crowd out the rest. Knows no sockets: it is told what became of each.

import { addressScope } from '../bytes/address-scope.ts';
import { type Address, addressBytes, canonicalAddress, formatAddress } from '../bytes/compact-address.ts';
import { LazyMap, LazySet } from '../bytes/lazy-map.ts';

/** Where an address comes from. */
export type PeerSource = 'tracker' | 'user' | 'incoming' | 'pex' | 'dht' | 'lsd' | 'resume';

export interface KnownPeersOptions {
  /** A further address takes the place of the one that failed most; where none has failed it is turned away. @default 2000 */
  readonly maxKnown: number;
  /** Wait after the first failure; doubles with each. @default 15,000 */
  readonly firstBackOffMs: number;
  /** @default 1,800,000 */
  readonly maxBackOffMs: number;
  /** After so many failures in a row an address is forgotten. @default 8 */
  readonly maxFailures: number;
  /**
   * Dials leave from this address of this machine: what cannot be reached from there is passed over, and counted.
   * @default from any
   */
  readonly localHost?: string | undefined;
  /** Hosts that are banned; the one that was first makes way. @default 10,000: liars must not fill memory either */
  readonly maxBanned: number;
}

/** What several torrents may know together; counted by those that share it. */
export interface KnownPeersBudget {
  readonly max: number;
  count: number;
}

export const KNOWN_PEERS_DEFAULTS: KnownPeersOptions = {
  maxKnown: 2000,
  firstBackOffMs: 15_000,
  maxBackOffMs: 1_800_000,
  maxFailures: 8,
  maxBanned: 10_000,
};

interface KnownPeer {
  readonly address: Address;
  readonly source: PeerSource;
  /** The host's place in `#incoming`, where it has that. */
  readonly incomingFrom: string | undefined;
  /** BEP 40: among those that have failed as often the highest is dialled first. 0 where it is not known. */
  rank: number;
  state: 'idle' | 'dialling' | 'connected';
  failures: number;
  /** Not dialled before. */
  notBefore: number;
  /** Has all that we could want or give: no use to us once we are complete. */
  isSeed: boolean;
  /** Was heard of as a peer of a hybrid's v2 swarm: greeted by that hash, until this fails. BEP 52, "Upgrade Path" */
  isV2: boolean;
}

export class KnownPeers {
  readonly #known = new LazyMap<string, KnownPeer>();
  /** For each host that dialled us: the address that it said it listens at. */
  readonly #incoming = new LazyMap<string, KnownPeer>();
  readonly #banned = new LazySet<string>();
  readonly #selves = new LazySet<string>();
  readonly #outOfReach = new LazySet<string>();
  /** How often each of these hosts has sent far too much. */
  readonly #floods = new LazyMap<string, number>();
  readonly #options: KnownPeersOptions;
  readonly #budget: KnownPeersBudget | undefined;
  #idle = 0;
  /** What strangers have told us of others: half of all at most. */
  #pexCount = 0;
  #rankOf: ((address: Address) => number | undefined) | undefined;

  constructor(options: KnownPeersOptions = KNOWN_PEERS_DEFAULTS, budget?: KnownPeersBudget) {
    this.#options = options;
    this.#budget = budget;
  }

  get count(): number {
    return this.#known.size;
  }

  /** Of the addresses that were heard of, so many cannot be reached from `localHost`; counted up to a hundred. */
  get outOfReachCount(): number {
    return this.#outOfReach.size;
  }

  /** True where the address is new and may be dialled. `isV2`: it was found by v2's hash. */
  found(told: Address, source: PeerSource, isV2 = false): boolean {
    // One host in two forms would be dialled twice, and banned once.
    const address = canonicalAddress(told);
    if (address === undefined || !isDiallable(address)) return false;
    const key = formatAddress(address);
    const { localHost } = this.#options;
    if (localHost !== undefined && !isReachableFrom(localHost, address.host)) {
      if (this.#outOfReach.size < MAX_OUT_OF_REACH) this.#outOfReach.add(key);
      return false;
    }
    const old = this.#known.get(key);
    if (old !== undefined && isV2) old.isV2 = true;
    if (old !== undefined || this.#selves.has(key) || this.isBanned(address)) return false;
    const incomingFrom = source === 'incoming' ? incomingKey(address) : undefined;
    if (source === 'pex' && this.#pexCount >= this.#options.maxKnown / 2) return false;
    if (!this.#makeRoom(incomingFrom)) return false;
    if (source === 'pex') this.#pexCount++;
    const peer: KnownPeer = {
      address,
      source,
      incomingFrom,
      rank: this.#rankOf?.(address) ?? 0,
      state: 'idle',
      failures: 0,
      notBefore: 0,
      isSeed: false,
      isV2,
    };
    this.#known.set(key, peer);
    if (this.#budget !== undefined) this.#budget.count++;
    if (incomingFrom !== undefined) this.#incoming.set(incomingFrom, peer);
    this.#idle++;
    return true;
  }

  /** The next address to dial, marked as being dialled. `skipSeeds` when we are complete ourselves. */
  next(now: number, skipSeeds: boolean): Address | undefined {
    if (this.#idle === 0) return undefined;
    let best: KnownPeer | undefined;
    for (const peer of this.#known.values()) {
      if (peer.state !== 'idle' || peer.notBefore > now || (skipSeeds && peer.isSeed)) continue;
      if (best === undefined || peer.failures < best.failures) best = peer;
      else if (peer.failures === best.failures && peer.rank > best.rank) best = peer;
      if (best.failures === 0 && this.#rankOf === undefined) break;
    }
    if (best === undefined) return undefined;
    this.#set(best, 'dialling');
    return best.address;
  }

  /** Where it was first heard of; undefined where it is not known. */
  sourceOf(address: Address): PeerSource | undefined {
    return this.#known.get(formatAddress(address))?.source;
  }

  /** Whether the address is to be greeted by v2's hash where there are two. */
  isV2(address: Address): boolean {
    return this.#known.get(formatAddress(address))?.isV2 === true;
  }

  /** From now on addresses have this rank. */
  rankBy(rankOf: (address: Address) => number | undefined): void {
    this.#rankOf = rankOf;
    for (const peer of this.#known.values()) peer.rank = rankOf(peer.address) ?? 0;
  }

  /** What `next` gave was not dialled: it may be at any time. */
  notDialled(address: Address): void {
    const peer = this.#known.get(formatAddress(address));
    if (peer?.state === 'dialling') this.#set(peer, 'idle');
  }

  /** How many `next` has to give. */
  diallableCount(now: number, skipSeeds: boolean): number {
    let count = 0;
    for (const peer of this.#known.values())
      if (peer.state === 'idle' && peer.notBefore <= now && !(skipSeeds && peer.isSeed)) count++;
    return count;
  }

  /** When `next` may have an address; undefined when it will have none. */
  nextDialAt(skipSeeds: boolean): number | undefined {
    if (this.#idle === 0) return undefined;
    let earliest: number | undefined;
    for (const peer of this.#known.values()) {
      if (peer.state !== 'idle' || (skipSeeds && peer.isSeed)) continue;
      if (earliest === undefined || peer.notBefore < earliest) earliest = peer.notBefore;
    }
    return earliest;
  }

  /** Some that are worth dialling in another run: those that are connected, then those that did not fail. */
  best(limit: number): Address[] {
    const connected: Address[] = [];
    const others: Address[] = [];
    for (const { address, state, failures } of this.#known.values()) {
      if (state === 'connected') connected.push(address);
      else if (failures === 0 && others.length < limit) others.push(address);
    }
    return [...connected, ...others].slice(0, limit);
  }

  /** We go on after a stop, which was no fault of theirs: those that did not fail may be dialled at once. */
  resumed(): void {
    for (const peer of this.#known.values()) if (peer.failures === 0) peer.notBefore = 0;
  }

  /** A connection to or from this address stands; `isV2`: by v2's hash. */
  connected(address: Address, isV2: boolean): void {
    const peer = this.#known.get(formatAddress(address));
    if (peer === undefined) return;
    peer.failures = 0;
    peer.isV2 = isV2;
    this.#set(peer, 'connected');
  }

  /** Dialling came to nothing, or the connection ended. */
  ended(
    address: Address,
    now: number,
    details: { readonly isFailure: boolean; readonly isSeed?: boolean },
  ): void {
    const key = formatAddress(address);
    const peer = this.#known.get(key);
    if (peer === undefined) return;
    this.#set(peer, 'idle');
    peer.isSeed = details.isSeed ?? peer.isSeed;
    if (details.isFailure) {
      peer.failures++;
      // Whoever said v2 may have been wrong: by v1's hash those who know both are found as well.
      peer.isV2 = false;
    }
    if (peer.failures >= this.#options.maxFailures) {
      this.#forget(key);
      return;
    }
    const doublings = Math.max(0, peer.failures - 1);
    peer.notBefore =
      now + Math.min(this.#options.firstBackOffMs * 2 ** doublings, this.#options.maxBackOffMs);
  }

  /** Marked as being dialled, however often that failed. False where it is not known, or dialled or connected already. */
  take(address: Address): boolean {
    const peer = this.#known.get(formatAddress(address));
    if (peer?.state !== 'idle') return false;
    peer.notBefore = 0;
    this.#set(peer, 'dialling');
    return true;
  }

  /** What came from there counts no more. */
  forgetFrom(...sources: readonly PeerSource[]): void {
    for (const [key, { source, state }] of [...this.#known])
      if (sources.includes(source) && state === 'idle') this.#forget(key);
  }

  /** The address is our own: not to be dialled again. */
  isSelf(address: Address): void {
    const key = formatAddress(address);
    addBounded(this.#selves, key, MAX_SELVES);
    this.#forget(key);
  }

  /** The whole host, for another port is one connection away; on this machine the address alone. */
  ban(address: Address): void {
    addBounded(this.#banned, banKey(address), this.#options.maxBanned);
    this.#forget(formatAddress(address));
  }

  /** It was closed for saying far too much: banned where it comes again and again to do the same. */
  flooded(address: Address): void {
    const key = banKey(address);
    const count = (this.#floods.get(key) ?? 0) + 1;
    this.#floods.delete(key);
    if (count >= MAX_FLOODS) this.ban(address);
    else this.#floods.set(key, count);
    if (this.#floods.size <= MAX_FLOODERS) return;
    for (const first of this.#floods.keys()) {
      this.#floods.delete(first);
      return;
    }
  }

  /** All but what is banned or our own: addresses come from elsewhere now. */
  forgetAll(): void {
    for (const key of [...this.#known.keys()]) this.#forget(key);
  }

  isBanned(address: Address): boolean {
    return this.#banned.has(banKey(address));
  }

  #forget(key: string): void {
    const peer = this.#known.get(key);
    if (peer === undefined) return;
    if (peer.state === 'idle') this.#idle--;
    this.#known.delete(key);
    if (peer.source === 'pex') this.#pexCount--;
    if (this.#budget !== undefined) this.#budget.count--;
    if (peer.incomingFrom !== undefined) this.#incoming.delete(peer.incomingFrom);
  }

  /** False where there is no room for one more. */
  #makeRoom(incomingFrom: string | undefined): boolean {
    const same = incomingFrom === undefined ? undefined : this.#incoming.get(incomingFrom);
    if (same !== undefined) {
      if (same.state !== 'idle') return false;
      this.#forget(formatAddress(same.address));
    }
    if (!this.#isFull()) return true;
    let worst: KnownPeer | undefined;
    for (const peer of this.#known.values()) {
      // What the user named stays.
      if (peer.state !== 'idle' || peer.source === 'user') continue;
      if (peer.failures > (worst?.failures ?? 0)) worst = peer;
    }
    if (worst === undefined) return false;
    this.#forget(formatAddress(worst.address));
    return true;
  }

  #isFull(): boolean {
    const { size } = this.#known;
    const isBudgetSpent = this.#budget !== undefined && this.#budget.count >= this.#budget.max;
    return size >= this.#options.maxKnown || (isBudgetSpent && size >= KNOWN_ANYWAY);
  }

  #set(peer: KnownPeer, state: KnownPeer['state']): void {
    if (peer.state === 'idle') this.#idle--;
    if (state === 'idle') this.#idle++;
    peer.state = state;
  }
}

/** False for port 0 and for addresses that name no single host: "this host", multicast, broadcast. */
function isDiallable(address: Address): boolean {
  const { host, port } = address;
  if (!Number.isInteger(port) || port < 1 || port > 65_535) return false;
  const bytes = addressBytes(host);
  if (bytes === undefined) return false;
  if (bytes.length === 4) return bytes[0] !== 0 && bytes[0]! < 224;
  return bytes[0] !== 0xff && bytes.some(byte => byte !== 0);
}

/** As far as the addresses tell: IPv4 leads to IPv4, and a machine's loopback nowhere else. */
function isReachableFrom(localHost: string, host: string): boolean {
  if (localHost.includes(':') !== host.includes(':')) return false;
  return addressScope(localHost) !== 'loopback' || addressScope(host) === 'loopback';
}

function banKey(address: Address): string {
  return isLoopback(address) ? formatAddress(address) : address.host;
}

/** True where a ban of one is a ban of the other. */
export function isSameHost(a: Address, b: Address): boolean {
  return banKey(a) === banKey(b);
}

/** One host: of IPv6 the network of 64 bits, all of whose addresses are one machine's for the asking. */
function incomingKey(address: Address): string {
  if (isLoopback(address)) return formatAddress(address);
  const bytes = addressBytes(address.host)!;
  return bytes.length === 4 ? address.host : `${bytes.subarray(0, 8).join('.')}::`;
}

function isLoopback({ host }: Address): boolean {
  return host.startsWith('127.') || host === '::1';
}

/** The first that was put in goes where there would be more. */
function addBounded(set: LazySet<string>, key: string, max: number): void {
  set.add(key);
  if (set.size <= max) return;
  for (const first of set) {
    set.delete(first);
    return;
  }
}

// Twice may be a fault of a program that means well.
const MAX_FLOODS = 3;
const MAX_FLOODERS = 1000;
// However many other torrents know: enough to begin with.
const KNOWN_ANYWAY = 20;
// Whoever greets us with our own id claims to be us: no more than we have addresses and ports.
const MAX_SELVES = 100;
// To be shown alone, and of ten thousand torrents: `maxKnownPeers` of a session does not hold it back.
const MAX_OUT_OF_REACH = 100;

// Who may announce to a private tracker: by a key in the path of its URL, `/KEY/announce`, by HTTP and WebSocket and by UDP
// (BEP 41). Each key has a name, limits and totals. Totals are what clients say of themselves: between two announces of one
// peer, by how much its figures have grown.

import { toBinaryString } from '../core/bytes/utf8.ts';
import type { AnnounceFacts, AnnounceRefusal } from '../core/tracker/announce.ts';
import { KEY_UNKNOWN, refusal } from './refusals.ts';
import type { KeyRing, TrackerAnnounce } from './tracker.ts';

export interface Passkey {
  /** How its owner is called: what totals go by. */
  readonly name: string;
  /** 8 to 64 letters and digits. */
  readonly key: string;
  /** Peers that announce by it at one time, in all torrents. @default 1000 */
  readonly maxPeers?: number | undefined;
  /** Addresses that it is used from at one time. @default 16 */
  readonly maxAddresses?: number | undefined;
  /** Announces in an hour. @default 20,000 */
  readonly maxAnnouncesPerHour?: number | undefined;
  /** Milliseconds since 1970. @default never */
  readonly expiresAt?: number | undefined;
}

export interface KeyTotals {
  readonly uploaded: number;
  readonly downloaded: number;
  readonly announces: number;
  readonly completed: number;
  /** Milliseconds since 1970; 0 is never. */
  readonly lastSeen: number;
}

export class Passkeys implements KeyRing {
  readonly #byKey = new Map<string, Holder>();
  readonly #byName = new Map<string, Holder>();
  readonly #wallTime: () => number;

  /** What `before` knew of the same names goes on. */
  constructor(keys: readonly Passkey[], deps: { readonly wallTime: () => number }, before?: Passkeys) {
    this.#wallTime = deps.wallTime;
    for (const key of keys) {
      const known = before === undefined ? undefined : before.#byName.get(key.name);
      const holder = known?.with(key) ?? new Holder(key);
      this.#byKey.set(key.key, holder);
      this.#byName.set(key.name, holder);
    }
  }

  get size(): number {
    return this.#byKey.size;
  }

  knows(url: string): boolean {
    return this.#holderOf(url) !== undefined;
  }

  refusalOf({ facts, ip, url }: TrackerAnnounce, now: number): AnnounceRefusal | undefined {
    const holder = url === undefined ? undefined : this.#holderOf(url);
    if (holder === undefined) return KEY_UNKNOWN;
    return holder.refusalOf(facts, ip, now, this.#wallTime());
  }

  totals(): ReadonlyMap<string, KeyTotals> {
    return new Map([...this.#byName].map(([name, { totals }]) => [name, { ...totals }]));
  }

  /** Totals of an earlier run; names that are no longer there are passed over. */
  restore(totals: ReadonlyMap<string, KeyTotals>): void {
    for (const [name, known] of totals) Object.assign(this.#byName.get(name)?.totals ?? {}, known);
  }

  #holderOf(url: string): Holder | undefined {
    const end = url.indexOf('/', 1);
    const question = url.indexOf('?');
    const stop = end < 0 ? (question < 0 ? url.length : question) : end;
    const holder = this.#byKey.get(url.slice(1, stop));
    if (holder?.key.expiresAt !== undefined && holder.key.expiresAt <= this.#wallTime()) return undefined;
    return holder;
  }
}

/** One key, who announces by it at the moment, and what that comes to. */
class Holder {
  readonly key: Passkey;
  readonly totals: { -readonly [Name in keyof KeyTotals]: KeyTotals[Name] };
  /** By torrent and peer id. */
  readonly #peers: Map<string, KeyPeer>;
  #hour = 0;
  #announcesInHour = 0;

  constructor(key: Passkey, totals = noTotals(), peers = new Map<string, KeyPeer>()) {
    this.key = key;
    this.totals = totals;
    this.#peers = peers;
  }

  with(key: Passkey): Holder {
    return new Holder(key, this.totals, this.#peers);
  }

  refusalOf(
    facts: AnnounceFacts,
    ip: Uint8Array,
    now: number,
    wallTime: number,
  ): AnnounceRefusal | undefined {
    const hour = Math.floor(now / HOUR_MS);
    if (hour !== this.#hour) {
      this.#hour = hour;
      this.#announcesInHour = 0;
    }
    if (this.#announcesInHour >= (this.key.maxAnnouncesPerHour ?? 20_000)) return TOO_MANY_ANNOUNCES;
    const id = toBinaryString(facts.infoHash) + toBinaryString(facts.peerId);
    const address = toBinaryString(ip);
    const known = this.#peers.get(id);
    if (known === undefined && facts.event !== 'stopped') {
      const maxPeers = this.key.maxPeers ?? 1_000;
      if (this.#peers.size >= maxPeers) this.#forgetSilent(now);
      if (this.#peers.size >= maxPeers) return TOO_MANY_PEERS;
    }
    if (known?.address !== address && !this.#hasRoomFor(address, now)) return TOO_MANY_ADDRESSES;
    this.#announcesInHour++;
    this.totals.announces++;
    this.totals.lastSeen = wallTime;
    if (facts.event === 'completed' && known !== undefined && known.left > 0) this.totals.completed++;
    if (known !== undefined) {
      // Figures that fall are a new start of the client's.
      this.totals.uploaded += Math.max(0, facts.uploaded - known.uploaded);
      this.totals.downloaded += Math.max(0, facts.downloaded - known.downloaded);
    }
    if (facts.event === 'stopped') this.#peers.delete(id);
    else {
      const { uploaded, downloaded, left } = facts;
      this.#peers.set(id, { address, uploaded, downloaded, left, seenAt: now });
    }
    return undefined;
  }

  #hasRoomFor(address: string, now: number): boolean {
    const max = this.key.maxAddresses ?? 16;
    const addresses = new Set<string>();
    for (const peer of this.#peers.values()) {
      if (peer.address === address) return true;
      if (now - peer.seenAt <= SILENT_MS) addresses.add(peer.address);
    }
    return addresses.size < max;
  }

  #forgetSilent(now: number): void {
    for (const [id, peer] of this.#peers) if (now - peer.seenAt > SILENT_MS) this.#peers.delete(id);
  }
}

interface KeyPeer {
  readonly address: string;
  readonly uploaded: number;
  readonly downloaded: number;
  readonly left: number;
  readonly seenAt: number;
}

function noTotals() {
  return { uploaded: 0, downloaded: 0, announces: 0, completed: 0, lastSeen: 0 };
}

const HOUR_MS = 3_600_000;
// As long as the store remembers a peer.
const SILENT_MS = 45 * 60_000;
const TOO_MANY_ANNOUNCES = refusal(
  'key_limit',
  'There were too many announces by this key in the last hour.',
  30,
);
const TOO_MANY_PEERS = refusal('key_limit', 'Too many peers announce by this key.', 30);
const TOO_MANY_ADDRESSES = refusal('key_limit', 'This key is used from too many addresses.', 30);

// Which torrents a tracker serves, and the name of each one's swarm: those that are registered, one by one or by the rules
// of the moment; of others those that a list allows, or all. The two hashes of a hybrid are one swarm.

import { toBinaryString } from '../core/bytes/utf8.ts';

/** The hashes of one torrent: v1's 20 bytes, v2's 32, or both. */
export interface TorrentHashes {
  readonly infoHashV1?: Uint8Array | undefined;
  readonly infoHashV2?: Uint8Array | undefined;
}

/** Which torrents are served, of those that are not registered. */
export interface TorrentList {
  /** 20 bytes; undefined where there is nothing against it. */
  verdict(infoHash: Uint8Array): 'listed' | 'denied' | undefined;
}

export class ServedTorrents {
  /** The hash on the wire, as a binary string, to the hash that names the swarm. */
  readonly #registered = new Map<string, Uint8Array>();
  #fromRules = new Map<string, Uint8Array>();
  #list: TorrentList | undefined;
  #isOpen: boolean;

  constructor(isOpen: boolean) {
    this.#isOpen = isOpen;
  }

  get registeredCount(): number {
    return this.#registered.size + this.#fromRules.size;
  }

  /** Other rules in the place of the old. What was registered one by one stays. */
  configure(isOpen: boolean, list: TorrentList | undefined, torrents: readonly TorrentHashes[] = []): void {
    const fromRules = new Map<string, Uint8Array>();
    for (const torrent of torrents) addTo(fromRules, torrent);
    this.#fromRules = fromRules;
    this.#list = list;
    this.#isOpen = isOpen;
  }

  register(torrent: TorrentHashes): void {
    addTo(this.#registered, torrent);
  }

  unregister({ infoHashV1, infoHashV2 }: TorrentHashes): void {
    if (infoHashV1 !== undefined) this.#registered.delete(toBinaryString(infoHashV1));
    if (infoHashV2 !== undefined) this.#registered.delete(toBinaryString(infoHashV2, 0, 20));
  }

  /** The name of the swarm, 20 bytes; undefined where it is not served. */
  nameOf(infoHash: Uint8Array): Uint8Array | undefined {
    const verdict = this.#list?.verdict(infoHash);
    if (verdict === 'denied') return undefined;
    if (this.registeredCount > 0) {
      const key = toBinaryString(infoHash);
      const name = this.#registered.get(key) ?? this.#fromRules.get(key);
      if (name !== undefined) {
        // Who denies one hash of a hybrid denies the torrent.
        return this.#list?.verdict(name) === 'denied' ? undefined : name;
      }
    }
    return this.#isOpen || verdict === 'listed' ? infoHash : undefined;
  }

  /** How a torrent comes to be served, or that it is not. */
  servedAs(infoHash: Uint8Array): 'denied' | 'registered' | 'listed' | 'open' | 'not served' {
    const verdict = this.#list?.verdict(infoHash);
    if (this.nameOf(infoHash) === undefined) return verdict === 'denied' ? 'denied' : 'not served';
    const key = toBinaryString(infoHash);
    if (this.#registered.has(key) || this.#fromRules.has(key)) return 'registered';
    return verdict ?? 'open';
  }
}

function addTo(names: Map<string, Uint8Array>, { infoHashV1, infoHashV2 }: TorrentHashes): void {
  const v2 = infoHashV2?.slice(0, 20);
  const name = infoHashV1?.slice() ?? v2;
  if (name?.length !== 20) throw new TypeError('tracker: a torrent has an info hash of 20 or of 32 bytes');
  names.set(toBinaryString(name), name);
  if (v2 !== undefined) names.set(toBinaryString(v2), name);
}

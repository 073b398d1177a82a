// The torrents of a session by the names that peers know them by: a wire info hash, or the mark that an encrypted
// handshake has in its place. Both are found by one look: no peer's word makes us hash every torrent that we have.

import { fromHex, toHex } from '../core/bytes/hex.ts';
import { SwarmlineError } from '../core/errors.ts';
import { torrentMark } from '../core/wire/mse-keys.ts';

export class TorrentNames<Owner> {
  /** By info hash in hex. */
  readonly #owners = new Map<string, Owner>();
  /** Info hashes by their mark in hex. */
  readonly #byMark = new Map<string, Uint8Array>();
  readonly #names = new Map<Owner, string[]>();

  find(infoHash: Uint8Array): Owner | undefined {
    return this.#owners.get(toHex(infoHash));
  }

  /** The info hash that this is the mark of. */
  infoHashOf(mark: Uint8Array): Uint8Array | undefined {
    return this.#byMark.get(toHex(mark));
  }

  /** Names an owner, beside the names that it has. An error where another one has such a name. */
  claim(owner: Owner, infoHashes: readonly Uint8Array[]): SwarmlineError | undefined {
    for (const infoHash of infoHashes) {
      const other = this.find(infoHash);
      if (other !== undefined && other !== owner)
        return new SwarmlineError('TORRENT_EXISTS', 'This torrent is here already.');
    }
    let names = this.#names.get(owner);
    if (names === undefined) {
      names = [];
      this.#names.set(owner, names);
    }
    for (const infoHash of infoHashes) {
      const name = toHex(infoHash);
      if (names.includes(name)) continue;
      names.push(name);
      this.#owners.set(name, owner);
      this.#byMark.set(toHex(torrentMark(infoHash)), infoHash);
    }
    return undefined;
  }

  /** The owner has no name any more. */
  release(owner: Owner): void {
    for (const name of this.#names.get(owner) ?? []) {
      const infoHash = fromHex(name)!;
      this.#owners.delete(name);
      this.#byMark.delete(toHex(torrentMark(infoHash)));
    }
    this.#names.delete(owner);
  }
}

// Info hashes that are allowed or denied, by the hundred thousand: packed. A list is text: a hash a
// line in hexadecimal, 40 digits (v1, or v2 cut short) or 64 (v2), and what follows it, or `#`, is a remark.

import { fromHex } from '../core/bytes/hex.ts';
import type { Random } from '../core/bytes/prng.ts';
import { SwarmlineError } from '../core/errors.ts';
import { HashSet, type SharedHashSet } from './hash-set.ts';
import type { TorrentList } from './served-torrents.ts';

export interface ListText {
  /** How to name it to a user. */
  readonly label: string;
  readonly text: string;
}

/** The lists for another thread: what is long in them is shared. */
export interface SharedAccessList {
  readonly allowed: SharedHashSet | undefined;
  readonly denied: SharedHashSet;
}

export class AccessList implements TorrentList {
  readonly #allowed: HashSet | undefined;
  readonly #denied: HashSet;

  private constructor(allowed: HashSet | undefined, denied: HashSet) {
    this.#allowed = allowed;
    this.#denied = denied;
  }

  /**
   * Undefined allows nothing by a list: then it is the tracker's to be open or not.
   * @throws SwarmlineError `LIST_INVALID`
   */
  static of(
    allow: readonly ListText[] | undefined,
    deny: readonly ListText[],
    { random }: { readonly random: Random },
  ): AccessList {
    return new AccessList(allow === undefined ? undefined : tableOf(allow, random), tableOf(deny, random));
  }

  /** The same lists, in another thread. */
  static shared({ allowed, denied }: SharedAccessList): AccessList {
    return new AccessList(
      allowed === undefined ? undefined : HashSet.shared(allowed),
      HashSet.shared(denied),
    );
  }

  share(): SharedAccessList {
    return { allowed: this.#allowed?.share(), denied: this.#denied.share() };
  }

  get allowedCount(): number {
    return this.#allowed?.count ?? 0;
  }

  get deniedCount(): number {
    return this.#denied.count;
  }

  verdict(infoHash: Uint8Array): 'listed' | 'denied' | undefined {
    if (this.#denied.count > 0 && this.#denied.has(infoHash)) return 'denied';
    return this.#allowed?.has(infoHash) === true ? 'listed' : undefined;
  }
}

function tableOf(lists: readonly ListText[], random: Random): HashSet {
  const table = new HashSet(random.below(2 ** 32));
  for (const { label, text } of lists) {
    let number = 0;
    for (const line of text.split('\n')) {
      number++;
      const word = /^\s*([^\s#]*)/.exec(line)![1]!;
      if (word === '') continue;
      const bytes = word.length === 40 || word.length === 64 ? fromHex(word) : undefined;
      if (bytes === undefined) {
        throw new SwarmlineError(
          'LIST_INVALID',
          `Line ${number} of "${label}" does not begin with an info hash of 40 or 64 hexadecimal digits.`,
          { where: `${label}:${number}` },
        );
      }
      const infoHash = bytes.subarray(0, 20);
      table.add(infoHash);
    }
  }
  return table;
}

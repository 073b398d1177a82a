// What a publisher or a follower remembers of a channel from one run to the next: the number of the last release, so that no
// number is given twice, and nothing older is believed.

import { join } from 'node:path';
import { BencodeDictionary, decode } from '../../core/bencode/decode.ts';
import { encode } from '../../core/bencode/encode.ts';
import { equalBytes } from '../../core/bytes/bytes.ts';
import { toHex } from '../../core/bytes/hex.ts';
import type { MutableItem } from '../../core/dht/items.ts';
import { nodeStateFiles } from '../../io/state-files.ts';
import { systemStateFolder } from '../state-folder.ts';
import { UsageError } from '../usage-error.ts';

interface Channel {
  readonly key: Uint8Array;
  readonly salt: Uint8Array;
}

/** Of a publisher. */
export function channelMemory({ key, salt }: Channel): {
  leastSeq(): Promise<number>;
  published(seq: number): Promise<void>;
} {
  const folder = join(systemStateFolder(), 'channels');
  const name = `${toHex(key)}${salt.length === 0 ? '' : `-${toHex(salt)}`}`;
  return {
    leastSeq: async () => {
      const bytes = await nodeStateFiles.read(folder, name);
      const seq = Number(bytes === undefined ? 0 : Buffer.from(bytes).toString().trim());
      return Number.isSafeInteger(seq) && seq > 0 ? seq : 0;
    },
    published: seq => nodeStateFiles.write(folder, name, Buffer.from(`${seq}\n`)),
  };
}

/** Of a follower, in the folder of its torrents' records. */
export function followerMemory(folder: string): {
  /** @throws UsageError where the releases there are another channel's: its numbers would be taken for this one's. */
  known(channel: Channel): Promise<MutableItem | undefined>;
  keep(item: MutableItem): Promise<void>;
} {
  return {
    known: async ({ key, salt }) => {
      const bytes = await nodeStateFiles.read(folder, FILE);
      const item = bytes && decodeItem(bytes);
      const isOurs = item !== undefined && equalBytes(item.key, key) && equalBytes(item.salt, salt);
      if (item !== undefined && !isOurs)
        throw new UsageError('Another channel is followed in this folder: name one of its own by --output.');
      return item;
    },
    keep: ({ key, salt, seq, value, signature }) =>
      nodeStateFiles.write(folder, FILE, encode({ key, salt, seq, value, signature })),
  };
}

/** Undefined where a record cannot be understood: the channel is asked anew. */
function decodeItem(bytes: Uint8Array): MutableItem | undefined {
  let record: unknown;
  try {
    record = decode(bytes);
  } catch {
    return undefined;
  }
  if (!(record instanceof BencodeDictionary)) return undefined;
  const [key, salt, seq, value, signature] = ['key', 'salt', 'seq', 'value', 'signature'].map(name =>
    record.entries.get(name),
  );
  const isWhole =
    key instanceof Uint8Array &&
    salt instanceof Uint8Array &&
    typeof seq === 'number' &&
    value instanceof Uint8Array &&
    signature instanceof Uint8Array;
  return isWhole ? { key, salt, seq, value, signature } : undefined;
}

const FILE = 'channel';

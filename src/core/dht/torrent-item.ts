// A torrent as an item of the DHT: what a key's owner says is the newest (BEP 46).

import { BencodeDictionary, decode } from '../bencode/decode.ts';
import { encode } from '../bencode/encode.ts';
import { equalBytes } from '../bytes/bytes.ts';

/** One hash, or a hybrid's two. */
export interface NamedTorrent {
  /** 20 bytes. */
  readonly infoHashV1?: Uint8Array;
  /** 32 bytes. */
  readonly infoHashV2?: Uint8Array;
}

/**
 * `ih` as BEP 46 has it: 20 bytes, of a v2 torrent the first 20 of its hash, which is how DHT and trackers know it; beside it
 * the whole v2 hash, which a magnet needs: others pass it over.
 */
export function encodeTorrentItem({ infoHashV1, infoHashV2 }: NamedTorrent): Uint8Array<ArrayBuffer> {
  const ih = infoHashV1 ?? infoHashV2?.subarray(0, 20);
  if (ih === undefined) throw new TypeError('encodeTorrentItem: there is no info hash');
  return encode({ ih, ih2: infoHashV2 });
}

/** Undefined where a value names no torrent. */
export function decodeTorrentItem(value: Uint8Array): NamedTorrent | undefined {
  let item: unknown;
  try {
    item = decode(value, { maxDepth: 8, maxValues: 64 });
  } catch {
    return undefined;
  }
  if (!(item instanceof BencodeDictionary)) return undefined;
  const ih = bytesOf(item, 'ih', 20);
  const infoHashV2 = bytesOf(item, 'ih2', 32);
  if (ih === undefined) return undefined;
  if (infoHashV2 === undefined) return { infoHashV1: ih };
  return equalBytes(ih, infoHashV2.subarray(0, 20)) ? { infoHashV2 } : { infoHashV1: ih, infoHashV2 };
}

function bytesOf(item: BencodeDictionary, key: string, length: number): Uint8Array | undefined {
  const value = item.entries.get(key);
  return value instanceof Uint8Array && value.length === length ? value : undefined;
}

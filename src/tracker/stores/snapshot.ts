// The swarms of a memory store as bytes, and back: so that a tracker that is started again knows who is there. Whole or
// not at all: bytes that are not what was written are refused before anything of them is believed.
//
//   | "SWTRACK1" | milliseconds since 1970: 8 | swarms: 4 | swarm … | tag of all before it, by stretches: 8 |
//   swarm   | info hash 20 | downloads 4 | peers, leechers of IPv4: 4, 4 | of IPv6: 4, 4 | peers … | peers … |
//   peers   | compact addresses, leechers first | age of each, in seconds: 2 |

import { sipHash, sipKey } from '../../core/bytes/siphash.ts';
import { SwarmlineError } from '../../core/errors.ts';
import type { MemoryStore, StoredPeers, StoredSwarm } from './memory.ts';

/** The two clocks at one moment: the store's, in milliseconds, and the world's. */
export interface SnapshotTime {
  readonly now: number;
  readonly wallTime: number;
}

/** Takes a snapshot bit by bit, so that others may announce between: `step` until it gives the bytes. */
export class SnapshotTaking {
  readonly #store: MemoryStore;
  readonly #time: SnapshotTime;
  #bytes: Uint8Array;
  #length = HEAD;
  #stripe = 0;
  #swarms = 0;
  #tagging: Tagging | undefined;

  constructor(store: MemoryStore, time: SnapshotTime) {
    this.#store = store;
    this.#time = time;
    // It takes less than the store does. What is not written to is no memory yet, and to move megabytes would be a pause.
    this.#bytes = new Uint8Array(store.usedBytes + 64 * 1024);
  }

  step(now: number): Uint8Array | undefined {
    if (this.#stripe < this.#store.stripes) {
      this.#store.each(this.#stripe++, now, swarm => this.#write(swarm));
      return undefined;
    }
    if (this.#tagging === undefined) {
      this.#room(TAG);
      const view = viewOf(this.#bytes);
      for (let i = 0; i < MAGIC.length; i++) this.#bytes[i] = MAGIC.charCodeAt(i);
      view.setFloat64(8, this.#time.wallTime);
      view.setUint32(16, this.#swarms);
      this.#tagging = new Tagging(this.#bytes.subarray(0, this.#length));
    }
    const tag = this.#tagging.step();
    if (tag === undefined) return undefined;
    this.#bytes.set(tag, this.#length);
    return this.#bytes.subarray(0, this.#length + TAG);
  }

  #write({ infoHash, downloaded, peers4, peers6 }: StoredSwarm): void {
    if (peers4.count + peers6.count + downloaded === 0) return;
    this.#swarms++;
    this.#room(SWARM + 8 * peers4.count + 20 * peers6.count);
    this.#bytes.set(infoHash, this.#length);
    const view = viewOf(this.#bytes);
    const numbers = [downloaded, peers4.count, peers4.leechers, peers6.count, peers6.leechers];
    for (const [i, number] of numbers.entries()) view.setUint32(this.#length + 20 + 4 * i, number);
    this.#length += SWARM;
    this.#writePeers(peers4, view);
    this.#writePeers(peers6, view);
  }

  #writePeers({ addresses, count, age }: StoredPeers, view: DataView): void {
    this.#bytes.set(addresses, this.#length);
    this.#length += addresses.length;
    for (let position = 0; position < count; position++, this.#length += 2)
      view.setUint16(this.#length, age(position));
  }

  #room(length: number): void {
    if (this.#length + length <= this.#bytes.length) return;
    const larger = new Uint8Array(Math.max(2 * this.#bytes.length, this.#length + length));
    larger.set(this.#bytes.subarray(0, this.#length));
    this.#bytes = larger;
  }
}

/** Takes a snapshot in one go. */
export function takeSnapshot(store: MemoryStore, time: SnapshotTime): Uint8Array {
  const taking = new SnapshotTaking(store, time);
  for (;;) {
    const bytes = taking.step(time.now);
    if (bytes !== undefined) return bytes;
  }
}

/**
 * Enters what a snapshot has and who has not expired since; gives how many peers that were. Where the store has no room
 * for all of them, some are left out.
 * @throws SwarmlineError `SNAPSHOT_INVALID`, and nothing is entered
 */
export function restoreSnapshot(
  bytes: Uint8Array,
  store: MemoryStore,
  { now, wallTime }: SnapshotTime,
): number {
  const end = checked(bytes);
  const view = viewOf(bytes);
  // A clock that was set back makes nobody younger.
  const elapsed = Math.max(0, Math.floor((wallTime - view.getFloat64(8)) / 1_000));
  let entered = 0;
  for (let at = HEAD; at < end; ) {
    const infoHash = bytes.subarray(at, at + 20);
    const [downloaded, count4, leechers4, count6, leechers6] = numbersAt(view, at);
    at += SWARM;
    if (downloaded > 0) store.enterDownloads(infoHash, downloaded, now);
    for (const [width, count, leechers] of [
      [6, count4, leechers4],
      [18, count6, leechers6],
    ] as const) {
      for (let i = 0; i < count; i++) {
        const age = view.getUint16(at + count * width + 2 * i) + elapsed;
        if (age > store.timeoutSeconds) continue;
        const address = bytes.subarray(at + i * width, at + (i + 1) * width);
        if (store.enter(infoHash, address, i >= leechers, age, now)) entered++;
      }
      at += count * (width + 2);
    }
  }
  return entered;
}

/** Where the swarms end. */
function checked(bytes: Uint8Array): number {
  const end = bytes.length - TAG;
  for (let i = 0; i < MAGIC.length; i++)
    if (bytes[i] !== MAGIC.charCodeAt(i)) invalid('it is not a snapshot of this version of the tracker');
  if (end < HEAD) invalid('it is cut off');
  const tag = tagOf(bytes.subarray(0, end));
  if (tag.some((byte, i) => byte !== bytes[end + i]))
    invalid('it is cut off, or was changed since it was written');
  const view = viewOf(bytes);
  if (!Number.isFinite(view.getFloat64(8))) invalid('it does not say when it was written');
  let at = HEAD;
  for (let left = view.getUint32(16); left > 0; left--) {
    if (at + SWARM > end) invalid('its swarms are cut off');
    const [, count4, leechers4, count6, leechers6] = numbersAt(view, at);
    if (leechers4 > count4 || leechers6 > count6) invalid('its counts contradict each other');
    at += SWARM + 8 * count4 + 20 * count6;
  }
  if (at !== end) invalid('its swarms do not fill it');
  return end;
}

function numbersAt(view: DataView, swarm: number): [number, number, number, number, number] {
  const number = (i: number) => view.getUint32(swarm + 20 + 4 * i);
  return [number(0), number(1), number(2), number(3), number(4)];
}

/** A tag of bytes, a stretch at a time: of megabytes it takes a tenth of a second. That of each stretch is the key of the next. */
class Tagging {
  readonly #bytes: Uint8Array;
  readonly #key = sipKey(new Uint8Array(16));
  readonly #tag = new Int32Array(2);
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  /** The tag, once it is there. */
  step(): Uint8Array | undefined {
    const end = Math.min(this.#at + STRETCH, this.#bytes.length);
    sipHash(this.#key, this.#bytes.subarray(this.#at, end), this.#tag);
    this.#key.set(this.#tag);
    this.#at = end;
    if (end < this.#bytes.length) return undefined;
    const out = new Uint8Array(TAG);
    const view = viewOf(out);
    view.setInt32(0, this.#tag[0]!);
    view.setInt32(4, this.#tag[1]!);
    return out;
  }
}

function tagOf(bytes: Uint8Array): Uint8Array {
  const tagging = new Tagging(bytes);
  for (;;) {
    const tag = tagging.step();
    if (tag !== undefined) return tag;
  }
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
}

function invalid(why: string): never {
  throw new SwarmlineError('SNAPSHOT_INVALID', `The snapshot of the swarms cannot be used: ${why}.`);
}

const MAGIC = 'SWTRACK1';
const HEAD = 20;
const SWARM = 40;
const TAG = 8;
/** Less than a millisecond. The key of the first is no secret: it is against disks, not against people. */
const STRETCH = 65_536;

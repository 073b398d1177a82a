// A torrent's trackers in tiers (BEP 12): shuffled once within each tier, and the one that answers comes to the front of
// its tier. URLs that cannot be asked stay in the list with the reason, so that they can be shown; none is asked twice.

import { addressBytes } from '../bytes/compact-address.ts';
import { type Random, shuffle } from '../bytes/prng.ts';
import { parseTrackerUrl, refusalOf } from './tracker-url.ts';

export interface ListedTracker {
  readonly url: string;
  /** 0 is asked first. */
  readonly tier: number;
  /** Why it is never asked: a sentence. Undefined where it is. */
  readonly unusable: string | undefined;
  /** Of its address, where the URL has one: it is not asked over the other. */
  readonly family: AddressFamily | undefined;
}

/** IPv4 or IPv6. */
export type AddressFamily = 4 | 6;

export class TrackerList {
  readonly #tiers: ListedTracker[][];
  readonly #schemes: readonly string[];
  readonly #random: Random;
  #count = 0;

  /** `schemes` is what the caller can speak: `http`, `https`, `udp`. */
  constructor(tiers: readonly (readonly string[])[], schemes: readonly string[], random: Random) {
    this.#schemes = schemes;
    this.#random = random;
    this.#tiers = [];
    const seen = new Set<string>();
    for (const [tier, urls] of tiers.entries()) {
      const trackers: ListedTracker[] = [];
      for (const text of urls) {
        const url = text.trim();
        if (seen.has(url) || seen.size === MAX_TRACKERS) continue;
        seen.add(url);
        trackers.push(this.#listed(url, tier));
      }
      this.#tiers.push(shuffle(trackers, random));
    }
    this.#count = seen.size;
  }

  /** All, in the order in which they are asked. */
  inOrder(): ListedTracker[] {
    return this.#tiers.flat();
  }

  find(url: string): ListedTracker | undefined {
    return this.#tiers.flat().find(tracker => tracker.url === url.trim());
  }

  /** A tracker that was not there, somewhere in its tier; undefined where it is there already or the list is full. */
  add(text: string, tier: number): ListedTracker | undefined {
    const url = text.trim();
    if (this.#count >= MAX_TRACKERS || this.find(url) !== undefined) return undefined;
    const place = Math.min(Math.max(0, tier), this.#tiers.length);
    if (place === this.#tiers.length) this.#tiers.push([]);
    const trackers = this.#tiers[place]!;
    const tracker = this.#listed(url, place);
    trackers.splice(this.#random.below(trackers.length + 1), 0, tracker);
    this.#count++;
    return tracker;
  }

  /** The tiers behind keep their numbers. */
  remove(tracker: ListedTracker): void {
    const trackers = this.#tiers[tracker.tier]!;
    const at = trackers.indexOf(tracker);
    if (at < 0) return;
    trackers.splice(at, 1);
    this.#count--;
  }

  /** BEP 12, "Order of Processing": a tracker that answered moves to the front of its tier. */
  answered(tracker: ListedTracker): void {
    const tier = this.#tiers[tracker.tier]!;
    const at = tier.indexOf(tracker);
    if (at <= 0) return;
    tier.splice(at, 1);
    tier.unshift(tracker);
  }

  #listed(text: string, tier: number): ListedTracker {
    const url = parseTrackerUrl(text);
    const width = url === undefined ? undefined : addressBytes(url.host)?.length;
    return {
      url: text,
      tier,
      unusable: whyUnusable(url, this.#schemes),
      family: width === undefined ? undefined : width === 4 ? 4 : 6,
    };
  }
}

function whyUnusable(
  url: ReturnType<typeof parseTrackerUrl>,
  schemes: readonly string[],
): string | undefined {
  if (url === undefined) return 'This is no tracker URL.';
  if (!schemes.includes(url.scheme)) return `Trackers by ${url.scheme}: are not supported yet.`;
  if (url.scheme === 'udp' && url.port === undefined) return 'A tracker by udp: needs a port in its URL.';
  return refusalOf(url);
}

/** A torrent may name thousands, and each would be asked; the largest lists in use have about a hundred. */
const MAX_TRACKERS = 200;

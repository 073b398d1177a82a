// A torrent's trackers in tiers (BEP 12): shuffled once within each tier, and the one that answers comes to the front of
// its tier. URLs that cannot be asked stay in the list with the reason, so that they can be shown; none is asked twice.

import { type Random, shuffle } from '../bytes/prng.ts';
import { parseTrackerUrl, refusalOf } from './tracker-url.ts';

export interface ListedTracker {
  readonly url: string;
  /** 0 is asked first. */
  readonly tier: number;
  /** Why it is never asked: a sentence. Undefined where it is. */
  readonly unusable: string | undefined;
}

export class TrackerList {
  readonly #tiers: ListedTracker[][];

  /** `schemes` is what the caller can speak: `http`, `https`. */
  constructor(tiers: readonly (readonly string[])[], schemes: readonly string[], random: Random) {
    const seen = new Set<string>();
    this.#tiers = tiers.map((urls, tier) => {
      const trackers: ListedTracker[] = [];
      for (const text of urls) {
        const url = text.trim();
        if (seen.has(url) || seen.size === MAX_TRACKERS) continue;
        seen.add(url);
        trackers.push({ url, tier, unusable: whyUnusable(url, schemes) });
      }
      return shuffle(trackers, random);
    });
  }

  /** All, in the order in which they are asked. */
  inOrder(): ListedTracker[] {
    return this.#tiers.flat();
  }

  /** BEP 12, "Order of Processing": a tracker that answered moves to the front of its tier. */
  answered(tracker: ListedTracker): void {
    const tier = this.#tiers[tracker.tier]!;
    const at = tier.indexOf(tracker);
    if (at <= 0) return;
    tier.splice(at, 1);
    tier.unshift(tracker);
  }
}

function whyUnusable(text: string, schemes: readonly string[]): string | undefined {
  const url = parseTrackerUrl(text);
  if (url === undefined) return 'This is no tracker URL.';
  if (!schemes.includes(url.scheme)) return `Trackers by ${url.scheme}: are not supported yet.`;
  return refusalOf(url);
}

/** A torrent may name thousands, and each would be asked; the largest lists in use have about a hundred. */
const MAX_TRACKERS = 200;

// The tiers of a torrent's trackers (BEP 12), changed one tracker at a time. A tracker stands in them once; a tier that
// loses its last one is gone.

export type Tiers = readonly (readonly string[])[];

/** With a tracker added at the end of a tier, counted from 0, or in a new last one. The same tiers where it is in already. */
export function addTracker(tiers: Tiers, url: string, tier = tiers.length): Tiers {
  if (hasTracker(tiers, url)) return tiers;
  if (tier >= tiers.length) return [...tiers, [url]];
  return tiers.map((urls, i) => (i === tier ? [...urls, url] : urls));
}

export function removeTracker(tiers: Tiers, url: string): Tiers {
  return tiers.map(urls => urls.filter(other => other !== url)).filter(urls => urls.length > 0);
}

/** With another in its place; where that one is in already, the old one is only removed. */
export function replaceTracker(tiers: Tiers, url: string, by: string): Tiers {
  if (url !== by && hasTracker(tiers, by)) return removeTracker(tiers, url);
  return tiers.map(urls => urls.map(other => (other === url ? by : other)));
}

export function hasTracker(tiers: Tiers, url: string): boolean {
  return tiers.some(urls => urls.includes(url));
}

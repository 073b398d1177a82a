// What a torrent says besides its files: whose it is, and where peers and data are found. Of one that is there and of one that
// is about to be made.

import { toHex } from '../../core/bytes/hex.ts';
import { displayText } from './display-text.ts';
import type { Field } from './fields.ts';
import type { Paint } from './paint.ts';

export interface Around {
  readonly private?: boolean;
  readonly source?: string | undefined;
  readonly collections?: readonly string[];
  readonly similar?: readonly Uint8Array[];
  /** In tiers. */
  readonly trackers?: readonly (readonly string[])[];
  readonly webSeeds?: readonly string[];
  readonly nodes?: readonly { readonly host: string; readonly port: number }[];
}

export function aroundFields(torrent: Around, paint: Paint): Field[] {
  const { collections = [], similar = [], trackers = [], webSeeds = [], nodes = [] } = torrent;
  return [
    ['Private', torrent.private === true ? 'yes: peers come from its trackers alone' : undefined],
    ['Source', torrent.source && displayText(torrent.source)],
    ['Collections', collections.map(displayText)],
    ['Similar to', similar.map(toHex)],
    ['Trackers', trackerLines(trackers, paint)],
    ['Web seeds', webSeeds.map(displayText)],
    ['DHT nodes', nodes.map(({ host, port }) => displayText(formatHostPort(host, port)))],
  ];
}

/** A name or an address, with its port. */
export function formatHostPort(host: string, port: number): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}

/** Tiers are numbered where there is more than one. */
function trackerLines(tiers: readonly (readonly string[])[], paint: Paint): string[] {
  if (tiers.length <= 1) return tiers.flat().map(displayText);
  const width = `${tiers.length}`.length;
  return tiers.flatMap((tier, i) =>
    tier.map((url, j) => `${paint.idle((j === 0 ? `${i + 1}` : '').padStart(width))}  ${displayText(url)}`),
  );
}

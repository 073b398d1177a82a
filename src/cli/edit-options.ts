// The options of `swarmline edit` made into an edit of one torrent: lists gain and lose entries, and whoever removes what
// is not there is told so.

import { fromHex } from '../core/bytes/hex.ts';
import { ProtocolError } from '../core/errors.ts';
import type { MetainfoEdit } from '../core/metainfo/edit.ts';
import { type LinkKind, linkFault } from '../core/metainfo/link-fault.ts';
import { parsePeer } from '../core/metainfo/magnet.ts';
import type { Metainfo } from '../core/metainfo/metainfo.ts';
import {
  addTracker,
  hasTracker,
  removeTracker,
  replaceTracker,
  type Tiers,
} from '../core/metainfo/tracker-tiers.ts';
import { UsageError } from './usage-error.ts';

/** As commander reads them; `false` is the `--no-…` of an option. */
export interface EditOptions {
  readonly addTracker?: readonly string[];
  readonly tier?: number;
  readonly removeTracker?: readonly string[];
  readonly replaceTracker?: readonly string[];
  readonly by?: readonly string[];
  readonly trackers: boolean;
  readonly addWebSeed?: readonly string[];
  readonly removeWebSeed?: readonly string[];
  readonly webSeeds: boolean;
  readonly addNode?: readonly string[];
  readonly nodes: boolean;
  readonly comment?: string | false;
  readonly createdBy?: string | false;
  readonly date: boolean;
  readonly name?: string;
  readonly private?: boolean;
  readonly public?: boolean;
  readonly source?: string | false;
  readonly addCollection?: readonly string[];
  readonly collections: boolean;
  readonly addSimilar?: readonly string[];
  readonly similar: boolean;
}

/** @throws UsageError for what cannot be, or is not there to be changed */
export function readEdit(options: EditOptions, torrent: Metainfo): MetainfoEdit {
  if (options.private === true && options.public === true) {
    throw new UsageError('A torrent cannot be --private and --public.');
  }
  const isPrivate = options.private === true ? true : options.public === true ? false : undefined;
  return {
    trackers: trackers(options, torrent.trackers),
    webSeeds: webSeeds(options, torrent.webSeeds),
    nodes: nodes(options, torrent.nodes),
    comment: orNull(options.comment),
    createdBy: orNull(options.createdBy),
    creationDate: options.date ? undefined : null,
    name: options.name,
    private: isPrivate,
    source: orNull(options.source),
    collections: grown(torrent.collections, options.addCollection, options.collections),
    similar: similar(options, torrent.similar),
  };
}

function trackers(options: EditOptions, before: Tiers): Tiers | undefined {
  const {
    addTracker: added = [],
    removeTracker: removed = [],
    replaceTracker: replaced = [],
    by = [],
  } = options;
  if (replaced.length !== by.length) {
    throw new UsageError('Each --replace-tracker needs its --by: --replace-tracker OLD --by NEW.');
  }
  if (options.tier !== undefined && added.length === 0)
    throw new UsageError('--tier says where --add-tracker adds.');
  if (options.trackers && added.length + removed.length + replaced.length === 0) return undefined;
  let tiers = options.trackers ? before : [];
  for (const url of removed) {
    checkPresent(hasTracker(tiers, url), 'tracker', url);
    tiers = removeTracker(tiers, url);
  }
  for (const [i, url] of replaced.entries()) {
    checkPresent(hasTracker(tiers, url), 'tracker', url);
    tiers = replaceTracker(tiers, url, checkedLink(by[i]!, 'tracker'));
  }
  const tier = options.tier === undefined ? undefined : options.tier - 1;
  for (const url of added) tiers = addTracker(tiers, checkedLink(url, 'tracker'), tier);
  return tiers;
}

function webSeeds(options: EditOptions, before: readonly string[]): readonly string[] | undefined {
  const { addWebSeed: added = [], removeWebSeed: removed = [] } = options;
  if (options.webSeeds && added.length + removed.length === 0) return undefined;
  const kept = options.webSeeds ? before : [];
  for (const url of removed) checkPresent(kept.includes(url), 'web seed', url);
  const links = added.map(url => checkedLink(url, 'web seed'));
  return [...new Set([...kept.filter(url => !removed.includes(url)), ...links])];
}

function nodes(options: EditOptions, before: Metainfo['nodes']): Metainfo['nodes'] | undefined {
  const { addNode: added = [] } = options;
  if (options.nodes && added.length === 0) return undefined;
  const kept = options.nodes ? before : [];
  const isNew = ({ host, port }: { host: string; port: number }) =>
    !kept.some(node => node.host === host && node.port === port);
  return [...kept, ...added.map(readNode).filter(isNew)];
}

function readNode(text: string): { host: string; port: number } {
  try {
    const { host, port } = parsePeer(text);
    return { host, port };
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error;
    throw new UsageError(`"${text}" is no host and port, such as router.example:6881.`);
  }
}

function similar(options: EditOptions, before: readonly Uint8Array[]): readonly Uint8Array[] | undefined {
  const known = grown(
    before.map(hash => Buffer.from(hash).toString('hex')),
    options.addSimilar,
    options.similar,
  );
  return known?.map(text => {
    const hash = fromHex(text);
    if (hash?.length === 20 || hash?.length === 32) return hash;
    throw new UsageError(`"${text}" is no info hash: 40 or 64 hexadecimal digits are needed.`);
  });
}

/** A list with entries added, each once, or begun anew; undefined where it is to stay. */
function grown(
  before: readonly string[],
  added: readonly string[] | undefined,
  isKept: boolean,
): readonly string[] | undefined {
  if (isKept && added === undefined) return undefined;
  return [...new Set([...(isKept ? before : []), ...(added ?? [])])];
}

function checkedLink(url: string, kind: LinkKind): string {
  const fault = linkFault(url, kind);
  if (fault !== undefined) throw new UsageError(`The ${kind} "${url}" ${fault.fault}.`);
  return url;
}

function checkPresent(isPresent: boolean, kind: string, url: string): void {
  if (!isPresent) throw new UsageError(`The torrent has no ${kind} "${url}".`);
}

/** An empty text is none. */
function orNull(option: string | false | undefined): string | null | undefined {
  return option === false || option === '' ? null : option;
}

// Links to channels: a key whose owner says which torrent is the newest (BEP 46, "magnet link format"). Trackers, peers and a
// name may stand beside it, as in the magnet of a torrent.

import { fromHex, toHex } from '../bytes/hex.ts';
import { ProtocolError } from '../errors.ts';
import { formatMagnet, type Magnet, parsePeer, percentDecoded, readQuery } from './magnet.ts';

export interface ChannelLink {
  /** 32 bytes: Ed25519's public key. */
  readonly key: Uint8Array;
  /** Up to 64 bytes; empty where a key has one channel alone. */
  readonly salt: Uint8Array;
  readonly name?: string | undefined;
  /** Of each of its torrents. */
  readonly trackers: readonly string[];
  readonly peers: Magnet['peers'];
}

/** Whether a text is meant to be one: then `parseMagnet` would find no torrent in it. */
export function isChannelLink(text: string): boolean {
  return /^magnet:\?(?:.*&)?xs=urn(?::|%3a)btpk(?::|%3a)/i.test(text.trimStart());
}

/** @throws ProtocolError `CHANNEL_LINK_INVALID` */
export function parseChannelLink(link: string): ChannelLink {
  const text = link.trim();
  if (text.length > MAX_LENGTH) fail(`it has ${text.length} characters; at most ${MAX_LENGTH} are read`);
  const query = /^magnet:\?(.*)$/is.exec(text)?.[1] ?? fail('it does not begin with "magnet:?"');
  const parameters = readQuery(query);
  const sources = parameters.get('xs') ?? [];
  const written = sources
    .map(source => /^urn:btpk:(.*)$/is.exec(source)?.[1])
    .find(found => found !== undefined);
  if (written === undefined) fail('there is no "xs=urn:btpk:…" in it');
  const key = fromHex(written);
  if (key?.length !== KEY_LENGTH) fail('after "btpk:" 64 hexadecimal digits are needed');
  const salt = fromHex(parameters.get('s')?.[0] ?? '');
  if (salt === undefined || salt.length > MAX_SALT_LENGTH)
    fail(`"s" is no salt: hexadecimal digits are needed, ${2 * MAX_SALT_LENGTH} at the most`);
  const name = parameters.get('dn')?.[0];
  return {
    key,
    salt,
    ...(name === undefined ? {} : { name: percentDecoded(name) ?? name }),
    trackers: parameters.get('tr') ?? [],
    peers: (parameters.get('x.pe') ?? []).map(parsePeer),
  };
}

export function formatChannelLink({ key, salt, name, trackers, peers }: ChannelLink): string {
  const rest = formatMagnet({ ...(name === undefined ? {} : { name }), trackers, peers }).slice(
    'magnet:?'.length,
  );
  const parts = [`xs=urn:btpk:${toHex(key)}`, ...(salt.length > 0 ? [`s=${toHex(salt)}`] : []), rest];
  return `magnet:?${parts.filter(part => part !== '').join('&')}`;
}

function fail(fault: string): never {
  throw new ProtocolError('CHANNEL_LINK_INVALID', `Not a valid link to a channel: ${fault}.`);
}

const KEY_LENGTH = 32;
const MAX_SALT_LENGTH = 64;
const MAX_LENGTH = 64 * 1024;

// What is special to the options of channels: one key can have many, and a salt tells them apart (BEP 46, "s").

import type { Command } from 'commander';
import { encodeUtf8 } from '../../core/bytes/utf8.ts';
import { MAX_SALT_LENGTH } from '../../core/dht/items.ts';
import type { ChannelLink } from '../../core/metainfo/channel-link.ts';
import { UsageError } from '../usage-error.ts';

export interface SaltFlags {
  readonly salt?: string;
}

export function addSaltOption(command: Command): Command {
  return command.option('--salt <text>', 'one of several channels of this key');
}

/** @throws UsageError */
export function linkParts(key: Uint8Array, { salt: text = '' }: SaltFlags): ChannelLink {
  const salt = encodeUtf8(text);
  if (salt.length > MAX_SALT_LENGTH)
    throw new UsageError(`--salt has ${salt.length} bytes; ${MAX_SALT_LENGTH} are allowed (BEP 44).`);
  return { key, salt, trackers: [], peers: [] };
}

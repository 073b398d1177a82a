// Local service discovery (BEP 14) as bytes: "I take part in these torrents, at this port", to everybody on a network.

import { fromHex, toHex } from '../bytes/hex.ts';
import { fromBinaryString, toBinaryString } from '../bytes/utf8.ts';

export interface LocalAnnounce {
  /** Of 20 bytes: v1's, or v2's cut short. */
  readonly infoHashes: readonly Uint8Array[];
  readonly port: number;
  /** By which a program knows what it said itself. */
  readonly cookie: string | undefined;
}

/** BEP 14: where all who take part listen. */
export const LSD_PORT = 6771;
export const LSD_GROUPS = { 4: '239.192.152.143', 6: 'ff15::efc0:988f' } as const;

/** "an announce message should not be larger than 1400 bytes": so many hashes fit. */
export const MAX_LSD_HASHES = 20;

export function encodeLocalAnnounce(announce: LocalAnnounce, family: 4 | 6): Uint8Array<ArrayBuffer> {
  const host = family === 4 ? LSD_GROUPS[4] : `[${LSD_GROUPS[6]}]`;
  const lines = [
    'BT-SEARCH * HTTP/1.1',
    `Host: ${host}:${LSD_PORT}`,
    `Port: ${announce.port}`,
    ...announce.infoHashes.map(hash => `Infohash: ${toHex(hash)}`),
    ...(announce.cookie === undefined ? [] : [`cookie: ${announce.cookie}`]),
  ];
  return fromBinaryString(`${lines.join('\r\n')}\r\n\r\n\r\n`);
}

/** Undefined where it is no announce that can be used: anybody may send anything there. */
export function parseLocalAnnounce(bytes: Uint8Array): LocalAnnounce | undefined {
  if (bytes.length > MAX_LENGTH) return undefined;
  const [first, ...lines] = toBinaryString(bytes).split('\r\n');
  if (first !== 'BT-SEARCH * HTTP/1.1') return undefined;
  const infoHashes: Uint8Array[] = [];
  let port = 0;
  let cookie: string | undefined;
  for (const line of lines) {
    const [, name, value] = /^([A-Za-z-]{1,20}):[ \t]*([\x21-\x7e]{1,100})[ \t]*$/.exec(line) ?? [];
    switch (name?.toLowerCase()) {
      case 'port':
        if (/^\d{1,5}$/.test(value!)) port = Number(value);
        break;
      case 'infohash': {
        const hash = value!.length === 40 ? fromHex(value!) : undefined;
        if (hash !== undefined && infoHashes.length < MAX_LSD_HASHES) infoHashes.push(hash);
        break;
      }
      case 'cookie':
        cookie = value;
        break;
      default:
    }
  }
  if (port < 1 || port > 65_535 || infoHashes.length === 0) return undefined;
  return { infoHashes, port, cookie };
}

const MAX_LENGTH = 1500;

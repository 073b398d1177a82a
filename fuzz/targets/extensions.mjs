// The payloads of the extension protocol: its handshake (BEP 10), the metadata exchange (BEP 9), lt_donthave (BEP 54) and
// upload_only.

import assert from 'node:assert/strict';
import { decodeDontHave, encodeDontHave } from '../../dist/core/wire/extensions/lt-donthave.js';
import {
  decodeExtensionHandshake,
  encodeExtensionHandshake,
} from '../../dist/core/wire/extensions/registry.js';
import { decodeUploadOnly, encodeUploadOnly } from '../../dist/core/wire/extensions/upload-only.js';
import { decodeMetadataMessage, encodeMetadataMessage } from '../../dist/core/wire/extensions/ut-metadata.js';
import { outcomeOf } from '../outcome.mjs';

export function run(bytes) {
  const parsers = [handshake, metadata, dontHave, uploadOnly];
  return parsers.map(parse => outcomeOf(() => parse(bytes))).join('; ');
}

function handshake(bytes) {
  const facts = decodeExtensionHandshake(bytes);
  const { extensions, client, port, maxRequests, metadataSize, yourIp, ipv4, ipv6 } = facts;
  for (const id of extensions.values()) assert.ok(Number.isInteger(id) && id >= 0 && id <= 255);
  if (client !== undefined) {
    assert.ok(client.length <= 64);
    assert.doesNotMatch(client, /[\p{Cc}\u202a-\u202e\u2066-\u2069]/u);
  }
  if (port !== undefined) assert.ok(Number.isInteger(port) && port > 0 && port < 65_536);
  for (const count of [maxRequests, metadataSize])
    assert.ok(count === undefined || Number.isSafeInteger(count));
  if (yourIp !== undefined) assert.ok(yourIp.length === 4 || yourIp.length === 16);
  assert.ok(ipv4 === undefined || ipv4.length === 4);
  assert.ok(ipv6 === undefined || ipv6.length === 16);
  const again = decodeExtensionHandshake(encodeExtensionHandshake({ client: '', maxRequests: 1, ...facts }));
  for (const key of ['port', 'metadataSize', 'yourIp', 'ipv4', 'ipv6'])
    assert.deepEqual(again[key], facts[key]);
  return `handshake of ${Object.keys(facts).join()}`;
}

function metadata(bytes) {
  const message = decodeMetadataMessage(bytes);
  if (message === undefined) return 'a kind that nobody knows';
  assert.ok(Number.isSafeInteger(message.piece) && message.piece >= 0);
  if (message.type === 'data') {
    assert.ok(message.bytes.length <= 16_384 && Number.isSafeInteger(message.totalSize));
    assert.equal(message.bytes.buffer, bytes.buffer);
  }
  assert.deepEqual(decodeMetadataMessage(encodeMetadataMessage(message)), message);
  return message.type;
}

function dontHave(bytes) {
  const piece = decodeDontHave(bytes);
  assert.deepEqual(encodeDontHave(piece), bytes.slice());
  return 'a piece less';
}

function uploadOnly(bytes) {
  const is = decodeUploadOnly(bytes);
  assert.equal(bytes.length, 1);
  assert.equal(decodeUploadOnly(encodeUploadOnly(is)), is);
  return `upload only: ${is}`;
}

export const seeds = [
  'd8:msg_typei0e5:piecei0ee',
  'd8:msg_typei2e5:piecei3ee',
  'd8:msg_typei1e5:piecei0e10:total_sizei34256eexxxxxxxx',
  'd8:msg_typei9e5:piecei0ee',
  '\x00\x00\x01\x02',
  '\x01',
  'd4:ipv44:\x01\x02\x03\x044:ipv616:0123456789abcdef1:md11:lt_donthavei7e11:upload_onlyi3ee6:yourip16:fedcba9876543210e',
  'd1:md11:LT_metadatai1e11:ut_metadatai2e6:ut_pexi3ee13:metadata_sizei31235e1:pi6881e4:reqqi250e11:upload_onlyi1e1:v13:libtorrent/2.06:yourip4:\x01\x02\x03\x04e',
  'd12:complete_agoi-1e1:md11:lt_donthavei7e10:share_modei8e11:upload_onlyi3e12:ut_holepunchi4e11:ut_metadatai2e6:ut_pexi1eee',
].map(text => new Uint8Array(Buffer.from(text, 'latin1')));

export const tokens = [
  'msg_type',
  'piece',
  'total_size',
  'm',
  'ut_metadata',
  'ut_pex',
  'metadata_size',
  'p',
  'reqq',
  'v',
  'yourip',
  'ipv4',
  'ipv6',
  'lt_donthave',
  'upload_only',
  'i0e',
  'i1e',
  'i2e',
  'i-1e',
  'i65536e',
  'i9007199254740992e',
  'x'.repeat(16_384),
  'x'.repeat(16_385),
  '__proto__',
];

export const bencoded = true;
export const maxLength = 40_000;

// The first 68 bytes of a connection (BEP 3, "peer protocol"): 19, "BitTorrent protocol", eight reserved bytes, the
// info hash, the peer id. Says what both ends speak; it decides nothing about which torrents are welcome.

import { ProtocolError } from '../errors.ts';

export interface Handshake {
  /** 20 bytes: v1's info hash, or v2's cut short. */
  readonly infoHash: Uint8Array;
  /** 20 bytes. */
  readonly peerId: Uint8Array;
  /** Speaks the extension protocol. BEP 10. */
  readonly extended: boolean;
  /** Speaks the fast extension. BEP 6. */
  readonly fast: boolean;
  /** Runs a DHT node. BEP 5. */
  readonly dht: boolean;
  /** Knows the torrent's v2 form. BEP 52, "upgrade path". */
  readonly v2: boolean;
}

export const HANDSHAKE_LENGTH = 68;

export function encodeHandshake(handshake: Handshake): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(HANDSHAKE_LENGTH);
  bytes.set(PREFIX);
  if (handshake.extended) bytes[RESERVED + 5]! |= EXTENDED_BIT;
  if (handshake.dht) bytes[RESERVED + 7]! |= DHT_BIT;
  if (handshake.fast) bytes[RESERVED + 7]! |= FAST_BIT;
  if (handshake.v2) bytes[RESERVED + 7]! |= V2_BIT;
  bytes.set(handshake.infoHash, INFO_HASH);
  bytes.set(handshake.peerId, PEER_ID);
  return bytes;
}

/** Whether a connection's first bytes are a handshake's; undefined where they are too few to tell. */
export function beginsAsHandshake(bytes: Uint8Array): boolean | undefined {
  const length = Math.min(bytes.length, PREFIX.length);
  for (let i = 0; i < length; i++) if (bytes[i] !== PREFIX[i]) return false;
  return length === PREFIX.length ? true : undefined;
}

/** Gathers a handshake from chunks of any size. One reader serves one connection once. */
export class HandshakeReader {
  readonly #bytes = new Uint8Array(HANDSHAKE_LENGTH);
  #held = 0;

  /**
   * The handshake and the bytes of `chunk` that follow it, once it is whole.
   * @throws ProtocolError `HANDSHAKE_INVALID` at the first byte that no BitTorrent peer sends
   */
  push(chunk: Uint8Array): { readonly handshake: Handshake; readonly rest: Uint8Array } | undefined {
    const taken = Math.min(chunk.length, HANDSHAKE_LENGTH - this.#held);
    this.#bytes.set(chunk.subarray(0, taken), this.#held);
    const checked = Math.min(this.#held, PREFIX.length);
    this.#held += taken;
    for (let i = checked; i < this.#held && i < PREFIX.length; i++) {
      if (this.#bytes[i] !== PREFIX[i]) {
        throw new ProtocolError(
          'HANDSHAKE_INVALID',
          'The connection does not begin with a BitTorrent handshake.',
        );
      }
    }
    if (this.#held < HANDSHAKE_LENGTH) return undefined;
    const bytes = this.#bytes;
    return {
      handshake: {
        infoHash: bytes.slice(INFO_HASH, PEER_ID),
        peerId: bytes.slice(PEER_ID, HANDSHAKE_LENGTH),
        extended: (bytes[RESERVED + 5]! & EXTENDED_BIT) !== 0,
        fast: (bytes[RESERVED + 7]! & FAST_BIT) !== 0,
        dht: (bytes[RESERVED + 7]! & DHT_BIT) !== 0,
        v2: (bytes[RESERVED + 7]! & V2_BIT) !== 0,
      },
      rest: chunk.subarray(taken),
    };
  }
}

const PREFIX = Uint8Array.from('\x13BitTorrent protocol', letter => letter.charCodeAt(0));
const RESERVED = 20;
const INFO_HASH = 28;
const PEER_ID = 48;
// Byte 5 of the reserved bytes (BEP 10); byte 7 (BEP 5, BEP 6, BEP 52).
const EXTENDED_BIT = 0x10;
const DHT_BIT = 0x01;
const FAST_BIT = 0x04;
const V2_BIT = 0x10;

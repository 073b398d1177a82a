// Packets of BEP 29 as they stand in datagrams: read in place into one object that is used again and again, and written.
// What is no packet of version 1 is not ours: datagrams of the DHT and of trackers come by the same port.
//
//   type 4 bits, version 4 bits | extension | connection id 2 | time sent 4 | last delay 4 | window 4 | sequence 2 | ack 2
//   then extensions, each: the kind of the next | length | … ; then the payload

/** BEP 29, "type". */
export const DATA = 0;
export const FIN = 1;
export const STATE = 2;
export const RESET = 3;
export const SYN = 4;

export const HEADER = 20;

/** A packet that was read: where it lies in `bytes` as well. Valid until the next one is read into it. */
export class Packet {
  bytes: Uint8Array = NOTHING;
  type = STATE;
  connectionId = 0;
  /** Microseconds, of the sender's clock, modulo 2^32. */
  sentAt = 0;
  /** What the sender saw of our last packet: its clock less ours; 0 where it has seen none. */
  delay = 0;
  /** Bytes that the sender has room for. */
  window = 0;
  sequence = 0;
  ack = 0;
  /** Where the bitmask of selective acks lies; a length of 0: there is none. */
  sackAt = 0;
  sackLength = 0;
  payloadAt = HEADER;
  /** The longest datagram that the sender says it takes; 0 where it does not say. */
  maxDatagram = 0;
}

/** Reads a datagram; false where it is none of uTP's. */
export function readPacket(bytes: Uint8Array, packet: Packet): boolean {
  if (bytes.length < HEADER) return false;
  const first = bytes[0]!;
  if ((first & 0x0f) !== VERSION || first > LAST_TYPE) return false;
  packet.bytes = bytes;
  packet.type = first >>> 4;
  packet.connectionId = (bytes[2]! << 8) | bytes[3]!;
  packet.sentAt = word(bytes, 4);
  packet.delay = word(bytes, 8);
  packet.window = word(bytes, 12);
  packet.sequence = (bytes[16]! << 8) | bytes[17]!;
  packet.ack = (bytes[18]! << 8) | bytes[19]!;
  packet.sackLength = 0;
  packet.maxDatagram = 0;
  packet.payloadAt = HEADER;
  return bytes[1] === 0 || readExtensions(bytes, packet);
}

/** "Unknown extensions can be skipped by simply advancing len bytes." */
function readExtensions(bytes: Uint8Array, packet: Packet): boolean {
  let at = HEADER;
  for (let kind = bytes[1]!; kind !== 0; ) {
    if (at + 2 > bytes.length) return false;
    const length = bytes[at + 1]!;
    const nextKind = bytes[at]!;
    at += 2;
    if (at + length > bytes.length) return false;
    if (kind === SELECTIVE_ACK && length >= 4) {
      packet.sackAt = at;
      packet.sackLength = length & ~3;
    } else if (kind === MAX_DATAGRAM && length === 2) packet.maxDatagram = (bytes[at]! << 8) | bytes[at + 1]!;
    at += length;
    kind = nextKind;
  }
  packet.payloadAt = at;
  return true;
}

/** What of a header is known when a packet is made, and does not change where it is sent again. */
export function writeHeader(bytes: Uint8Array, type: number, connectionId: number, sequence: number): void {
  bytes[0] = (type << 4) | VERSION;
  bytes[1] = 0;
  bytes[2] = connectionId >>> 8;
  bytes[3] = connectionId;
  bytes[16] = sequence >>> 8;
  bytes[17] = sequence;
}

/** What is written each time it is sent: "the closer to the actual transmit time it is set, the better". */
export function stampHeader(
  bytes: Uint8Array,
  sentAt: number,
  delay: number,
  window: number,
  ack: number,
): void {
  putWord(bytes, 4, sentAt);
  putWord(bytes, 8, delay);
  putWord(bytes, 12, window);
  bytes[18] = ack >>> 8;
  bytes[19] = ack;
}

/** The extension that says how long datagrams may be; it takes the MAX_DATAGRAM_EXTENSION bytes at the header's end. */
export function writeMaxDatagram(bytes: Uint8Array, maxDatagram: number): void {
  const at = writeExtensionBits(bytes, MAX_DATAGRAM);
  bytes[at] = 0;
  bytes[at + 1] = 2;
  bytes[at + 2] = maxDatagram >>> 8;
  bytes[at + 3] = maxDatagram;
}

/**
 * libutp takes a packet whose first extension is not below 3 for one of version 0. So its own comes first, which means
 * nothing ("extension bits", 8 bytes of zero), and then whatever is to be. Says where that is.
 */
function writeExtensionBits(bytes: Uint8Array, nextKind: number): number {
  bytes[1] = EXTENSION_BITS;
  bytes[HEADER] = nextKind;
  bytes[HEADER + 1] = EXTENSION_BITS_LENGTH;
  return HEADER + 2 + EXTENSION_BITS_LENGTH;
}

/** `mask` becomes the selective acks of a packet of HEADER + 2 + its length. */
export function writeSelectiveAck(bytes: Uint8Array, mask: Uint8Array): void {
  bytes[1] = SELECTIVE_ACK;
  bytes[HEADER] = 0;
  bytes[HEADER + 1] = mask.length;
  bytes.set(mask, HEADER + 2);
}

/**
 * The same packet made longer by extensions that mean nothing and are skipped: to find out whether a datagram of that
 * length gets through, without any of the payload depending on it. At least MIN_PADDING bytes longer.
 */
export function padded(datagram: Uint8Array, length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  bytes.set(datagram.subarray(0, HEADER));
  let at = writeExtensionBits(bytes, PADDING);
  for (let left = length - datagram.length - (at - HEADER); left > 0; ) {
    // What is left after one must have room for the head of the next.
    const size = left <= MOST_PADDING ? left : Math.min(MOST_PADDING, left - 2);
    left -= size;
    bytes[at] = left > 0 ? PADDING : 0;
    bytes[at + 1] = size - 2;
    at += size;
  }
  bytes.set(datagram.subarray(HEADER), at);
  return bytes;
}

function word(bytes: Uint8Array, at: number): number {
  return ((bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!) >>> 0;
}

function putWord(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value >>> 24;
  bytes[at + 1] = value >>> 16;
  bytes[at + 2] = value >>> 8;
  bytes[at + 3] = value;
}

const NOTHING = new Uint8Array(0);
const VERSION = 1;
const LAST_TYPE = 0x4f;
const SELECTIVE_ACK = 1;
const EXTENSION_BITS = 2;
const EXTENSION_BITS_LENGTH = 8;
// 3 is the reason of an end (libtorrent). These two are ours alone.
const MAX_DATAGRAM = 0x73;
const PADDING = 0x74;
/** Bytes that the extension of the longest datagram takes, and that padding takes at least. */
export const MAX_DATAGRAM_EXTENSION = 14;
export const MIN_PADDING = 12;
/** With its own two bytes. */
const MOST_PADDING = 257;

// Addresses of peers, as facts, and their compact form: 4 bytes + port (BEP 23), 16 bytes + port (BEP 7).

/** Where a peer listens. `host` is an IPv4 or IPv6 address in text, never a name. */
export interface Address {
  readonly host: string;
  readonly port: number;
}

export function formatAddress({ host, port }: Address): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}

/** Both are in one form, as `canonicalAddress` gives it. */
export function isSameAddress(a: Address, b: Address): boolean {
  return a.port === b.port && a.host === b.host;
}

/** Reads `1.2.3.4:6881` or `[::1]:6881`; undefined where it is neither. */
export function parseAddress(text: string): Address | undefined {
  const match = /^(?:\[([0-9a-fA-F.]*:[0-9a-fA-F:.]*)\]|([0-9.]+)):(\d{1,5})$/.exec(text);
  if (match === null) return undefined;
  const host = match[1] ?? match[2]!;
  const port = Number(match[3]);
  if (port === 0 || port > 65_535 || addressBytes(host) === undefined) return undefined;
  return { host, port };
}

/**
 * The one form in which an address is kept and compared: IPv6 as RFC 5952 writes it, IPv4 mapped into IPv6 as IPv4. The
 * same object where it is in that form already; undefined where `host` is no address.
 */
export function canonicalAddress(address: Address): Address | undefined {
  const bytes = addressBytes(address.host);
  if (bytes === undefined) return undefined;
  const host = formatIp(bytes);
  return host === address.host ? address : { host, port: address.port };
}

/** The compact form; undefined where `host` is no address. */
export function encodeCompact({ host, port }: Address): Uint8Array<ArrayBuffer> | undefined {
  const ip = addressBytes(host);
  if (ip === undefined) return undefined;
  const bytes = new Uint8Array(ip.length + 2);
  bytes.set(ip);
  bytes[ip.length] = port >>> 8;
  bytes[ip.length + 1] = port & 0xff;
  return bytes;
}

/** The addresses of a compact list; a ragged end is left out. `width` is 4 for IPv4 and 16 for IPv6. */
export function decodeCompactList(bytes: Uint8Array, width: 4 | 16): Address[] {
  const addresses: Address[] = [];
  for (let at = 0; at + width + 2 <= bytes.length; at += width + 2) {
    const port = (bytes[at + width]! << 8) | bytes[at + width + 1]!;
    addresses.push({ host: formatIp(bytes.subarray(at, at + width)), port });
  }
  return addresses;
}

/** 4 or 16 bytes of an address in text; undefined where it is none. */
export function addressBytes(host: string): Uint8Array<ArrayBuffer> | undefined {
  return host.includes(':') ? ipv6Bytes(host) : ipv4Bytes(host);
}

/** The text of 4 or 16 bytes; IPv6 as RFC 5952 writes it, IPv4 mapped into IPv6 as plain IPv4. */
export function formatIp(bytes: Uint8Array): string {
  if (bytes.length === 4) return bytes.join('.');
  if (isMappedIpv4(bytes)) return bytes.subarray(12).join('.');
  const groups = Array.from({ length: 8 }, (_, i) => ((bytes[2 * i]! << 8) | bytes[2 * i + 1]!).toString(16));
  const [start, length] = longestZeroRun(groups);
  if (length < 2) return groups.join(':');
  return `${groups.slice(0, start).join(':')}::${groups.slice(start + length).join(':')}`;
}

function isMappedIpv4(bytes: Uint8Array): boolean {
  for (let i = 0; i < 10; i++) if (bytes[i] !== 0) return false;
  return bytes[10] === 0xff && bytes[11] === 0xff;
}

function longestZeroRun(groups: readonly string[]): [start: number, length: number] {
  let best: [number, number] = [0, 0];
  for (let i = 0; i < groups.length; i++) {
    let end = i;
    while (groups[end] === '0') end++;
    if (end - i > best[1]) best = [i, end - i];
    if (end > i) i = end;
  }
  return best;
}

function ipv4Bytes(host: string): Uint8Array<ArrayBuffer> | undefined {
  const { length } = host;
  if (length < 7 || length > 15) return undefined;
  const bytes = new Uint8Array(4);
  let part = 0;
  let value = 0;
  let digits = 0;
  // Read letter by letter: the DHT does it for each datagram, and a pattern takes eight times as long.
  for (let i = 0; i <= length; i++) {
    const code = i === length ? DOT : host.charCodeAt(i);
    if (code === DOT) {
      if (digits === 0 || part > 3) return undefined;
      bytes[part++] = value;
      value = 0;
      digits = 0;
    } else {
      // No leading zeros: some read them as octal, and an address must not mean two.
      if (code < DIGIT_0 || code > DIGIT_0 + 9 || (digits > 0 && value === 0)) return undefined;
      value = value * 10 + code - DIGIT_0;
      digits++;
      if (value > 255) return undefined;
    }
  }
  return part === 4 ? bytes : undefined;
}

function ipv6Bytes(host: string): Uint8Array<ArrayBuffer> | undefined {
  let text = host;
  const dotted = /^(.*:)(\d+\.\d+\.\d+\.\d+)$/.exec(text);
  if (dotted !== null) {
    const ip = ipv4Bytes(dotted[2]!);
    if (ip === undefined) return undefined;
    text = `${dotted[1]}${((ip[0]! << 8) | ip[1]!).toString(16)}:${((ip[2]! << 8) | ip[3]!).toString(16)}`;
  }
  const halves = text.split('::');
  if (halves.length > 2) return undefined;
  const head = halves[0] === '' ? [] : halves[0]!.split(':');
  const tail = halves.length === 1 || halves[1] === '' ? [] : halves[1]!.split(':');
  const missing = 8 - head.length - tail.length;
  if (halves.length === 1 ? missing !== 0 : missing < 1) return undefined;
  const groups = [...head, ...Array<string>(missing).fill('0'), ...tail];
  const bytes = new Uint8Array(16);
  for (const [i, group] of groups.entries()) {
    if (!/^[0-9a-fA-F]{1,4}$/.test(group)) return undefined;
    const value = Number.parseInt(group, 16);
    bytes[2 * i] = value >>> 8;
    bytes[2 * i + 1] = value & 0xff;
  }
  return bytes;
}

const DOT = 0x2e;
const DIGIT_0 = 0x30;

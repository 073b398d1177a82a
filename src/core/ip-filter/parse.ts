// Lists of addresses as people hand them round, a range a line, all kinds of line in one file:
//   001.009.096.105 - 001.009.096.110 , 000 , some words     eMule's ipfilter.dat: from 128 on the number lets through
//   some words:1.9.96.105-1.9.96.110                         PeerGuardian's P2P text
//   1.9.96.0/24   2001:db8::/32   1.9.96.105                 CIDR, and addresses alone; IPv6 ranges as well
// What begins with # or // is a remark. What cannot be read is counted and passed over: lists are long, and not always kept well.

import { addressBytes } from '../bytes/compact-address.ts';
import { toBinaryString } from '../bytes/utf8.ts';
import { IpFilter } from './ranges.ts';

export interface ParsedFilter {
  readonly filter: IpFilter;
  /** Lines that say nothing that can be read. */
  readonly unread: number;
}

export function parseIpFilter(bytes: Uint8Array): ParsedFilter {
  const filter = new IpFilter();
  let unread = 0;
  for (let at = 0; at < bytes.length; ) {
    const found = bytes.indexOf(LINE_FEED, at);
    const end = found < 0 ? bytes.length : found;
    if (end - at <= MAX_LINE) {
      const line = toBinaryString(bytes, at, end).trim();
      if (line !== '' && !line.startsWith('#') && !line.startsWith('//') && !addLine(filter, line)) unread++;
    } else unread++;
    at = end + 1;
  }
  return { filter, unread };
}

/** False where it says nothing that can be read. */
function addLine(filter: IpFilter, line: string): boolean {
  const cidr = /^([0-9a-fA-F:.]+)\/(\d{1,3})$/.exec(line);
  if (cidr !== null) return addPrefix(filter, cidr[1]!, Number(cidr[2]));
  // eMule's comes first: its words may have anything in them.
  const dat = /^([0-9a-fA-F:.]+)\s*-\s*([0-9a-fA-F:.]+)\s*(?:,\s*(\d{1,3})\b.*)?$/.exec(line);
  if (dat !== null) {
    if (dat[3] !== undefined && Number(dat[3]) > 127) return true;
    return addRange(filter, dat[1]!, dat[2]!);
  }
  const p2p = /:\s*(\d[\d.]*)\s*-\s*(\d[\d.]*)$/.exec(line);
  if (p2p !== null) return addRange(filter, p2p[1]!, p2p[2]!);
  return addRange(filter, line, line);
}

function addRange(filter: IpFilter, first: string, last: string): boolean {
  const start = bytesOf(first);
  const end = bytesOf(last);
  if (start === undefined || start.length !== end?.length) return false;
  (start.length === 4 ? filter.ipv4 : filter.ipv6).add(start, end);
  return true;
}

function addPrefix(filter: IpFilter, host: string, length: number): boolean {
  const start = bytesOf(host);
  if (start === undefined || length > 8 * start.length) return false;
  const end = start.slice();
  for (let bit = length; bit < 8 * start.length; bit++) {
    const mask = 0x80 >>> (bit & 7);
    start[bit >>> 3]! &= ~mask;
    end[bit >>> 3]! |= mask;
  }
  (start.length === 4 ? filter.ipv4 : filter.ipv6).add(start, end);
  return true;
}

/** eMule writes each number with three digits. */
function bytesOf(text: string): Uint8Array | undefined {
  return addressBytes(text.includes(':') ? text : text.replace(/\b0+(?=\d)/g, ''));
}

const LINE_FEED = 10;
const MAX_LINE = 1000;

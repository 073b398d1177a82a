// A question to a name server for the addresses of a host, and its answer (RFC 1035, RFC 3596), as bytes. One who asks a resolver
// that does the rest: nothing is followed here, and of what a truncated answer lacks nothing is asked.

import { formatIp } from '../bytes/compact-address.ts';

export interface DnsQuestion {
  /** By which the answer is known: not to be guessed. */
  readonly id: number;
  /** Plain: letters of ASCII, digits, `-`, `_` and dots. */
  readonly name: string;
  readonly family: 4 | 6;
}

export interface DnsAnswer {
  /** `none`: there is no such host, or it has no address of that family. `fault`: the server cannot say. */
  readonly kind: 'addresses' | 'none' | 'fault';
  readonly hosts: readonly string[];
}

/** Undefined where no host can have that name. */
export function encodeDnsQuestion({ id, name, family }: DnsQuestion): Uint8Array<ArrayBuffer> | undefined {
  const labels = name.replace(/\.$/, '').split('.');
  if (name.length > MAX_NAME || !labels.every(label => LABEL.test(label))) return undefined;
  const bytes = [id >>> 8, id & 0xff, RECURSION_DESIRED, 0, 0, 1, 0, 0, 0, 0, 0, 0];
  for (const label of labels) {
    bytes.push(label.length);
    for (let i = 0; i < label.length; i++) bytes.push(label.charCodeAt(i));
  }
  bytes.push(0, 0, typeOf(family), 0, CLASS_IN);
  return Uint8Array.from(bytes);
}

/** Undefined where it is no answer to that question, or breaks off: anybody may send anything. */
export function parseDnsAnswer(bytes: Uint8Array, question: DnsQuestion): DnsAnswer | undefined {
  const asked = encodeDnsQuestion(question);
  if (asked === undefined || bytes.length < asked.length) return undefined;
  const isAnswer = bytes[0] === asked[0] && bytes[1] === asked[1] && (bytes[2]! & IS_ANSWER) !== 0;
  if (!isAnswer || !repeats(bytes, asked)) return undefined;
  const code = bytes[3]! & 0x0f;
  if (code === NO_SUCH_NAME) return { kind: 'none', hosts: [] };
  if (code !== 0) return { kind: 'fault', hosts: [] };
  const hosts = hostsIn(bytes, asked.length, question.family);
  return hosts && { kind: hosts.length === 0 ? 'none' : 'addresses', hosts };
}

/** The records of the answer, behind the question. Names that lead on (CNAME) are passed over: what they lead to is there too. */
function hostsIn(bytes: Uint8Array, start: number, family: 4 | 6): string[] | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const isCut = (bytes[2]! & IS_TRUNCATED) !== 0;
  const hosts: string[] = [];
  let at = start;
  for (let left = view.getUint16(6); left > 0 && hosts.length < MAX_HOSTS; left--) {
    const data = endOfName(bytes, at) + RECORD_HEAD;
    if (data > bytes.length) return isCut ? hosts : undefined;
    const length = view.getUint16(data - 2);
    if (data + length > bytes.length) return isCut ? hosts : undefined;
    const isAddress = length === (family === 4 ? 4 : 16) && view.getUint16(data - 8) === CLASS_IN;
    if (isAddress && view.getUint16(data - RECORD_HEAD) === typeOf(family))
      hosts.push(formatIp(bytes.subarray(data, data + length)));
    at = data + length;
  }
  return hosts;
}

/** RFC 1035, "4.1.4. Message compression": a pointer ends a name. Beyond the bytes where they break off. */
function endOfName(bytes: Uint8Array, start: number): number {
  let at = start;
  while (at < bytes.length) {
    const length = bytes[at]!;
    if (length === 0) return at + 1;
    if (length >= POINTER) return at + 2;
    at += 1 + length;
  }
  return at;
}

/** Whether it names the same question, whatever the case of its letters. */
function repeats(bytes: Uint8Array, asked: Uint8Array): boolean {
  if (bytes[4] !== 0 || bytes[5] !== 1) return false;
  for (let i = HEAD; i < asked.length; i++) if (lower(bytes[i]!) !== lower(asked[i]!)) return false;
  return true;
}

function lower(byte: number): number {
  return byte >= 0x41 && byte <= 0x5a ? byte | 0x20 : byte;
}

function typeOf(family: 4 | 6): number {
  return family === 4 ? 1 : 28;
}

const HEAD = 12;
/** Type, class, time to live, length. */
const RECORD_HEAD = 10;
const CLASS_IN = 1;
const IS_ANSWER = 0x80;
const IS_TRUNCATED = 0x02;
const RECURSION_DESIRED = 0x01;
const NO_SUCH_NAME = 3;
const POINTER = 0xc0;
const LABEL = /^[a-z0-9_-]{1,63}$/i;
const MAX_NAME = 253;
/** More than fit into a datagram without extensions. */
const MAX_HOSTS = 32;

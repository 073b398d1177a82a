// Networks whose packets the tracker does not answer. They are changed seldom and asked about with every packet, so each
// change makes ranges anew, sorted and joined, and a question is a search by halves without an object.

import { formatIp } from '../core/bytes/compact-address.ts';
import { type IpPrefix, parseIpPrefix } from '../core/bytes/ip-prefix.ts';

export interface Ban {
  /** As it is written: `203.0.113.0/24`. The bits behind its length are 0. */
  readonly network: string;
  /** Why, in the operator's words; empty where he said nothing. */
  readonly note: string;
  /** Milliseconds since 1970. */
  readonly since: number;
}

export class Bans {
  readonly #byNetwork = new Map<string, Ban>();
  /** IPv4: first and last address of each range. */
  #ranges4: Uint32Array = NO_RANGES;
  /** IPv6: the same by four numbers each. */
  #ranges6: Uint32Array = NO_RANGES;

  get count(): number {
    return this.#byNetwork.size;
  }

  /** In the order in which they came. */
  all(): readonly Ban[] {
    return [...this.#byNetwork.values()];
  }

  /** Adds a ban; one of the same network is replaced. False where there are too many. */
  add(ban: Ban): boolean {
    if (this.#byNetwork.size >= MAX_BANS && !this.#byNetwork.has(ban.network)) return false;
    this.#byNetwork.set(ban.network, ban);
    this.#arrange();
    return true;
  }

  /** False where it was not there. */
  remove(network: string): boolean {
    const wasThere = this.#byNetwork.delete(network);
    if (wasThere) this.#arrange();
    return wasThere;
  }

  /** All others are forgotten. */
  replace(bans: readonly Ban[]): void {
    this.#byNetwork.clear();
    for (const ban of bans.slice(0, MAX_BANS)) this.#byNetwork.set(ban.network, ban);
    this.#arrange();
  }

  /** `ip` is 4 or 16 bytes. */
  has(ip: Uint8Array): boolean {
    if (ip.length === 4) return this.#ranges4.length > 0 && isIn(this.#ranges4, ip, 1);
    return this.#ranges6.length > 0 && isIn(this.#ranges6, ip, 4);
  }

  #arrange(): void {
    const prefixes = [...this.#byNetwork.keys()].map(network => parseIpPrefix(network)!);
    this.#ranges4 = rangesOf(prefixes.filter(({ ip }) => ip.length === 4));
    this.#ranges6 = rangesOf(prefixes.filter(({ ip }) => ip.length === 16));
  }
}

/** The one way to write a network, its last bits 0: `203.0.113.7/24` is `203.0.113.0/24`. Undefined where it is none. */
export function networkName(text: string): string | undefined {
  const prefix = parseIpPrefix(text);
  if (prefix === undefined) return undefined;
  const { first } = endsOf(prefix);
  return `${formatIp(first)}/${prefix.bits}`;
}

/** Networks, one a line, as a file has them: what follows `#` is the note. The line that is none, where there is one. */
export function parseBans(text: string, now: number): readonly Ban[] | { readonly faultyLine: number } {
  const bans: Ban[] = [];
  for (const [i, line] of text.split('\n').entries()) {
    const [, word = '', note = ''] = /^\s*([^\s#]*)[\s]*(?:#\s*(.*))?/.exec(line)!;
    if (word === '') continue;
    const network = networkName(word);
    if (network === undefined) return { faultyLine: i + 1 };
    bans.push({ network, note: note.trim(), since: now });
  }
  return bans;
}

export function formatBans(bans: readonly Ban[]): string {
  return bans.map(({ network, note }) => (note === '' ? `${network}\n` : `${network} # ${note}\n`)).join('');
}

function endsOf({ ip, bits }: IpPrefix): { readonly first: Uint8Array; readonly last: Uint8Array } {
  const first = ip.slice();
  const last = ip.slice();
  for (let i = 0; i < ip.length; i++) {
    const open = Math.min(8, Math.max(0, 8 * (i + 1) - bits));
    const mask = (1 << open) - 1;
    first[i]! &= ~mask;
    last[i]! |= mask;
  }
  return { first, last };
}

/** | first | last | of each, in order, none touching another. */
function rangesOf(prefixes: readonly IpPrefix[]): Uint32Array {
  const ends = prefixes
    .map(endsOf)
    .map(({ first, last }) => ({ first: numbersOf(first), last: numbersOf(last) }))
    .sort((a, b) => compare(a.first, b.first) || compare(b.last, a.last));
  const kept: { first: number[]; last: number[] }[] = [];
  for (const range of ends) {
    const before = kept.at(-1);
    // Networks lie in one another or apart, and the wider comes first: what begins within one ends within it.
    if (before === undefined || compare(range.first, before.last) > 0) kept.push(range);
  }
  return new Uint32Array(kept.flatMap(({ first, last }) => [...first, ...last]));
}

function numbersOf(ip: Uint8Array): number[] {
  return Array.from({ length: ip.length / 4 }, (_, i) => numberAt(ip, 4 * i));
}

function compare(a: readonly number[], b: readonly number[]): number {
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return a[i]! < b[i]! ? -1 : 1;
  return 0;
}

/** `width` numbers make an address. */
function isIn(ranges: Uint32Array, ip: Uint8Array, width: number): boolean {
  let low = 0;
  let high = ranges.length / (2 * width);
  while (low < high) {
    const middle = (low + high) >>> 1;
    const at = middle * 2 * width;
    if (compareAt(ranges, at, ip, width) > 0) high = middle;
    else if (compareAt(ranges, at + width, ip, width) < 0) low = middle + 1;
    else return true;
  }
  return false;
}

function compareAt(ranges: Uint32Array, at: number, ip: Uint8Array, width: number): number {
  for (let i = 0; i < width; i++) {
    const number = numberAt(ip, 4 * i);
    const other = ranges[at + i]!;
    if (other !== number) return other < number ? -1 : 1;
  }
  return 0;
}

function numberAt(ip: Uint8Array, at: number): number {
  return ((ip[at]! << 24) | (ip[at + 1]! << 16) | (ip[at + 2]! << 8) | ip[at + 3]!) >>> 0;
}

const NO_RANGES = new Uint32Array(0);
// Each change makes all ranges anew: with so many it takes a tenth of a second.
const MAX_BANS = 100_000;

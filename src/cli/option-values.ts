// Values of options that several commands take, read from text. What is wrong is said as commander says it.

import { InvalidArgumentError } from 'commander';
import { addressBytes } from '../core/bytes/compact-address.ts';
import type { TransportName } from '../host/stream.ts';
import { type ProxyOptions, parseProxyUrl } from '../io/proxy-url.ts';
import { UsageError } from './usage-error.ts';

/** `262144`, `256K`, `256 KiB`, `1MiB`: binary units, always. */
export function byteCount(text: string): number {
  const match = /^(\d+)\s*(?:([kmgt])(?:i?b)?|b)?$/i.exec(text.trim());
  if (match === null) throw new InvalidArgumentError('It should be a size such as 262144, 256K or 1MiB.');
  const power = match[2] === undefined ? 0 : 'kmgt'.indexOf(match[2].toLowerCase()) + 1;
  return Number(match[1]) * 1024 ** power;
}

/** Bytes per second: `500K`, `2MiB`, also written `2M/s`. */
export function rate(text: string): number {
  const bytesPerSecond = byteCount(text.trim().replace(/\/s$/i, ''));
  if (bytesPerSecond === 0) throw new InvalidArgumentError('It should be more than 0.');
  return bytesPerSecond;
}

/** A rate, or `none` for no limit; `0` lets no block through. */
export function rateLimit(text: string): number {
  if (isNone(text)) return Number.POSITIVE_INFINITY;
  return byteCount(text.trim().replace(/\/s$/i, ''));
}

/** A whole number from 0 on, or `none` for no limit. */
export function countLimit(text: string): number {
  if (isNone(text)) return Number.POSITIVE_INFINITY;
  const count = Number(text);
  if (!/^\d+$/.test(text) || !Number.isSafeInteger(count))
    throw new InvalidArgumentError('It should be a whole number, or none.');
  return count;
}

/** How many, `rate` for as many as the uplink feeds, or `none` for no limit. */
export function uploadSlots(text: string): number | 'rate' {
  return text.trim().toLowerCase() === 'rate' ? 'rate' : countLimit(text);
}

/** As `ratio`, or `none`. */
export function ratioLimit(text: string): number {
  return isNone(text) ? Number.POSITIVE_INFINITY : ratio(text);
}

/** As `duration`, or `none`. */
export function durationLimit(text: string): number {
  return isNone(text) ? Number.POSITIVE_INFINITY : duration(text);
}

function isNone(text: string): boolean {
  return text.trim().toLowerCase() === 'none';
}

export function positiveCount(text: string): number {
  const count = Number(text);
  if (!/^\d+$/.test(text) || !Number.isSafeInteger(count) || count === 0) {
    throw new InvalidArgumentError('It should be a whole number above 0.');
  }
  return count;
}

/** `90s`, `30m`, `2h`, `7d`, also one after the other: `1h30m`. In milliseconds. */
export function duration(text: string): number {
  const parts = [...text.trim().matchAll(/(\d+(?:\.\d+)?)\s*([smhd])/gi)];
  const isWhole = /^(?:\d+(?:\.\d+)?\s*[smhd]\s*)+$/i.test(text.trim());
  if (!isWhole) throw new InvalidArgumentError('It should be a time such as 90s, 30m, 2h or 7d.');
  return parts.reduce((sum, [, count, unit]) => sum + Number(count) * UNIT_MS[unit!.toLowerCase()]!, 0);
}

/** `2`, `1.5`, `0`: so many times. */
export function ratio(text: string): number {
  if (!/^\d+(?:\.\d+)?$/.test(text.trim()))
    throw new InvalidArgumentError('It should be a number such as 1, 1.5 or 0.');
  return Number(text);
}

/** 0…65535; 0 lets the system choose. */
export function portNumber(text: string): number {
  const port = Number(text);
  if (!/^\d{1,5}$/.test(text) || port > 65_535)
    throw new InvalidArgumentError('It should be a port number, 0 to 65535.');
  return port;
}

/** An IPv4 or IPv6 address, as it is. */
export function ipAddress(text: string): string {
  if (addressBytes(text) === undefined)
    throw new InvalidArgumentError('It should be an address such as 127.0.0.1 or ::1.');
  return text;
}

/** One of a few words. */
export function oneOf<Word extends string>(...words: readonly Word[]): (text: string) => Word {
  return withWords(words, (text: string) => {
    const word = words.find(candidate => candidate === text);
    if (word === undefined) throw new InvalidArgumentError(`It should be ${words.join(', ')}.`);
    return word;
  });
}

/** The words that it reads; undefined where it reads more than some words. */
export function wordsOf(read: unknown): readonly string[] | undefined {
  return typeof read === 'function' ? WORDS.get(read) : undefined;
}

function withWords<Read extends object>(words: readonly string[] | undefined, read: Read): Read {
  if (words !== undefined) WORDS.set(read, words);
  return read;
}

const WORDS = new WeakMap<object, readonly string[]>();

export const allocation = oneOf('sparse', 'full');

/** How peers are connected to; `transportNames` reads it. */
export type Transport = 'tcp' | 'utp' | 'tcp,utp';
export const transport = oneOf<Transport>('tcp', 'utp', 'tcp,utp');

export function transportNames(transport: Transport): readonly TransportName[] {
  return transport.split(',') as TransportName[];
}

/** `socks5://user:password@host:1080`, `http://host:3128`. @throws UsageError */
export function proxy(text: string): ProxyOptions {
  const parsed = parseProxyUrl(text);
  // What was given is not repeated: there may be a password in it.
  if (parsed === undefined)
    throw new UsageError('A proxy should be like socks5://127.0.0.1:1080 or http://127.0.0.1:3128.');
  return parsed;
}

export const encryption = oneOf('off', 'allow', 'prefer', 'require');

/** A URL with one of these schemes, as it was typed. */
export function urlWith(...schemes: readonly string[]): (text: string) => string {
  return text => {
    // What URL puts right by itself (one slash, spaces around and within), others who read the torrent will not.
    const url = /^[a-z]+:\/\/[^/\s]\S*$/i.test(text) && URL.canParse(text) ? new URL(text) : undefined;
    if (url === undefined || url.hostname === '' || !schemes.includes(url.protocol.slice(0, -1))) {
      throw new InvalidArgumentError(
        `"${text}" is no address that begins with ${schemes.map(scheme => `${scheme}://`).join(' or ')}.`,
      );
    }
    return text;
  };
}

/** `host:port` or `[::1]:port`. */
export function hostAndPort(text: string): { host: string; port: number } {
  const match = /^(?:\[([0-9a-f:.]+)\]|([^:[\]\s]+)):(\d{1,5})$/i.exec(text);
  const port = Number(match?.[3]);
  if (match === null || port < 1 || port > 65_535)
    throw new InvalidArgumentError(`"${text}" should be HOST:PORT.`);
  return { host: match[1] ?? match[2]!, port };
}

/** For options that may be given many times, each value read by `read`. `false`: what was given before was taken back. */
export function many<Value>(
  read: (text: string) => Value,
): (text: string, before: readonly Value[] | false | undefined) => readonly Value[] {
  return withWords(wordsOf(read), (text: string, before: readonly Value[] | false | undefined) => [
    ...(before || []),
    read(text),
  ]);
}

const UNIT_MS: Readonly<Record<string, number>> = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

export const TRACKER_SCHEMES = ['http', 'https', 'udp', 'ws', 'wss'] as const;
export const WEB_SEED_SCHEMES = ['http', 'https', 'ftp'] as const;

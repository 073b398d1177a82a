// What is said to a proxy before a connection through it stands, as a value: bytes in, bytes out, and what came behind.
// SOCKS 5 (RFC 1928, RFC 1929) and HTTP CONNECT (RFC 9110, section 9.3.6). A name is given to the proxy as a name: who
// hides behind a proxy must not ask elsewhere what it stands for.

import { toBase64 } from '../bytes/base64.ts';
import { concatBytes } from '../bytes/bytes.ts';
import { addressBytes } from '../bytes/compact-address.ts';
import { encodeUtf8, fromBinaryString, toBinaryString } from '../bytes/utf8.ts';
import { ProtocolError } from '../errors.ts';

export interface ProxyTarget {
  /** An address or a name. */
  readonly host: string;
  readonly port: number;
}

export interface ProxyLogin {
  readonly user: string;
  readonly password: string;
}

export interface ProxyHandshake {
  /** What is to be sent next, after `begin` or `received`. */
  take(): Uint8Array | undefined;
  /** True once the connection stands. @throws ProtocolError `PROXY_REFUSED` */
  received(bytes: Uint8Array): boolean;
  /** What came behind the proxy's last word: the other end's first. */
  readonly rest: Uint8Array;
}

export class Socks5Handshake implements ProxyHandshake {
  readonly #target: ProxyTarget;
  readonly #login: ProxyLogin | undefined;
  #step: 'method' | 'login' | 'connect' | 'done' = 'method';
  #outgoing: Uint8Array | undefined;
  #pending: Uint8Array = new Uint8Array(0);

  constructor(target: ProxyTarget, login?: ProxyLogin) {
    this.#target = target;
    this.#login = login;
    this.#outgoing = Uint8Array.of(5, login === undefined ? 1 : 2, 0, ...(login === undefined ? [] : [2]));
  }

  get rest(): Uint8Array {
    return this.#pending;
  }

  take(): Uint8Array | undefined {
    const bytes = this.#outgoing;
    this.#outgoing = undefined;
    return bytes;
  }

  received(bytes: Uint8Array): boolean {
    this.#pending = concatBytes([this.#pending, bytes]);
    while (this.#step !== 'done') if (!this.#next()) return false;
    return true;
  }

  /** False: more is needed. */
  #next(): boolean {
    const bytes = this.#pending;
    if (this.#step === 'connect') return this.#connected(bytes);
    if (bytes.length < 2) return false;
    this.#pending = bytes.slice(2);
    if (this.#step === 'login') {
      if (bytes[1] !== 0) throw refused('it does not know that user and password');
      this.#connect();
      return true;
    }
    if (bytes[0] !== 5) throw refused('it does not speak SOCKS 5');
    if (bytes[1] === 0) this.#connect();
    else if (bytes[1] === 2 && this.#login !== undefined) this.#logIn(this.#login);
    else
      throw refused(
        this.#login === undefined ? 'it wants a user and a password' : 'it wants another kind of login',
      );
    return true;
  }

  #connect(): void {
    this.#step = 'connect';
    this.#outgoing = concatBytes([Uint8Array.of(5, 1, 0), encodeSocksAddress(this.#target)]);
  }

  /** RFC 1929 */
  #logIn({ user, password }: ProxyLogin): void {
    this.#step = 'login';
    const [name, secret] = [encodeUtf8(user).subarray(0, 255), encodeUtf8(password).subarray(0, 255)];
    this.#outgoing = concatBytes([Uint8Array.of(1, name.length), name, Uint8Array.of(secret.length), secret]);
  }

  #connected(bytes: Uint8Array): boolean {
    if (bytes.length < 5) return false;
    if (bytes[0] !== 5) throw refused('its answer cannot be read');
    if (bytes[1] !== 0) throw refused(SOCKS_REASONS[bytes[1]!] ?? `it answers with ${bytes[1]}`);
    const width = bytes[3] === 1 ? 4 : bytes[3] === 4 ? 16 : bytes[3] === 3 ? 1 + bytes[4]! : undefined;
    if (width === undefined) throw refused('its answer cannot be read');
    if (bytes.length < 6 + width) return false;
    this.#step = 'done';
    this.#pending = bytes.slice(6 + width);
    return true;
  }
}

/** Type, address, port. RFC 1928, section 5 */
export function encodeSocksAddress({ host, port }: ProxyTarget): Uint8Array {
  const ip = addressBytes(host);
  const name = encodeUtf8(host);
  if (ip === undefined && (name.length === 0 || name.length > 255))
    throw refused('the name is too long for it');
  const head = ip === undefined ? [3, name.length] : [ip.length === 4 ? 1 : 4];
  return concatBytes([Uint8Array.from(head), ip ?? name, Uint8Array.of(port >>> 8, port & 0xff)]);
}

export class HttpConnectHandshake implements ProxyHandshake {
  #outgoing: Uint8Array | undefined;
  #head = '';
  rest: Uint8Array = new Uint8Array(0);

  constructor({ host, port }: ProxyTarget, login?: ProxyLogin) {
    const where = `${host.includes(':') ? `[${host}]` : host}:${port}`;
    // A name of a stranger's must not become a line of ours.
    if (!/^[\x21-\x7e]+$/.test(where)) throw refused('it can be given no such name');
    const credentials = login && toBase64(encodeUtf8(`${login.user}:${login.password}`));
    const authorization = credentials === undefined ? '' : `Proxy-Authorization: Basic ${credentials}\r\n`;
    this.#outgoing = fromBinaryString(`CONNECT ${where} HTTP/1.1\r\nHost: ${where}\r\n${authorization}\r\n`);
  }

  take(): Uint8Array | undefined {
    const bytes = this.#outgoing;
    this.#outgoing = undefined;
    return bytes;
  }

  received(bytes: Uint8Array): boolean {
    this.#head += toBinaryString(bytes);
    const end = this.#head.indexOf('\r\n\r\n');
    if (end < 0) {
      if (this.#head.length > MAX_HEAD) throw refused('its answer does not end');
      return false;
    }
    const status = /^HTTP\/1\.[01] (\d{3})\b/.exec(this.#head)?.[1];
    if (status === undefined) throw refused('its answer cannot be read');
    if (status === '407') throw refused('it wants a user and a password');
    if (!status.startsWith('2')) throw refused(`it answers with status ${status}`);
    this.rest = fromBinaryString(this.#head.slice(end + 4));
    return true;
  }
}

function refused(why: string): ProtocolError {
  return new ProtocolError('PROXY_REFUSED', `The proxy does not connect: ${why}.`);
}

const MAX_HEAD = 16_384;
// RFC 1928, section 6.
const SOCKS_REASONS: Readonly<Record<number, string>> = {
  1: 'it failed',
  2: 'its rules do not allow it',
  3: 'there is no way to that network',
  4: 'there is no way to that host',
  5: 'that host refused',
  6: 'it took too long',
  7: 'it does not do that',
  8: 'it does not know that kind of address',
};

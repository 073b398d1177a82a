// What is said to a proxy before a connection through it stands, as a value: bytes in, bytes out, and what came behind.
// SOCKS 5 (RFC 1928, RFC 1929) and HTTP CONNECT (RFC 9110, section 9.3.6). A name is given to the proxy as a name: who
// hides behind a proxy must not ask elsewhere what it stands for.

import { toBase64 } from '../bytes/base64.ts';
import { concatBytes } from '../bytes/bytes.ts';
import { encodeUtf8, fromBinaryString, toBinaryString } from '../bytes/utf8.ts';
import { ProtocolError } from '../errors.ts';
import {
  encodeSocksAddress,
  type ProxyTarget,
  readSocksAddress,
  type SocksAddress,
} from './socks-address.ts';

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

/** What is asked of a proxy: a connection, or that it passes datagrams on while this one stands (RFC 1928, section 4). */
export type SocksCommand = 'connect' | 'relay';

export class Socks5Handshake implements ProxyHandshake {
  readonly #target: ProxyTarget;
  readonly #login: ProxyLogin | undefined;
  readonly #command: SocksCommand;
  #step: 'method' | 'login' | 'asked' | 'done' = 'method';
  #outgoing: Uint8Array | undefined;
  #pending: Uint8Array = new Uint8Array(0);
  #bound: SocksAddress | undefined;
  #isUnable = false;

  /** `target`: whom to reach; of a relay, where our datagrams will come from, which may be said as 0.0.0.0:0. */
  constructor(target: ProxyTarget, login?: ProxyLogin, command: SocksCommand = 'connect') {
    this.#target = target;
    this.#login = login;
    this.#command = command;
    this.#outgoing = Uint8Array.of(5, login === undefined ? 1 : 2, 0, ...(login === undefined ? [] : [2]));
  }

  get rest(): Uint8Array {
    return this.#pending;
  }

  /** Once it stands: where the proxy ends of it is, so where a relay takes datagrams. */
  get bound(): SocksAddress | undefined {
    return this.#bound;
  }

  /** It was refused because the proxy does no such thing: to ask again is of no use. */
  get isUnable(): boolean {
    return this.#isUnable;
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
    if (this.#step === 'asked') return this.#answered(bytes);
    if (bytes.length < 2) return false;
    this.#pending = bytes.slice(2);
    if (this.#step === 'login') {
      if (bytes[1] !== 0) throw this.#refused('it does not know that user and password');
      this.#ask();
      return true;
    }
    if (bytes[0] !== 5) throw this.#refused('it does not speak SOCKS 5');
    if (bytes[1] === 0) this.#ask();
    else if (bytes[1] === 2 && this.#login !== undefined) this.#logIn(this.#login);
    else
      throw this.#refused(
        this.#login === undefined ? 'it wants a user and a password' : 'it wants another kind of login',
      );
    return true;
  }

  #ask(): void {
    this.#step = 'asked';
    const command = this.#command === 'connect' ? CONNECT : UDP_ASSOCIATE;
    this.#outgoing = concatBytes([Uint8Array.of(5, command, 0), encodeSocksAddress(this.#target)]);
  }

  /** RFC 1929 */
  #logIn({ user, password }: ProxyLogin): void {
    this.#step = 'login';
    const [name, secret] = [encodeUtf8(user).subarray(0, 255), encodeUtf8(password).subarray(0, 255)];
    this.#outgoing = concatBytes([Uint8Array.of(1, name.length), name, Uint8Array.of(secret.length), secret]);
  }

  #answered(bytes: Uint8Array): boolean {
    if (bytes.length < 2) return false;
    if (bytes[0] !== 5) throw this.#refused('its answer cannot be read');
    if (bytes[1] !== 0) {
      this.#isUnable = bytes[1] === UNABLE;
      throw this.#refused(SOCKS_REASONS[bytes[1]!] ?? `it answers with ${bytes[1]}`);
    }
    const bound = readSocksAddress(bytes, 3);
    if (bound === undefined) return false;
    this.#bound = bound;
    this.#step = 'done';
    this.#pending = bytes.slice(3 + bound.length);
    return true;
  }

  #refused(why: string): ProtocolError {
    return this.#command === 'connect'
      ? refused(why)
      : new ProtocolError('PROXY_REFUSED', `The proxy relays no UDP: ${why}.`);
  }
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

const CONNECT = 1;
const UDP_ASSOCIATE = 3;
const UNABLE = 7;
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

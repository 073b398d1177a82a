// A proxy as it is asked for and shown: its kind, its address, who logs in. Speaks to nobody: every command that has options
// reads this, and what speaks (`proxy.ts`) brings a quarter of Node with it.

import { formatAddress } from '../core/bytes/compact-address.ts';
import type { ProxyLogin } from '../core/proxy/handshake.ts';

export interface ProxyOptions {
  readonly kind: 'socks5' | 'http';
  readonly host: string;
  readonly port: number;
  readonly login?: ProxyLogin | undefined;
  /** Of this machine's addresses the one from which it is reached. @default the system's choice */
  readonly localHost?: string | undefined;
}

/** The same proxy, reached from that address; `::` and `0.0.0.0` are any. */
export function reachedFrom<Proxy extends ProxyOptions | undefined>(proxy: Proxy, bind: string): Proxy {
  if (proxy === undefined || bind === '::' || bind === '0.0.0.0') return proxy;
  return { ...proxy, localHost: bind };
}

/** Undefined where it is no `socks5://` or `http://` URL with a host and a port. */
export function parseProxyUrl(text: string): ProxyOptions | undefined {
  if (!URL.canParse(text)) return undefined;
  const { protocol, hostname, port, username, password, pathname, search } = new URL(text);
  const login = loginOf(username, password);
  const kind = protocol === 'http:' ? 'http' : /^socks5h?:$/.test(protocol) ? 'socks5' : undefined;
  if (kind === undefined || hostname === '' || !['', '/'].includes(pathname) || search !== '')
    return undefined;
  if (login === undefined) return undefined;
  return {
    kind,
    host: hostname.replace(/^\[|\]$/g, ''),
    port: port === '' ? (kind === 'http' ? 80 : 1080) : Number(port),
    login: username === '' ? undefined : login,
  };
}

/** Undefined where it is cut off in the middle of a letter. */
function loginOf(username: string, password: string): ProxyLogin | undefined {
  try {
    return { user: decodeURIComponent(username), password: decodeURIComponent(password) };
  } catch {
    return undefined;
  }
}

/** As it is configured, but for what is secret. */
export function shownProxyUrl(proxy: ProxyOptions): string {
  const url = proxyUrl(proxy);
  return proxy.login === undefined ? url : url.replace('://', '://***@');
}

/** As it may be shown: without user and password. */
export function proxyUrl({ kind, host, port }: ProxyOptions): string {
  return `${kind}://${formatAddress({ host, port })}`;
}

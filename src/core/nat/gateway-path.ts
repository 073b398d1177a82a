// URLs that a router names of itself: for its description, for its controls. What is called by them is the router's own
// address and nothing else, whatever the URL says; names, other hosts and other schemes are not believed.

import { addressScope } from '../bytes/address-scope.ts';

export interface GatewayPath {
  readonly port: number;
  /** From the slash on, with the query. */
  readonly path: string;
}

/**
 * Where a URL leads, if it leads to the gateway `host`; undefined where it does not. What is no whole URL is read as a path
 * at `base`. UPnP Device Architecture 1.1, section 2.3: relative to where the description is
 */
export function gatewayPath(url: string, host: string, base?: GatewayPath): GatewayPath | undefined {
  if (url.length > MAX_LENGTH || !/^[\x21-\x7e]*$/.test(url) || /[\\"<>]/.test(url)) return undefined;
  // This machine is no router of its own: whoever answers from there is a program beside us.
  if (addressScope(host) !== 'private' && addressScope(host) !== 'public') return undefined;
  const whole = /^http:\/\/([^/?#]*)([^#]*)/i.exec(url);
  if (whole === null) {
    // `//other/…` and `scheme:…` lead elsewhere.
    if (base === undefined || /^[a-z][a-z0-9+.-]*:/i.test(url) || url.startsWith('//')) return undefined;
    const [path] = url.split('#');
    return path!.startsWith('/')
      ? { port: base.port, path: path! }
      : { port: base.port, path: below(base, path!) };
  }
  const place = /^(\[[0-9a-fA-F:.]+\]|[0-9.]+)(?::(\d{1,5}))?$/.exec(whole[1]!);
  if (place === null || place[1]!.replace(/^\[|\]$/g, '') !== host) return undefined;
  const port = place[2] === undefined ? 80 : Number(place[2]);
  if (port === 0 || port > 65_535) return undefined;
  const rest = whole[2]!;
  return { port, path: rest.startsWith('/') ? rest : `/${rest}` };
}

function below(base: GatewayPath, path: string): string {
  const folder = base.path.split('?', 1)[0]!;
  return `${folder.slice(0, folder.lastIndexOf('/') + 1)}${path}`;
}

const MAX_LENGTH = 1024;

// Whether a text can be the URL of a tracker or of a web seed: for who writes one into a torrent and who checks one.
// Looser than what asks it (core/tracker, the HTTP client): what is a fault here is one to every reader.

export type LinkKind = 'tracker' | 'web seed';

export interface LinkFault {
  /** `scheme`: well formed, but of a protocol that hardly any reader speaks. */
  readonly kind: 'form' | 'scheme';
  /** Goes on from the URL: `has no host`. */
  readonly fault: string;
}

/** What is wrong with a URL; undefined where nothing is. */
export function linkFault(url: string, kind: LinkKind): LinkFault | undefined {
  if (/[\s\p{Cc}]/u.test(url)) return { kind: 'form', fault: 'has blanks or control characters in it' };
  const match =
    /^([a-z][a-z0-9+.-]*):\/\/(?:[^/?#@]*@)?(\[[0-9a-f:.]*\]|[^/?#:]*)(?::([^/?#]*))?(?:[/?#]|$)/i.exec(url);
  if (match === null) return { kind: 'form', fault: 'is no URL with a scheme and a host' };
  const scheme = match[1]!.toLowerCase();
  const port = match[3];
  if (match[2] === '' || match[2] === '[]') return { kind: 'form', fault: 'has no host' };
  if (port !== undefined && !isPort(port)) return { kind: 'form', fault: 'has a port that is none' };
  if (!SCHEMES[kind].includes(scheme)) {
    const known = SCHEMES[kind];
    return {
      kind: 'scheme',
      fault: `begins with "${scheme}:"; a ${kind} has ${known.slice(0, -1).join(', ')} or ${known.at(-1)}`,
    };
  }
  if (scheme === 'udp' && port === undefined)
    return { kind: 'form', fault: 'has no port, which a UDP tracker needs' };
  return undefined;
}

function isPort(text: string): boolean {
  return /^\d{1,5}$/.test(text) && Number(text) >= 1 && Number(text) <= 65_535;
}

const SCHEMES: Readonly<Record<LinkKind, readonly string[]>> = {
  tracker: ['http', 'https', 'udp', 'ws', 'wss'],
  'web seed': ['http', 'https', 'ftp'],
};

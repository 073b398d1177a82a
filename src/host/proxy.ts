// The proxy that a host goes through, as the rest sees it: to be shown, and told of. Its user and password are not in here.

export interface HostProxy {
  /** `socks5://proxy.example:1080`: without user and password. */
  readonly url: string;
  readonly udp: ProxyUdp;
  /** Called when `udp` is another. */
  onUdp: (udp: ProxyUdp) => void;
}

/** Whether datagrams go through it. Nothing is sent in any state but `on`; reasons are sentences. */
export type ProxyUdp =
  /** Nobody has wanted any yet, or the proxy has not answered yet. */
  | { readonly state: 'asking' }
  /** `relay`: where the proxy takes them. */
  | { readonly state: 'on'; readonly relay: string }
  /** Not just now; it is tried again. */
  | { readonly state: 'failed'; readonly reason: string }
  /** The proxy does no such thing. */
  | { readonly state: 'off'; readonly reason: string };

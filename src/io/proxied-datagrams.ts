// UDP of a session behind a SOCKS 5 proxy: a socket for each family of addresses, and one relay that both use. Sockets have no
// port that could be told to anybody. Where the proxy relays no UDP there are none.

import type { Address } from '../core/bytes/compact-address.ts';
import { SwarmlineError } from '../core/errors.ts';
import { RELAY_OVERHEAD } from '../core/proxy/socks-datagram.ts';
import type { DatagramNetwork, DatagramSocket } from '../host/datagram.ts';
import type { HostProxy, ProxyUdp } from '../host/proxy.ts';
import { type ProxyOptions, proxyUrl } from './proxy-url.ts';
import { SocksRelay, type SocksRelayDeps, type SocksRelayOptions } from './socks-relay.ts';

export class ProxiedDatagrams implements DatagramNetwork, HostProxy {
  readonly url: string;
  readonly relay: { readonly overhead: number } = { overhead: RELAY_OVERHEAD };
  onUdp: (udp: ProxyUdp) => void = () => {};
  readonly #relay: SocksRelay;
  readonly #deps: SocksRelayDeps;
  readonly #sockets = new Set<RelayedSocket>();
  #whenSettled: (() => void)[] = [];
  /** It was not waited in vain for this relay. */
  #isPatient = true;

  constructor(options: SocksRelayOptions, deps: SocksRelayDeps) {
    this.url = proxyUrl(options.proxy);
    this.#deps = deps;
    this.#relay = new SocksRelay(options, deps);
    this.#relay.onStatus = udp => {
      for (const settled of this.#whenSettled.splice(0)) settled();
      this.onUdp(udp);
    };
    this.#relay.onDatagram = (bytes, host, port) => {
      const isIpv6 = host.includes(':');
      for (const socket of this.#sockets) if (socket.isIpv6 === isIpv6) socket.onDatagram(bytes, host, port);
    };
    this.#relay.onQuiet = () => {
      for (const socket of this.#sockets) socket.onQuiet();
    };
  }

  get udp(): ProxyUdp {
    return this.#relay.status;
  }

  /** Waits a while until the proxy has answered, for what is sent before that goes nowhere: the first socket alone, where it does not. */
  async bind({ host }: Address): Promise<DatagramSocket> {
    this.#mustBePossible();
    const socket = new RelayedSocket(host.includes(':'), this.#relay, () => this.#closed(socket));
    this.#sockets.add(socket);
    if (this.#sockets.size === 1) {
      this.#isPatient = true;
      this.#relay.begin();
    }
    if (this.udp.state === 'asking' && this.#isPatient) await this.#settled();
    try {
      this.#mustBePossible();
    } catch (error) {
      socket.close();
      throw error;
    }
    return socket;
  }

  #mustBePossible(): void {
    if (this.udp.state === 'off') throw new SwarmlineError('LISTEN_FAILED', this.udp.reason);
  }

  #settled(): Promise<void> {
    return new Promise(resolve => {
      const cancel = this.#deps.clock.after(PATIENCE_MS, () => {
        this.#isPatient = false;
        resolve();
      });
      this.#whenSettled.push(() => {
        cancel();
        resolve();
      });
    });
  }

  #closed(socket: RelayedSocket): void {
    if (this.#sockets.delete(socket) && this.#sockets.size === 0) this.#relay.close();
  }
}

class RelayedSocket implements DatagramSocket {
  readonly address: Address;
  readonly isIpv6: boolean;
  /** The relay copies them behind its header. */
  readonly isFreeOnceSent = true;
  onDatagram: DatagramSocket['onDatagram'] = () => {};
  onQuiet = () => {};
  readonly #relay: SocksRelay;
  readonly #closed: () => void;
  #isClosed = false;

  constructor(isIpv6: boolean, relay: SocksRelay, closed: () => void) {
    this.isIpv6 = isIpv6;
    this.address = { host: isIpv6 ? '::' : '0.0.0.0', port: 0 };
    this.#relay = relay;
    this.#closed = closed;
  }

  send(bytes: Uint8Array, host: string, port: number, onFault?: (fault: SwarmlineError) => void): void {
    if (!this.#isClosed) this.#relay.send(bytes, host, port, onFault);
  }

  keepAlive(isNeeded: boolean): void {
    if (!this.#isClosed) this.#relay.keepAlive(isNeeded);
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.onDatagram = () => {};
    this.onQuiet = () => {};
    this.#closed();
  }
}

/** What is to be said of UDP behind a proxy by HTTP. */
export function httpProxy(proxy: ProxyOptions): HostProxy {
  return { url: proxyUrl(proxy), udp: { state: 'off', reason: NO_UDP_BY_HTTP }, onUdp: () => {} };
}

const NO_UDP_BY_HTTP = 'A proxy by HTTP carries no UDP: the DHT, uTP and trackers by UDP are off.';
const PATIENCE_MS = 10_000;

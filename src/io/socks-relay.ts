// UDP through a SOCKS 5 proxy (RFC 1928, "UDP ASSOCIATE"): a connection to it, and as long as that stands a relay that takes
// our datagrams and hands over others'. When the connection ends so does the relay, and another is asked for, later each time.
// Without a relay nothing is sent: there is no other way in here. Only what the relay itself sends is heard.

import type { Socket } from 'node:net';
import { type Address, formatAddress } from '../core/bytes/compact-address.ts';
import { SwarmlineError } from '../core/errors.ts';
import { Socks5Handshake } from '../core/proxy/handshake.ts';
import type { SocksAddress } from '../core/proxy/socks-address.ts';
import { MAX_RELAY_HEADER, readRelayed, writeRelayed } from '../core/proxy/socks-datagram.ts';
import type { Clock } from '../host/clock.ts';
import type { DatagramNetwork, DatagramSocket } from '../host/datagram.ts';
import type { NameResolver } from '../host/names.ts';
import type { ProxyUdp } from '../host/proxy.ts';
import { causeOf } from './http-fault.ts';
import { plainIp } from './names.ts';
import { greetProxyBySocket } from './proxy.ts';
import type { ProxyOptions } from './proxy-url.ts';

export interface SocksRelayOptions {
  readonly proxy: ProxyOptions;
  /** From the end of a relay to the question for the next; doubled each time up to `lastRetryMs`. @default 1000 */
  readonly firstRetryMs?: number;
  /** Who has had a relay for so long begins with `firstRetryMs` again. @default 60,000 */
  readonly lastRetryMs?: number;
}

export interface SocksRelayDeps {
  readonly clock: Clock;
  /** This machine's own: they lead to the relay. */
  readonly datagrams: DatagramNetwork;
  /** Asked where the proxy names its relay instead of giving an address; of nobody else. */
  readonly names: NameResolver;
}

/** A relay that stands. */
interface Standing {
  readonly socket: DatagramSocket;
  readonly relay: Address;
  readonly since: number;
}

export class SocksRelay {
  /** The bytes are lent for the call. */
  onDatagram: (bytes: Uint8Array, host: string, port: number) => void = () => {};
  onQuiet: () => void = () => {};
  onStatus: (status: ProxyUdp) => void = () => {};
  readonly #options: Required<SocksRelayOptions>;
  readonly #deps: SocksRelayDeps;
  readonly #room = new Uint8Array(MAX_KEPT);
  #status: ProxyUdp = { state: 'asking' };
  #control: Socket | undefined;
  #standing: Standing | undefined;
  #giveUp = () => {};
  #cancelRetry = () => {};
  #tries = 0;
  #isNeeded = false;
  #isClosed = false;

  constructor(options: SocksRelayOptions, deps: SocksRelayDeps) {
    this.#options = { firstRetryMs: 1000, lastRetryMs: 60_000, ...options };
    this.#deps = deps;
  }

  get status(): ProxyUdp {
    return this.#status;
  }

  /** Asks for a relay. */
  begin(): void {
    this.#isClosed = false;
    const { proxy } = this.#options;
    // RFC 1928, section 4: where our datagrams will come from is not known here, for there may be a router between.
    const handshake = new Socks5Handshake({ host: '0.0.0.0', port: 0 }, proxy.login, 'relay');
    this.#giveUp = greetProxyBySocket(proxy, handshake, (error, control) => {
      if (control === undefined) {
        this.#failed(sentenceOf(error), handshake.isUnable);
        return;
      }
      this.#control = control;
      control
        .setKeepAlive(true, KEEP_ALIVE_MS)
        .unref()
        .on('error', () => {})
        .on('close', () => this.#ended(control, 'The proxy has ended its relay of UDP.'))
        .resume();
      void this.#open(control, handshake.bound!);
    });
  }

  /** `onFault` hears where there is no relay, or no way to it. */
  send(bytes: Uint8Array, host: string, port: number, onFault?: (fault: SwarmlineError) => void): void {
    if (this.#standing === undefined) {
      onFault?.(new SwarmlineError('SEND_FAILED', 'The proxy relays no UDP at the moment.', { where: host }));
      return;
    }
    const { socket, relay } = this.#standing;
    const needed = bytes.length + MAX_RELAY_HEADER;
    const isKept = socket.isFreeOnceSent === true && needed <= MAX_KEPT;
    const room = isKept ? this.#room : new Uint8Array(needed);
    let length: number;
    try {
      length = writeRelayed(room, { host, port }, bytes);
    } catch (error) {
      if (!(error instanceof SwarmlineError)) throw error;
      onFault?.(error);
      return;
    }
    socket.send(room.subarray(0, length), relay.host, relay.port, onFault);
  }

  keepAlive(isNeeded: boolean): void {
    this.#isNeeded = isNeeded;
    this.#standing?.socket.keepAlive(isNeeded);
  }

  close(): void {
    this.#isClosed = true;
    this.#cancelRetry();
    this.#giveUp();
    this.#leave();
    if (this.#status.state === 'on') this.#status = { state: 'asking' };
  }

  async #open(control: Socket, bound: SocksAddress): Promise<void> {
    try {
      const relay = await this.#relayAddress(control, bound);
      const socket = await this.#deps.datagrams.bind({ host: localHost(control, relay), port: 0 });
      if (this.#control !== control) {
        socket.close();
        return;
      }
      this.#stands({ socket, relay, since: this.#deps.clock.now() });
    } catch (error) {
      if (!(error instanceof SwarmlineError)) throw error;
      this.#ended(control, error.message);
    }
  }

  #stands(standing: Standing): void {
    const { socket, relay } = standing;
    this.#standing = standing;
    if (this.#isNeeded) socket.keepAlive(true);
    socket.onQuiet = () => this.onQuiet();
    socket.onDatagram = (bytes, host, port) => {
      // Anybody can send here; what is heard is what the proxy says.
      if (host !== relay.host || port !== relay.port) return;
      const from = readRelayed(bytes);
      if (from !== undefined && from.port !== 0)
        this.onDatagram(bytes.subarray(from.at), from.host, from.port);
    };
    this.#say({ state: 'on', relay: formatAddress(relay) });
  }

  /** RFC 1928, section 6: BND.ADDR and BND.PORT. Who listens at every address of its own says none: then it is the proxy's. */
  async #relayAddress(control: Socket, { host, port, isName }: SocksAddress): Promise<Address> {
    const own = plainIp(control.remoteAddress ?? '') ?? '';
    const all = isName ? await this.#deps.names.resolve(host) : [host];
    const isOwnFamily = (one: string) => one.includes(':') === own.includes(':');
    const named = all.find(isOwnFamily) ?? all[0];
    const relay = named === undefined || ANYWHERE.has(named) ? own : named;
    if (relay === '' || port === 0)
      throw new SwarmlineError('PROXY_REFUSED', 'The proxy does not say where it relays UDP.');
    return { host: relay, port };
  }

  /** The connection to the proxy is gone, or of no use: what is to come belongs to the next. */
  #ended(control: Socket, reason: string): void {
    if (this.#control !== control) return;
    if (
      this.#standing !== undefined &&
      this.#deps.clock.now() - this.#standing.since > this.#options.lastRetryMs
    )
      this.#tries = 0;
    this.#leave();
    this.#failed(reason, false);
  }

  #failed(reason: string, isForGood: boolean): void {
    if (this.#isClosed) return;
    this.#say({ state: isForGood ? 'off' : 'failed', reason });
    if (isForGood) return;
    const { firstRetryMs, lastRetryMs } = this.#options;
    const delayMs = Math.min(lastRetryMs, firstRetryMs * 2 ** this.#tries++);
    this.#cancelRetry = this.#deps.clock.after(delayMs, () => this.begin());
  }

  #leave(): void {
    const control = this.#control;
    this.#control = undefined;
    control?.destroy();
    this.#standing?.socket.close();
    this.#standing = undefined;
  }

  #say(status: ProxyUdp): void {
    if (JSON.stringify(status) === JSON.stringify(this.#status)) return;
    this.#status = status;
    this.onStatus(status);
  }
}

/** From where the proxy knows us, where the relay can be reached from there. */
function localHost(control: Socket, relay: Address): string {
  const local = plainIp(control.localAddress ?? '');
  const isIpv6 = relay.host.includes(':');
  if (local !== undefined && local.includes(':') === isIpv6) return local;
  return isIpv6 ? '::' : '0.0.0.0';
}

function sentenceOf(error: Error | null): string {
  return error instanceof SwarmlineError ? error.message : `The proxy cannot be reached: ${causeOf(error)}.`;
}

const ANYWHERE: ReadonlySet<string> = new Set(['0.0.0.0', '::']);
/** A router between forgets a connection in silence; RFC 5382, REQ-5: not within two hours and four minutes, many do sooner. */
const KEEP_ALIVE_MS = 60_000;
/** What an Ethernet carries; what is longer has room of its own. */
const MAX_KEPT = 2048;

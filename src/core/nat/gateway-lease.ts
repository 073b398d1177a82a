// Has a gateway open a port by PCP, or by NAT-PMP where it speaks only that, and keeps it open: a value, without socket
// or clock. Only what comes from the gateway's own port is looked at.
//
//   pcp: tcp, udp ──both answered──> mapped ──half of the lifetime later──> once more
//     │ another version, or silence
//   nat-pmp: address, tcp, udp ──> likewise;  silence, or a refusal: failed
//
// One request is under way at a time (RFC 6886, section 3.1: gateways have little room), but for the goodbye.

import { equalBytes } from '../bytes/bytes.ts';
import type { Random } from '../bytes/prng.ts';
import { ProtocolError } from '../errors.ts';
import {
  LIFETIME_SECONDS,
  type Mapped,
  type MappingAttempt,
  type MappingOutput,
  type MappingWay,
  type MappingWish,
  type Transport,
} from './mapping.ts';
import {
  encodeAddressRequest,
  encodeNatPmpMapping,
  GATEWAY_PORT,
  natPmpReason,
  parseNatPmpAnswer,
} from './nat-pmp.ts';
import { encodePcpMap, isOtherVersion, parsePcpAnswer, pcpReason } from './pcp.ts';

type Step = 'address' | Transport;

/** What was given for one transport. */
interface Given {
  readonly port: number;
  readonly lifetimeSeconds: number;
}

export class GatewayLease implements MappingAttempt {
  readonly #wish: MappingWish;
  readonly #nonces: Readonly<Record<Transport, Uint8Array>>;
  readonly #given = new Map<Transport, Given>();
  #way: Extract<MappingWay, 'pcp' | 'nat-pmp'> = 'pcp';
  #phase: 'asking' | 'open' | 'closing' | 'over' = 'asking';
  /** What is still to be asked; the first is under way. */
  #steps: Step[] = [...STEPS.pcp];
  #tries = 0;
  #dueAt: number | undefined;
  #externalHost: string | undefined;
  #leaseEndsAt: number | undefined;
  readonly #outputs: MappingOutput[] = [];

  constructor(wish: MappingWish, deps: { readonly random: Random }, now: number) {
    this.#wish = wish;
    const nonce = () => deps.random.fill(new Uint8Array(12));
    this.#nonces = { tcp: nonce(), udp: nonce() };
    this.#send(now);
  }

  received(bytes: Uint8Array, host: string, port: number, now: number): void {
    if (host !== this.#wish.gateway || port !== GATEWAY_PORT || this.#phase === 'open') return;
    if (this.#steps.length === 0) return;
    try {
      if (this.#way === 'pcp') this.#receivedPcp(bytes, now);
      else this.#receivedNatPmp(bytes, now);
    } catch (error) {
      // As if it had not come: the next try may be understood.
      if (!(error instanceof ProtocolError)) throw error;
    }
  }

  answered(): void {}

  timePassed(now: number): void {
    if (this.#dueAt === undefined || now < this.#dueAt) return;
    if (this.#phase === 'open') {
      this.#phase = 'asking';
      this.#steps = [...STEPS[this.#way]];
      this.#tries = 0;
      this.#send(now);
    } else if (this.#tries < this.#maxTries) this.#send(now);
    else this.#unanswered(now);
  }

  nextTimeout(): number | undefined {
    return this.#dueAt;
  }

  leaseEndsAt(): number | undefined {
    return this.#leaseEndsAt;
  }

  poll(): MappingOutput | undefined {
    return this.#outputs.shift();
  }

  close(now: number): void {
    if (this.#phase === 'closing') return;
    const [asked] = this.#steps;
    const open = new Set(this.#given.keys());
    // It may have been given, and the answer be on its way.
    if (asked === 'tcp' || asked === 'udp') open.add(asked);
    this.#steps = [...open];
    if (this.#phase === 'over' || this.#steps.length === 0) {
      this.#over({ type: 'closed' });
      return;
    }
    this.#phase = 'closing';
    this.#tries = 0;
    this.#send(now);
  }

  /** So many for a request: a gateway that was there once is given more time than one of which nothing is known. */
  get #maxTries(): number {
    if (this.#phase === 'closing') return 2;
    if (this.#given.size > 0) return 6;
    return this.#way === 'pcp' ? 2 : 3;
  }

  #receivedPcp(bytes: Uint8Array, now: number): void {
    const step = this.#steps[0]!;
    if (step === 'address') return;
    if (isOtherVersion(bytes)) {
      if (this.#phase === 'asking') this.#speakNatPmp(now);
      return;
    }
    const answer = parsePcpAnswer(bytes);
    const { transport } = answer;
    if (answer.internalPort !== this.#wish.port || !equalBytes(answer.nonce, this.#nonces[transport])) return;
    if (this.#phase === 'closing') {
      this.#ended(transport);
      return;
    }
    if (transport !== step) return;
    if (answer.result !== 0) this.#refused(pcpReason(answer.result), now);
    else {
      this.#externalHost = known(answer.externalHost);
      this.#gave(step, answer.externalPort, answer.lifetimeSeconds, now);
    }
  }

  #receivedNatPmp(bytes: Uint8Array, now: number): void {
    const step = this.#steps[0]!;
    const answer = parseNatPmpAnswer(bytes);
    if (answer.type === 'address') {
      if (step !== 'address') return;
      if (answer.result !== 0) this.#refused(natPmpReason(answer.result), now);
      else {
        this.#externalHost = known(answer.host);
        this.#stepDone(now);
      }
      return;
    }
    if (answer.internalPort !== this.#wish.port) return;
    if (this.#phase === 'closing') {
      this.#ended(answer.transport);
      return;
    }
    if (answer.transport !== step) return;
    if (answer.result !== 0) this.#refused(natPmpReason(answer.result), now);
    else this.#gave(step, answer.externalPort, answer.lifetimeSeconds, now);
  }

  #gave(transport: Transport, port: number, lifetimeSeconds: number, now: number): void {
    if (port === 0 || lifetimeSeconds === 0) {
      this.#refused('it gave no port', now);
      return;
    }
    this.#given.set(transport, { port, lifetimeSeconds });
    this.#stepDone(now);
  }

  /** Without UDP peers can still come by TCP. */
  #refused(reason: string, now: number): void {
    if (this.#steps[0] !== 'udp') {
      this.#over({ type: 'failed', reason });
      return;
    }
    this.#given.delete('udp');
    this.#stepDone(now);
  }

  #stepDone(now: number): void {
    this.#steps.shift();
    this.#tries = 0;
    if (this.#steps.length > 0) this.#send(now);
    else {
      this.#phase = 'open';
      this.#dueAt = now + this.#renewAfterMs();
      this.#leaseEndsAt = now + this.#lifetimeSeconds * 1000;
      this.#outputs.push({ type: 'mapped', mapped: this.#mapped() });
    }
  }

  /** At half of what was given (RFC 6886, section 3.3), and soon enough to see that the gateway has started anew. */
  #renewAfterMs(): number {
    return Math.max(30, Math.min(this.#lifetimeSeconds, LIFETIME_SECONDS) / 2) * 1000;
  }

  /** The shorter of both. */
  get #lifetimeSeconds(): number {
    return Math.min(...[...this.#given.values()].map(({ lifetimeSeconds }) => lifetimeSeconds));
  }

  #mapped(): Mapped {
    return {
      way: this.#way,
      externalHost: this.#externalHost,
      tcpPort: this.#given.get('tcp')?.port,
      udpPort: this.#given.get('udp')?.port,
    };
  }

  #ended(transport: Transport): void {
    this.#steps = this.#steps.filter(step => step !== transport);
    if (this.#steps.length === 0) this.#over({ type: 'closed' });
  }

  #unanswered(now: number): void {
    if (this.#phase === 'closing') this.#over({ type: 'closed' });
    else if (this.#way === 'pcp' && this.#given.size === 0) this.#speakNatPmp(now);
    else this.#over({ type: 'failed', reason: 'it answers neither PCP nor NAT-PMP' });
  }

  #speakNatPmp(now: number): void {
    this.#way = 'nat-pmp';
    this.#given.clear();
    this.#steps = [...STEPS['nat-pmp']];
    this.#tries = 0;
    this.#send(now);
  }

  #over(output: MappingOutput): void {
    this.#phase = 'over';
    this.#dueAt = undefined;
    this.#steps = [];
    this.#outputs.push(output);
  }

  #send(now: number): void {
    // 250 ms, then twice as long each time. RFC 6886, section 3.1
    this.#dueAt = now + 250 * 2 ** this.#tries++;
    // At the end there is no time for one after another.
    for (const step of this.#phase === 'closing' ? this.#steps : this.#steps.slice(0, 1))
      this.#outputs.push({
        type: 'send',
        bytes: this.#request(step),
        host: this.#wish.gateway,
        port: GATEWAY_PORT,
      });
  }

  #request(step: Step): Uint8Array {
    if (step === 'address') return encodeAddressRequest();
    const isClosing = this.#phase === 'closing';
    const externalPort = isClosing ? 0 : (this.#given.get(step)?.port ?? this.#wish.port);
    const lifetimeSeconds = isClosing ? 0 : LIFETIME_SECONDS;
    const internalPort = this.#wish.port;
    if (this.#way === 'nat-pmp')
      return encodeNatPmpMapping(step, internalPort, externalPort, lifetimeSeconds);
    return encodePcpMap({
      clientHost: this.#wish.localHost,
      nonce: this.#nonces[step],
      transport: step,
      internalPort,
      externalPort,
      externalHost: isClosing ? undefined : this.#externalHost,
      lifetimeSeconds,
    });
  }
}

function known(host: string): string | undefined {
  return host === '0.0.0.0' || host === '::' ? undefined : host;
}

const STEPS: Readonly<Record<'pcp' | 'nat-pmp', readonly Step[]>> = {
  pcp: ['tcp', 'udp'],
  'nat-pmp': ['address', 'tcp', 'udp'],
};

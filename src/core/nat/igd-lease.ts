// Has a router open a port by UPnP, and keeps it open: a value, without socket or clock.
//
//   search ──answer of the gateway──> description ──> address, then for TCP and UDP: add ──> mapped ──> once more …
//     │ silence: asked again once; then failed             │ the connection does not work: the router's next one
//
// One request is under way at a time. Only the gateway is spoken to: gateway-path keeps that.

import type { Random } from '../bytes/prng.ts';
import { ProtocolError } from '../errors.ts';
import type { GatewayPath } from './gateway-path.ts';
import {
  encodeAddAnyMapping,
  encodeAddMapping,
  encodeDeleteMapping,
  encodeDescriptionRequest,
  encodeExternalAddress,
  externalAddress,
  igdReason,
  type PortMapping,
  parseDescription,
  parseSoapAnswer,
  reservedPort,
  type SoapAnswer,
  type WanService,
} from './igd.ts';
import {
  type GatewayAnswer,
  type GatewayQuestion,
  LIFETIME_SECONDS,
  type MappingAttempt,
  type MappingOutput,
  type MappingWish,
  type Transport,
} from './mapping.ts';
import { encodeSearch, parseSearchAnswer, SSDP_GROUP, SSDP_PORT, SSDP_TARGETS } from './ssdp.ts';

type Step = 'address' | Transport;

export class IgdLease implements MappingAttempt {
  readonly #wish: MappingWish;
  readonly #random: Random;
  readonly #ports = new Map<Transport, number>();
  #phase: 'searching' | 'describing' | 'asking' | 'open' | 'closing' | 'over' = 'searching';
  #searches = 0;
  #description: GatewayPath | undefined;
  #services: WanService[] = [];
  #steps: Step[] = [];
  /** Of the step that is under way. */
  #wanted = { port: 0, tries: 0 };
  #leaseSeconds = LIFETIME_SECONDS;
  /** Version 2's action did not work with this service. */
  #mayAddAny = true;
  #externalHost: string | undefined;
  #leaseEndsAt: number | undefined;
  #askId = 0;
  #goodbyes = 0;
  #dueAt: number | undefined;
  readonly #outputs: MappingOutput[] = [];

  constructor(wish: MappingWish, deps: { readonly random: Random }, now: number) {
    this.#wish = wish;
    this.#random = deps.random;
    this.#search(now);
  }

  received(bytes: Uint8Array, host: string, _port: number, _now: number): void {
    if (this.#phase !== 'searching' || host !== this.#wish.gateway) return;
    const found = parseSearchAnswer(bytes, host);
    if (found === undefined) return;
    this.#phase = 'describing';
    this.#description = found;
    this.#ask(encodeDescriptionRequest(host, found));
  }

  answered(id: number, answer: GatewayAnswer | undefined, now: number): void {
    if (this.#phase === 'closing') {
      if (id > this.#askId - this.#ports.size && --this.#goodbyes === 0) this.#over({ type: 'closed' });
      return;
    }
    if (id !== this.#askId) return;
    try {
      if (this.#phase === 'describing') this.#described(answer, now);
      else if (this.#phase === 'asking') this.#stepAnswered(answer && parseSoapAnswer(answer), now);
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      this.#stepFailed('its answer cannot be read', now);
    }
  }

  timePassed(now: number): void {
    if (this.#dueAt === undefined || now < this.#dueAt) return;
    if (this.#phase === 'open') this.#begin(now);
    else if (this.#phase !== 'searching') this.#dueAt = undefined;
    else if (this.#searches < SEARCHES) this.#search(now);
    else this.#over({ type: 'failed', reason: 'it does not answer by UPnP' });
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

  close(_now: number): void {
    if (this.#phase === 'closing') return;
    if (this.#phase === 'over' || this.#ports.size === 0) this.#over({ type: 'closed' });
    else {
      this.#phase = 'closing';
      this.#dueAt = undefined;
      this.#goodbyes = this.#ports.size;
      // At the end there is no time for one after another.
      for (const [transport, port] of this.#ports)
        this.#ask(encodeDeleteMapping(this.#wish.gateway, this.#services[0]!, transport, port));
    }
  }

  #search(now: number): void {
    this.#searches++;
    for (const target of SSDP_TARGETS) {
      const bytes = encodeSearch(target);
      this.#outputs.push({ type: 'send', bytes, host: SSDP_GROUP, port: SSDP_PORT });
    }
    // To the router alone as well: not every network carries multicast. UDA 1.1, section 1.3.2
    const bytes = encodeSearch(SSDP_TARGETS[0]);
    this.#outputs.push({ type: 'send', bytes, host: this.#wish.gateway, port: SSDP_PORT });
    this.#dueAt = now + SEARCH_MS;
  }

  #described(answer: GatewayAnswer | undefined, now: number): void {
    if (answer === undefined || answer.status !== 200) {
      this.#over({ type: 'failed', reason: 'it does not show its description' });
      return;
    }
    this.#services = parseDescription(answer.body, this.#wish.gateway, this.#description!);
    this.#begin(now);
  }

  #begin(now: number): void {
    this.#phase = 'asking';
    this.#dueAt = undefined;
    this.#steps = ['address', 'tcp', 'udp'];
    this.#beginStep(now);
  }

  #beginStep(now: number): void {
    const step = this.#steps[0];
    if (step === undefined) {
      this.#opened(now);
      return;
    }
    if (step !== 'address') this.#wanted = { port: this.#ports.get(step) ?? this.#wish.port, tries: 0 };
    this.#askStep(step);
  }

  #askStep(step: Step): void {
    const { gateway } = this.#wish;
    const service = this.#services[0]!;
    if (step === 'address') this.#ask(encodeExternalAddress(gateway, service));
    else if (this.#isAnyAsked) this.#ask(encodeAddAnyMapping(gateway, service, this.#mapping(step)));
    else this.#ask(encodeAddMapping(gateway, service, this.#mapping(step)));
  }

  get #isAnyAsked(): boolean {
    return this.#mayAddAny && this.#services[0]!.type.endsWith(':2');
  }

  #mapping(transport: Transport): PortMapping {
    return {
      transport,
      externalPort: this.#wanted.port,
      internalPort: this.#wish.port,
      internalHost: this.#wish.localHost,
      leaseSeconds: this.#leaseSeconds,
    };
  }

  #stepAnswered(answer: SoapAnswer | undefined, now: number): void {
    const step = this.#steps[0]!;
    if (answer === undefined) {
      this.#stepFailed('it does not answer any more', now);
    } else if (answer.type === 'refused') {
      if (step === 'address') this.#stepDone(now);
      else this.#refused(step, answer.error, now);
    } else {
      if (step === 'address') this.#externalHost = externalAddress(answer.values);
      else {
        const port = this.#isAnyAsked ? reservedPort(answer.values) : this.#wanted.port;
        this.#ports.set(step, port ?? this.#wanted.port);
      }
      this.#stepDone(now);
    }
  }

  #stepDone(now: number): void {
    this.#steps.shift();
    this.#beginStep(now);
  }

  #refused(step: Transport, error: number, now: number): void {
    this.#wanted.tries++;
    if (this.#wanted.tries > MAX_TRIES) this.#stepFailed(igdReason(error), now);
    else if (error === ONLY_PERMANENT && this.#leaseSeconds > 0) {
      this.#leaseSeconds = 0;
      this.#askStep(step);
    } else if (this.#isAnyAsked) {
      this.#mayAddAny = false;
      this.#askStep(step);
    } else if (error === CONFLICT || error === CONFLICT_WITH_OTHER) {
      // RFC 6335, section 6: from here on ports are nobody's.
      this.#wanted.port = 49_152 + this.#random.below(16_384);
      this.#askStep(step);
    } else this.#stepFailed(igdReason(error), now);
  }

  /** Without UDP peers can still come by TCP; else the router may have another connection, that works. */
  #stepFailed(reason: string, now: number): void {
    if (this.#steps[0] === 'udp' && this.#ports.has('tcp')) {
      this.#ports.delete('udp');
      this.#stepDone(now);
      return;
    }
    this.#services.shift();
    this.#ports.clear();
    this.#mayAddAny = true;
    if (this.#services.length === 0 || this.#phase === 'describing') this.#over({ type: 'failed', reason });
    else this.#begin(now);
  }

  #opened(now: number): void {
    this.#phase = 'open';
    // What is open for good is looked after as well: the router may start anew.
    this.#dueAt = now + (LIFETIME_SECONDS / 2) * 1000;
    this.#leaseEndsAt = this.#leaseSeconds === 0 ? undefined : now + this.#leaseSeconds * 1000;
    this.#outputs.push({
      type: 'mapped',
      mapped: {
        way: 'upnp',
        externalHost: this.#externalHost,
        tcpPort: this.#ports.get('tcp'),
        udpPort: this.#ports.get('udp'),
      },
    });
  }

  #over(output: MappingOutput): void {
    this.#phase = 'over';
    this.#dueAt = undefined;
    this.#outputs.push(output);
  }

  #ask(question: GatewayQuestion): void {
    this.#dueAt = undefined;
    this.#outputs.push({ type: 'ask', id: ++this.#askId, question });
  }
}

// MX is 1 (ssdp.ts): whoever answers has done so by then.
const SEARCH_MS = 1500;
const SEARCHES = 2;
const MAX_TRIES = 5;
// WANIPConnection:1, section 2.4.16; WANIPConnection:2, section 2.5.16.
const CONFLICT = 718;
const CONFLICT_WITH_OTHER = 729;
const ONLY_PERMANENT = 725;

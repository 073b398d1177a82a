// Conversations with routers, by a router that is a function.

import { describe, expect, it } from 'vitest';
import { equalBytes } from '../bytes/bytes.ts';
import { seededRandom } from '../bytes/prng.ts';
import { encodeUtf8, toBinaryString } from '../bytes/utf8.ts';
import type { GatewayAnswer, GatewayQuestion, MappingOutput } from './mapping.ts';
import { PortMapper } from './port-mapper.ts';

const WISH = { gateway: '192.168.1.1', localHost: '192.168.1.7', port: 51413 };

/** What comes back by UDP, and by HTTP; what neither answers is silence. */
interface Router {
  readonly udp?: (bytes: Uint8Array, port: number) => Uint8Array | undefined;
  readonly http?: (question: GatewayQuestion) => GatewayAnswer | undefined;
  /** Where datagrams come from. @default the gateway */
  readonly host?: string;
}

class Talk {
  readonly router: Router;
  readonly said: MappingOutput[] = [];
  readonly asked: GatewayQuestion[] = [];
  now = 0;
  readonly mapper: PortMapper;

  constructor(router: Router) {
    this.router = router;
    this.mapper = new PortMapper(WISH, { random: seededRandom(1) }, 0);
    this.drain();
  }

  /** Until something has been said for the nth time, or a day is over. */
  until(type: MappingOutput['type'], count = 1): MappingOutput | undefined {
    const found = () => this.said.filter(output => output.type === type)[count - 1];
    const end = this.now + 86_400_000;
    while (found() === undefined) {
      const at = this.mapper.nextTimeout();
      if (at === undefined || at > end) return undefined;
      this.now = Math.max(at, this.now);
      this.mapper.timePassed(this.now);
      this.drain();
    }
    return found();
  }

  drain(): void {
    const { udp, http, host = WISH.gateway } = this.router;
    for (let output = this.mapper.poll(); output !== undefined; output = this.mapper.poll()) {
      if (output.type === 'send') {
        expect([WISH.gateway, '239.255.255.250']).toContain(output.host);
        const answer = udp?.(output.bytes, output.port);
        if (answer !== undefined) this.mapper.received(answer, host, output.port, this.now);
      } else if (output.type === 'ask') {
        this.asked.push(output.question);
        this.mapper.answered(output.id, http?.(output.question), this.now);
      } else this.said.push(output);
    }
  }
}

/** RFC 6887, section 11: gives what is asked for, or the port that `choose` says. */
function pcp(result = 0, choose = (port: number) => port) {
  const open = new Map<number, Uint8Array>();
  const answer = (bytes: Uint8Array, port: number) => {
    if (port !== 5351 || bytes[0] !== 2) return undefined;
    const reply = bytes.slice();
    const view = new DataView(reply.buffer);
    reply[1] = 0x81;
    reply[3] = result;
    view.setUint16(42, choose(view.getUint16(40)));
    reply.set([...Array(10).fill(0), 255, 255, 20, 0, 0, 1], 44);
    const nonce = bytes.slice(24, 36);
    if (result === 0 && view.getUint32(4) > 0) open.set(bytes[36]!, nonce);
    else if (equalBytes(open.get(bytes[36]!) ?? nonce, nonce)) open.delete(bytes[36]!);
    return reply;
  };
  return { answer, open };
}

describe('by PCP', () => {
  it('opens the port for TCP and UDP, renews it at half of its life, and takes it back', () => {
    const { answer, open } = pcp();
    const talk = new Talk({ udp: answer });
    expect(talk.until('mapped')).toEqual({
      type: 'mapped',
      mapped: { way: 'pcp', externalHost: '20.0.0.1', tcpPort: 51413, udpPort: 51413 },
    });
    expect(talk.now).toBe(0);
    expect(talk.mapper.leaseEndsAt()).toBe(3_600_000);
    talk.until('mapped', 2);
    expect(talk.now).toBe(1_800_000);
    expect(talk.mapper.leaseEndsAt()).toBe(5_400_000);
    expect([...open.keys()]).toEqual([6, 17]);
    talk.mapper.close(talk.now);
    talk.drain();
    expect(talk.said.at(-1)).toEqual({ type: 'closed' });
    expect(open.size).toBe(0);
  });

  it('takes the port that the router gives instead', () => {
    const talk = new Talk({ udp: pcp(0, () => 40_000).answer });
    expect(talk.until('mapped')).toMatchObject({ mapped: { tcpPort: 40_000, udpPort: 40_000 } });
  });

  it('believes nobody but the gateway, and nothing with another nonce', () => {
    const { answer } = pcp();
    const other = new Talk({ udp: answer, host: '192.168.1.66' });
    expect(other.until('mapped')).toBeUndefined();
    const forged = new Talk({ udp: (bytes, port) => answer(bytes, port)?.fill(7, 24, 36) });
    expect(forged.until('mapped')).toBeUndefined();
  });

  it('goes on without an answer to its goodbye', () => {
    const router: { udp: NonNullable<Router['udp']> } = { udp: pcp().answer };
    const talk = new Talk(router);
    talk.until('mapped');
    router.udp = () => undefined;
    talk.mapper.close(talk.now);
    talk.drain();
    expect(talk.until('closed')).toEqual({ type: 'closed' });
    expect(talk.now).toBeLessThanOrEqual(1500);
  });
});

describe('by NAT-PMP', () => {
  const natPmp = (bytes: Uint8Array, port: number) => {
    if (port !== 5351) return undefined;
    // RFC 6886, section 3.5: what is not understood.
    if (bytes[0] !== 0) return new Uint8Array([0, 128 + bytes[1]!, 0, 1, 0, 0, 0, 9]);
    const head = [0, 128 + bytes[1]!, 0, 0, 0, 0, 0, 9];
    if (bytes[1] === 0) return new Uint8Array([...head, 20, 0, 0, 2]);
    return new Uint8Array([...head, ...bytes.subarray(4, 12)]);
  };

  it('opens the port at a router that does not know PCP', () => {
    const talk = new Talk({ udp: natPmp });
    expect(talk.until('mapped')).toEqual({
      type: 'mapped',
      mapped: { way: 'nat-pmp', externalHost: '20.0.0.2', tcpPort: 51413, udpPort: 51413 },
    });
    expect(talk.now).toBe(0);
  });

  it('is tried where PCP meets silence', () => {
    const talk = new Talk({ udp: (bytes, port) => (bytes[0] === 0 ? natPmp(bytes, port) : undefined) });
    expect(talk.until('mapped')).toMatchObject({ mapped: { way: 'nat-pmp' } });
    expect(talk.now).toBe(750);
  });
});

describe('by UPnP', () => {
  const LOCATION = 'http://192.168.1.1:5000/desc.xml';
  const search = (location: string) => (_: Uint8Array, port: number) =>
    port === 1900
      ? encodeUtf8(
          `HTTP/1.1 200 OK\r\nST: urn:schemas-upnp-org:device:InternetGatewayDevice:1\r\nLOCATION: ${location}\r\n\r\n`,
        )
      : undefined;
  const service = (type: string, control: string) =>
    `<service><serviceType>urn:schemas-upnp-org:service:${type}</serviceType><controlURL>${control}</controlURL></service>`;
  const description = (...services: string[]) =>
    `<?xml version="1.0"?><root xmlns="urn:schemas-upnp-org:device-1-0"><device><deviceList><device><serviceList>${services.join('')}</serviceList></device></deviceList></device></root>`;
  const answered = (body: string, status = 200): GatewayAnswer => ({ status, body: encodeUtf8(body) });
  const done = (inner = '') =>
    answered(`<s:Envelope xmlns:s="x"><s:Body><u:R xmlns:u="y">${inner}</u:R></s:Body></s:Envelope>`);
  const fault = (code: number) =>
    answered(
      `<s:Envelope xmlns:s="x"><s:Body><s:Fault><faultcode>s:Client</faultcode><detail><UPnPError><errorCode>${code}</errorCode></UPnPError></detail></s:Fault></s:Body></s:Envelope>`,
      500,
    );
  const router = (xml: string, act: (action: string, body: string) => GatewayAnswer | undefined): Router => ({
    udp: search(LOCATION),
    http: ({ method, path, headers, body }) => {
      if (method === 'GET') return path === '/desc.xml' ? answered(xml) : answered('', 404);
      const action = headers['soapaction']!.split('#')[1]!.slice(0, -1);
      if (action === 'GetExternalIPAddress')
        return done('<NewExternalIPAddress>20.0.0.3</NewExternalIPAddress>');
      return act(action, body);
    },
  });
  const port = (body: string) => Number(/<NewExternalPort>(\d+)/.exec(body)![1]);

  it('opens the port by version 1, and deletes it', () => {
    const open = new Set<string>();
    const talk = new Talk(
      router(description(service('WANIPConnection:1', '/ctl')), (action, body) => {
        const key = `${/<NewProtocol>(\w+)/.exec(body)![1]} ${port(body)}`;
        if (action === 'AddPortMapping') open.add(key);
        else open.delete(key);
        return done();
      }),
    );
    expect(talk.until('mapped')).toEqual({
      type: 'mapped',
      mapped: { way: 'upnp', externalHost: '20.0.0.3', tcpPort: 51413, udpPort: 51413 },
    });
    expect([...open]).toEqual(['TCP 51413', 'UDP 51413']);
    expect(talk.mapper.leaseEndsAt()).toBe(talk.now + 3_600_000);
    expect(talk.asked.at(-1)!.body).toContain('<NewInternalClient>192.168.1.7</NewInternalClient>');
    expect(talk.asked.at(-1)!.body).toContain('<NewLeaseDuration>3600</NewLeaseDuration>');
    talk.mapper.close(talk.now);
    talk.drain();
    expect(open.size).toBe(0);
    expect(talk.said.at(-1)).toEqual({ type: 'closed' });
  });

  it('takes the port that version 2 reserves', () => {
    const talk = new Talk(
      router(description(service('WANIPConnection:2', '/ctl')), action =>
        action === 'AddAnyPortMapping' ? done('<NewReservedPort>40001</NewReservedPort>') : fault(401),
      ),
    );
    expect(talk.until('mapped')).toMatchObject({ mapped: { tcpPort: 40_001 } });
  });

  it('asks for another port where its own is another machine’s, and for good where that alone is possible', () => {
    const leases: string[] = [];
    const talk = new Talk(
      router(description(service('WANIPConnection:1', '/ctl')), (_, body) => {
        if (port(body) === 51413) return fault(718);
        leases.push(/<NewLeaseDuration>(\d+)/.exec(body)![1]!);
        return leases.at(-1) === '0' ? done() : fault(725);
      }),
    );
    const mapped = talk.until('mapped') as Extract<MappingOutput, { type: 'mapped' }>;
    expect(mapped.mapped.tcpPort).toBeGreaterThanOrEqual(49_152);
    expect(leases[0]).toBe('3600');
    expect(talk.mapper.leaseEndsAt()).toBeUndefined();
  });

  it('uses the connection that works', () => {
    const both = description(service('WANPPPConnection:1', '/ppp'), service('WANIPConnection:1', '/ip'));
    const talk = new Talk({
      ...router(both, () => done()),
      http: question => (question.path === '/ip' ? fault(501) : router(both, () => done()).http!(question)),
    });
    expect(talk.until('mapped')).toMatchObject({ mapped: { way: 'upnp', tcpPort: 51413 } });
  });

  it('calls nobody but the gateway, whatever the answers name', () => {
    const elsewhere = new Talk({ udp: search('http://169.254.169.254/desc.xml') });
    expect(elsewhere.until('failed')).toBeDefined();
    expect(elsewhere.asked).toEqual([]);
    const controls = new Talk(
      router(description(service('WANIPConnection:1', 'http://127.0.0.1:22/')), () => done()),
    );
    expect(controls.until('failed')).toBeDefined();
    expect(controls.asked.map(({ method }) => method)).toEqual(['GET']);
    const redirect = new Talk({ udp: search(LOCATION), http: () => answered('', 302) });
    expect(redirect.until('failed')).toBeDefined();
    expect(redirect.asked).toHaveLength(1);
  });

  it('ignores answers that it did not ask for', () => {
    const talk = new Talk({});
    talk.mapper.received(encodeUtf8(LOCATION), WISH.gateway, 1900, 0);
    talk.mapper.answered(5, answered('x'), 0);
    expect(talk.until('failed')).toEqual({
      type: 'failed',
      reason: 'it answers neither PCP nor NAT-PMP, and it does not answer by UPnP',
    });
  });
});

it('tries again where no way worked, later each time', () => {
  const talk = new Talk({});
  talk.until('failed');
  expect(talk.now).toBeLessThan(6_000);
  expect(talk.mapper.leaseEndsAt()).toBeUndefined();
  talk.until('failed', 2);
  expect(talk.now).toBeGreaterThan(600_000);
  talk.until('failed', 3);
  expect(talk.now).toBeGreaterThan(1_800_000);
});

it('begins anew where the router has forgotten how it spoke', () => {
  const router: { udp: NonNullable<Router['udp']> } = { udp: pcp().answer };
  const talk = new Talk(router);
  talk.until('mapped');
  router.udp = () => undefined;
  expect(talk.until('failed')).toBeDefined();
  router.udp = pcp().answer;
  expect(talk.until('mapped', 2)).toBeDefined();
});

it('says in its searches what RFCs of HTTP want', () => {
  const sent: Uint8Array[] = [];
  const talk = new Talk({ udp: (bytes, port) => void (port === 1900 && sent.push(bytes)) });
  talk.until('failed');
  expect(toBinaryString(sent[0]!)).toMatch(/^M-SEARCH \* HTTP\/1\.1\r\n(?:[A-Z]+: \S.*\r\n){4}\r\n$/);
});

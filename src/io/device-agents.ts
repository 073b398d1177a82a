// Connections for requests by HTTP and HTTPS that leave by one interface alone, and the look-ups before them.

import { type ClientRequestArgs, Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import { isIP, type LookupFunction, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { type ConnectionOptions, connect as connectTls } from 'node:tls';
import type { NameResolver } from '../host/names.ts';
import type { Device } from './device.ts';
import { connectBy } from './device-connect.ts';
import { firstConnection } from './first-connection.ts';
import type { AgentWish, HttpAgents } from './http-hops.ts';

export function deviceAgents(device: Device, names: NameResolver, options: object): HttpAgents {
  const pair = () => ({ http: new HttpByDevice(device, options), https: new HttpsByDevice(device, options) });
  const unkept = { http: new HttpByDevice(device, {}), https: new HttpsByDevice(device, {}) };
  return { anywhere: pair(), publicOnly: pair(), unkept, lookup: lookupBy(names) };
}

/** As `dns.lookup`, of all addresses. */
function lookupBy(names: NameResolver): LookupFunction {
  return (name, { family }, done) => {
    names.resolve(name).then(
      hosts => {
        const found = hosts
          .map(address => ({ address, family: isIP(address) }))
          .filter(each => (family !== 4 && family !== 6 ? true : each.family === family));
        if (found.length > 0) done(null, found);
        else done(Object.assign(new Error(`ENOTFOUND ${name}`), { code: 'ENOTFOUND' }), []);
      },
      (error: Error) => done(error, []),
    );
  };
}

type Made = (error: Error | null, socket: Duplex) => void;
type Wish = ClientRequestArgs & AgentWish & { readonly lookup?: LookupFunction };

class HttpByDevice extends HttpAgent {
  readonly #device: Device;

  constructor(device: Device, options: object) {
    super(options);
    this.#device = device;
  }

  override createConnection(options: ClientRequestArgs, done?: Made): undefined {
    dial(this.#device, options as Wish, (error, socket) => done?.(error, socket!));
  }
}

class HttpsByDevice extends HttpsAgent {
  readonly #device: Device;

  constructor(device: Device, options: object) {
    super(options);
    this.#device = device;
  }

  override createConnection(options: ClientRequestArgs, done?: Made): undefined {
    dial(this.#device, options as Wish, (error, socket) => {
      if (socket === undefined) done?.(error, socket!);
      else done?.(null, connectTls({ ...(options as ConnectionOptions), socket }));
    });
  }
}

/** To the first of its addresses that takes the connection; not beyond the request: one that is silent would hold the program for minutes. */
function dial(device: Device, options: Wish, done: (error: Error | null, socket?: Socket) => void): void {
  const host = (options.host ?? options.hostname ?? '').replace(/^\[|\]$/g, '');
  const { localAddress, family, lookup, whenGone } = options;
  let giveUp: (why: Error) => void = () => {};
  let isGone = false;
  whenGone?.(() => {
    isGone = true;
    giveUp(givenUp());
  });
  const dialAny = (hosts: readonly string[]) => {
    if (isGone) {
      done(givenUp());
      return;
    }
    const nowhere = Object.assign(new Error(`ENOTFOUND ${host}`), { code: 'ENOTFOUND' });
    const rest = {
      port: Number(options.port),
      noDelay: true,
      ...(localAddress !== undefined && { localAddress }),
    };
    giveUp = firstConnection(
      { hosts, nowhere, dial: each => connectBy(device, { host: each, ...rest }) },
      done,
    );
  };
  if (isIP(host) !== 0) dialAny([host]);
  else
    lookup!(host, { all: true, family }, (error, found) => {
      if (error !== null) done(error);
      else dialAny(Array.isArray(found) ? found.map(({ address }) => address) : [found]);
    });
}

function givenUp(): Error {
  return new Error('The request was given up.');
}

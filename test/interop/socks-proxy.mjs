// A proxy by SOCKS 5 (RFC 1928, RFC 1929) as tests use it: connections, and UDP through a relay. It can be made to do what proxies do
// that are no good. The client waits for each answer, so that messages come whole.

import { createSocket } from 'node:dgram';
import { lookup } from 'node:dns/promises';
import { once } from 'node:events';
import { connect, createServer, isIPv6 } from 'node:net';

export class SocksProxy {
  /** What is answered to the wish for a relay: 0 grants it. RFC 1928, section 6 */
  udpAnswer = 0;
  /** How it says where the relay is: `address`, `anywhere` (0.0.0.0), or a `name`. */
  says = 'address';
  name = 'localhost';
  /** Relays that were asked for. */
  asked = 0;
  /** Those that stand: where they are, and who uses them. */
  relays = new Set();
  #login;
  #host;
  #server;

  constructor(host, login) {
    this.#host = host;
    this.#login = login;
    this.#server = createServer(socket => {
      socket.on('error', () => {});
      this.#serve(socket).catch(() => socket.destroy());
    });
  }

  /** `login`: `{ user, password }`, where it wants one. */
  static async listen(host, port, login) {
    const proxy = new SocksProxy(host, login);
    proxy.#server.listen(port, host);
    await once(proxy.#server, 'listening');
    return proxy;
  }

  get port() {
    return this.#server.address().port;
  }

  /** The connections that relays hang on end. */
  dropRelays() {
    for (const { control } of this.relays) control.destroy();
  }

  async close() {
    this.dropRelays();
    this.#server.close();
    await once(this.#server, 'close');
  }

  async #serve(socket) {
    const methods = await read(socket);
    const wanted = this.#login === undefined ? 0 : 2;
    if (!methods.subarray(2).includes(wanted)) return void socket.end(Buffer.from([5, 255]));
    socket.write(Buffer.from([5, wanted]));
    if (wanted === 2) {
      const { user, password } = this.#login;
      const login = [1, user.length, ...Buffer.from(user), password.length, ...Buffer.from(password)];
      const isRight = (await read(socket)).equals(Buffer.from(login));
      socket.write(Buffer.from([1, isRight ? 0 : 1]));
      if (!isRight) return void socket.end();
    }
    const asked = await read(socket);
    if (asked[1] === 1) join(socket, addressIn(asked, 3));
    else if (asked[1] === 3) await this.#relay(socket);
    else socket.end(answer(7));
  }

  async #relay(control) {
    this.asked++;
    if (this.udpAnswer !== 0) return void control.end(answer(this.udpAnswer));
    const inner = await bound(this.#host, 0);
    const outer = new Map();
    const relay = { control, inner, client: undefined, address: inner.address() };
    this.relays.add(relay);
    const clientHost = control.remoteAddress;
    const outerOf = async family => {
      if (!outer.has(family)) outer.set(family, bound(family === 6 ? '::' : '0.0.0.0', 0));
      const socket = await outer.get(family);
      socket.removeAllListeners('message');
      socket.on('message', (bytes, from) => {
        if (relay.client === undefined) return;
        const datagram = Buffer.concat([Buffer.from([0, 0, 0]), encode(from.address, from.port), bytes]);
        inner.send(datagram, relay.client.port, relay.client.address);
      });
      return socket;
    };
    inner.on('message', async (bytes, from) => {
      if (from.address !== clientHost || bytes[2] !== 0) return;
      relay.client = from;
      const { host, port, end } = addressIn(bytes, 3);
      // A loopback of tests has names of IPv4 and IPv6.
      const address = await lookup(host, { family: isIPv6(host) ? 6 : 4 }).catch(() => undefined);
      if (address === undefined) return;
      const socket = await outerOf(address.family);
      socket.send(bytes.subarray(end), port, address.address, () => {});
    });
    const close = async () => {
      if (!this.relays.delete(relay)) return;
      inner.close();
      for (const socket of outer.values()) (await socket).close();
    };
    control.on('close', close).resume();
    const { address, port } = inner.address();
    const where = {
      address: encode(address, port),
      anywhere: encode('0.0.0.0', port),
      name: named(this.name, port),
    };
    control.write(Buffer.concat([Buffer.from([5, 0, 0]), where[this.says]]));
  }
}

async function read(socket) {
  const [bytes] = await once(socket, 'data');
  return bytes;
}

function join(socket, target) {
  const other = connect(target, () => {
    socket.write(answer(0));
    socket.pipe(other).pipe(socket);
  });
  for (const end of [socket, other])
    end.on('error', () => {
      socket.destroy();
      other.destroy();
    });
}

async function bound(host, port) {
  const socket = createSocket({ type: isIPv6(host) ? 'udp6' : 'udp4', ipv6Only: isIPv6(host) });
  socket.bind(port, host);
  await once(socket, 'listening');
  return socket;
}

function answer(code) {
  return Buffer.from([5, code, 0, 1, 0, 0, 0, 0, 0, 0]);
}

/** Of a type, an address and a port, and where they end. */
function addressIn(bytes, at) {
  const type = bytes[at];
  const [from, width] = type === 1 ? [at + 1, 4] : type === 4 ? [at + 1, 16] : [at + 2, bytes[at + 1]];
  const host = bytes.subarray(from, from + width);
  const text =
    type === 1
      ? host.join('.')
      : type === 4
        ? Array.from({ length: 8 }, (_, i) => host.readUInt16BE(2 * i).toString(16)).join(':')
        : host.toString();
  return { host: text, port: bytes.readUInt16BE(from + width), end: from + width + 2 };
}

export function encode(address, port) {
  const bytes = isIPv6(address) ? ipv6Bytes(address) : address.split('.').map(Number);
  return Buffer.from([bytes.length === 4 ? 1 : 4, ...bytes, port >> 8, port & 0xff]);
}

function named(name, port) {
  return Buffer.from([3, name.length, ...Buffer.from(name), port >> 8, port & 0xff]);
}

function ipv6Bytes(address) {
  const [head, tail = ''] = address.split('::');
  const groups = [head, tail].map(half => half.split(':').filter(Boolean));
  const zeros = Array(8 - groups[0].length - groups[1].length).fill('0');
  return [...groups[0], ...zeros, ...groups[1]].flatMap(group => {
    const value = Number.parseInt(group, 16);
    return [value >> 8, value & 0xff];
  });
}

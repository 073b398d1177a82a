// The tracker of the benchmark: answers each announce with every other peer that has announced, at the address where it was
// started. By port, because a peer may announce from another address than it listens at. One swarm; `clear` begins the next.
import { once } from 'node:events';
import { createServer } from 'node:http';

export class MeetingPlace {
  /** Ports that have announced, in order. */
  seen = new Set();
  #addresses = new Map();
  #server = createServer((request, response) => this.#answer(request, response));

  async listen(address) {
    this.#server.listen(0, address);
    await once(this.#server, 'listening');
    this.url = `http://${address}:${this.#server.address().port}/announce`;
  }

  /** `addresses`: [port, IPv4 address] of each peer that is going to be there. */
  clear(addresses) {
    this.seen.clear();
    this.#addresses = new Map(addresses);
  }

  close() {
    this.#server.close();
    this.#server.closeAllConnections();
  }

  #answer(request, response) {
    // What else is in the query may not be UTF-8.
    const query = request.url.slice(request.url.indexOf('?') + 1);
    const port = Number(/(?:^|&)port=(\d+)/.exec(query)?.[1]);
    if (!this.#addresses.has(port)) {
      response.writeHead(404).end();
      return;
    }
    const others = [...this.seen].filter(other => other !== port);
    if (!/(?:^|&)event=stopped/.test(query)) this.seen.add(port);
    const peers = Buffer.alloc(6 * others.length);
    for (const [i, other] of others.entries()) {
      peers.set(this.#addresses.get(other).split('.').map(Number), 6 * i);
      peers.writeUInt16BE(other, 6 * i + 4);
    }
    const head = `d8:intervali1800e12:min intervali1800e5:peers${peers.length}:`;
    response.setHeader('Content-Type', 'text/plain');
    response.end(Buffer.concat([Buffer.from(head), peers, Buffer.from('e')]));
  }
}

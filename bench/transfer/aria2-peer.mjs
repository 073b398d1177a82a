// aria2 as a peer, told and asked by its JSON-RPC. A seeder trusts the data that is there.
import { readFileSync } from 'node:fs';
import { PeerProcess } from './peer-process.mjs';

export class Aria2Peer extends PeerProcess {
  async start() {
    const { address, port, rpcPort, dir, role, encryption } = this.wish;
    const options = {
      'enable-rpc': true,
      'rpc-listen-port': rpcPort,
      'rpc-listen-all': true,
      'rpc-max-request-size': '64M',
      'no-conf': true,
      quiet: true,
      interface: address,
      'listen-port': port,
      'disable-ipv6': true,
      'enable-dht': false,
      'enable-dht6': false,
      'bt-enable-lpd': false,
      'seed-ratio': '0.0',
      // By default it writes the whole file full of zeros first.
      'file-allocation': 'none',
      dir,
      ...(encryption === 'require'
        ? { 'bt-require-crypto': true, 'bt-min-crypto-level': 'arc4' }
        : { 'bt-require-crypto': false, 'bt-min-crypto-level': 'plain' }),
      ...(role === 'seed' ? { 'bt-seed-unverified': true } : {}),
    };
    const args = Object.entries(options).map(([name, value]) => `--${name}=${value}`);
    this.spawn(['aria2c', ...args], ['ignore', 'log', 'log']);
    await this.until('answering', async () => (await this.call('getVersion')) !== undefined);
    if (role !== 'seed') return;
    await this.go();
    await this.until('seeding', async () => (await this.status()).seeder === 'true');
  }

  async go() {
    this.gid = await this.call('addTorrent', readFileSync(this.wish.torrent).toString('base64'));
  }

  async look() {
    const { completedLength, seeder, status } = await this.status();
    if (status === 'error') throw new Error(`${this.name} failed. ${this.lastWords}`);
    this.have = Number(completedLength);
    if (this.have > 0) this.noteFirst();
    if (seeder === 'true') this.noteDone();
  }

  status() {
    return this.call('tellStatus', this.gid, ['completedLength', 'seeder', 'status']);
  }

  async call(method, ...params) {
    const response = await fetch(`http://${this.wish.address}:${this.wish.rpcPort}/jsonrpc`, {
      method: 'POST',
      body: JSON.stringify({ jsonrpc: '2.0', id: '1', method: `aria2.${method}`, params }),
      signal: AbortSignal.timeout(20_000),
    });
    const { result, error } = await response.json();
    if (error !== undefined) throw new Error(`${this.name}: ${method}: ${error.message}`);
    return result;
  }
}

// Transmission as a peer, told and asked by its RPC. It cannot be told to trust the data of a seed: it checks that before the
// clock starts.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PeerProcess } from './peer-process.mjs';

export class TransmissionPeer extends PeerProcess {
  #sessionId = '';

  async start() {
    const { address, port, rpcPort, home, role, encryption } = this.wish;
    const settings = {
      'bind-address-ipv4': address,
      'peer-port': port,
      'rpc-bind-address': '0.0.0.0',
      'rpc-port': rpcPort,
      'rpc-whitelist-enabled': false,
      'rpc-host-whitelist-enabled': false,
      'dht-enabled': false,
      'lpd-enabled': false,
      'utp-enabled': false,
      'port-forwarding-enabled': false,
      'download-queue-enabled': false,
      'seed-queue-enabled': false,
      // 0 takes the clear where it can, 2 is nothing but encrypted.
      encryption: encryption === 'require' ? 2 : 0,
    };
    writeFileSync(join(home, 'settings.json'), JSON.stringify(settings));
    this.spawn(['transmission-daemon', '-f', '-g', home], ['ignore', 'log', 'log'], { HOME: home });
    await this.until('answering', async () => (await this.call('session-stats')) !== undefined);
    if (role !== 'seed') return;
    await this.go();
    await this.until('seeding', async () => (await this.torrent())?.status === SEEDING);
  }

  async go() {
    const metainfo = readFileSync(this.wish.torrent).toString('base64');
    await this.call('torrent-add', { metainfo, 'download-dir': this.wish.dir });
  }

  async look() {
    const torrent = await this.torrent();
    if (torrent === undefined) return;
    this.have = torrent.haveValid + torrent.haveUnchecked;
    if (this.have > 0) this.noteFirst();
    if (torrent.sizeWhenDone > 0 && torrent.leftUntilDone === 0) this.noteDone();
  }

  async torrent() {
    const fields = ['status', 'leftUntilDone', 'haveValid', 'haveUnchecked', 'sizeWhenDone'];
    return (await this.call('torrent-get', { fields })).torrents[0];
  }

  async call(method, args = {}) {
    const response = await fetch(`http://${this.wish.address}:${this.wish.rpcPort}/transmission/rpc`, {
      method: 'POST',
      headers: { [SESSION_ID]: this.#sessionId },
      body: JSON.stringify({ method, arguments: args }),
      signal: AbortSignal.timeout(20_000),
    });
    const text = await response.text();
    const sessionId = response.headers.get(SESSION_ID) ?? '';
    if (response.status === 409 && sessionId !== this.#sessionId) {
      this.#sessionId = sessionId;
      return this.call(method, args);
    }
    return JSON.parse(text).arguments;
  }
}

const SESSION_ID = 'x-transmission-session-id';
const SEEDING = 6;

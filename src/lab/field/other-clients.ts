// Other people's programs as peers in the field: each as it is installed, but for what would leave the field's network or
// look for it. libtorrent counts its blocks and tells; of the others only their lines tell, so that for them blocks and
// headers are one. They are programs that start in a few hundredths of a second, so they are started when they arrive.

import { chmodSync, copyFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TransportName } from '../../host/stream.ts';
import { type FieldPeer, GRACE_MS, LinePeer, type PeerWish } from './field-peer.ts';
import type { FieldProcess } from './field-process.ts';
import { LIBTORRENT_PROGRAM } from './libtorrent-program.ts';
import { libtorrentPython } from './requirements.ts';

/** Where every peer of the field listens: each has a machine of its own. */
export const PEER_PORT = 6881;

export function libtorrentPeer(wish: PeerWish): FieldPeer {
  const { host, group, torrent, dir } = wish;
  const told = {
    address: host.address,
    port: PEER_PORT,
    transports: transportsOf(wish),
    role: group.has === 'everything' ? 'seed' : 'leech',
    torrent,
    dir,
  };
  return new LinePeer(wish, [libtorrentPython()!, '-c', LIBTORRENT_PROGRAM, JSON.stringify(told)]);
}

export function transmissionPeer(wish: PeerWish): FieldPeer {
  return new HookedPeer(wish, hook => {
    const { home, dir, torrent } = wish;
    const watched = join(home, 'watched');
    mkdirSync(watched);
    // It renames the torrent files that it finds.
    copyFileSync(torrent, join(watched, 'content.torrent'));
    const settings = {
      'rpc-enabled': false,
      'dht-enabled': false,
      'lpd-enabled': false,
      'port-forwarding-enabled': false,
      'utp-enabled': transportsOf(wish).includes('utp'),
      'tcp-enabled': transportsOf(wish).includes('tcp'),
      'peer-port': PEER_PORT,
      'script-torrent-done-enabled': true,
      'script-torrent-done-filename': hook,
    };
    writeFileSync(join(home, 'settings.json'), JSON.stringify(settings));
    return ['transmission-daemon', '--foreground', '-g', home, '-w', dir, '-c', watched];
  });
}

/** It speaks TCP alone. */
export function aria2Peer(wish: PeerWish): FieldPeer {
  return new HookedPeer(wish, hook => {
    const options = {
      'no-conf': true,
      quiet: true,
      'listen-port': PEER_PORT,
      'disable-ipv6': true,
      'enable-dht': false,
      'enable-dht6': false,
      'bt-enable-lpd': false,
      // Whoever stays goes on giving.
      'seed-ratio': '0.0',
      // By default it writes the whole file full of zeros first.
      'file-allocation': 'none',
      dir: wish.dir,
      'on-bt-download-complete': hook,
    };
    return ['aria2c', ...Object.entries(options).map(([name, value]) => `--${name}=${value}`), wish.torrent];
  });
}

/** A program that runs another when everything is there: that one says so on the standard output that they share. */
class HookedPeer implements FieldPeer {
  process: FieldProcess | undefined;
  onFirst = () => {};
  onDone = () => {};
  readonly #wish: PeerWish;
  readonly #command: (hook: string) => readonly string[];

  constructor(wish: PeerWish, command: (hook: string) => readonly string[]) {
    this.#wish = wish;
    this.#command = command;
  }

  async prepare(): Promise<void> {}

  go(): void {
    const { host, name, home } = this.#wish;
    const hook = join(home, 'hook');
    writeFileSync(hook, `#!/bin/sh\necho ${DONE}\n`);
    chmodSync(hook, 0o755);
    this.process = host.start({
      name,
      command: this.#command(hook),
      env: { HOME: home },
      onLine: line => {
        if (line === DONE) this.onDone();
      },
    });
  }

  async leave(): Promise<undefined> {
    this.process?.signal('SIGTERM');
    await this.process?.ended(GRACE_MS);
  }
}

function transportsOf({ group }: PeerWish): readonly TransportName[] {
  return group.transports ?? ['tcp'];
}

const DONE = 'the field hears that all is there';

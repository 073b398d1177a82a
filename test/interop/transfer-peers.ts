// libtorrent, aria2 and Transmission as ends of a transfer on loopback: how each is started and told what to exchange.

import { copyFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { libtorrentPython } from './libtorrent.ts';
import { foreignProgram, freePort, start, temporaryFolder } from './peers.ts';
import { type PeerWish, type ScriptedPeer, startScriptedPeer } from './scripted-peer.ts';
import { SwarmlineProcess } from './swarmline-process.ts';
import { plainTreeOf } from './trees.ts';

export const python = libtorrentPython();
export const aria2 = foreignProgram('aria2c');
export const transmission = foreignProgram('transmission-daemon');

/** A torrent without trackers, and its magnet link. */
export async function create(root: string, version: string): Promise<{ torrent: string; magnet: string }> {
  const torrent = join(temporaryFolder(), 'made.torrent');
  const made = new SwarmlineProcess(['create', root, '-o', torrent, '--version', version]);
  expect(await made.ended(), made.transcript()).toBe(0);
  const link = new SwarmlineProcess(['magnet', torrent]);
  expect(await link.ended(), link.transcript()).toBe(0);
  return { torrent, magnet: link.out.trim() };
}

/** The torrent file at an address. */
export async function saved(address: string): Promise<string> {
  const response = await fetch(address);
  const path = join(temporaryFolder(), 'fetched.torrent');
  writeFileSync(path, new Uint8Array(await response.arrayBuffer()));
  return path;
}

export function startLibtorrent(wish: PeerWish): ScriptedPeer {
  return startScriptedPeer(python, 'libtorrent-peer.py', wish);
}

export async function startAria2(args: readonly string[]) {
  const port = await freePort();
  const quiet = ['--no-conf', '--enable-dht=false', '--enable-dht6=false', '--bt-enable-lpd=false'];
  const program = start(aria2, [
    ...quiet,
    ...['--enable-peer-exchange=false', `--listen-port=${port}`, '--file-allocation=none', ...args],
  ]);
  return { program, port };
}

export interface TransmissionWish {
  /** 0 in the clear by choice, 1 encrypted by choice, 2 always. @default 0 */
  readonly encryption?: number;
  /** uTP as well as TCP. @default false */
  readonly utp?: boolean;
}

export async function startTransmission(
  torrent: string,
  folder: string,
  { encryption = 0, utp = false }: TransmissionWish = {},
) {
  const config = temporaryFolder();
  const port = await freePort();
  const watched = temporaryFolder(); // it renames the torrent files that it finds
  copyFileSync(torrent, join(watched, 'made.torrent'));
  const settings = {
    'pex-enabled': false,
    'rpc-enabled': false,
    encryption,
    'rename-partial-files': false,
  };
  writeFileSync(join(config, 'settings.json'), JSON.stringify(settings));
  const quiet = ['--foreground', '--no-dht', '--no-lpd', utp ? '--utp' : '--no-utp', '--no-portmap'];
  const places = ['-g', config, '-w', folder, '-c', watched, '-P', String(port)];
  return { program: start(transmission, [...quiet, ...places], { HOME: config }), port };
}

export function isThere(copy: string, root: string): boolean {
  try {
    if (readdirSync(copy).length === 0) return false;
    return JSON.stringify(plainTreeOf(copy)) === JSON.stringify(plainTreeOf(root));
  } catch {
    return false;
  }
}

/** Looks again and again: Transmission tells nobody when it is done. */
export async function until(isSo: () => boolean, sharing: SwarmlineProcess): Promise<void> {
  const end = performance.now() + 50_000;
  while (!isSo()) {
    if (performance.now() > end) throw new Error(`It took too long. ${sharing.transcript()}`);
    await new Promise(resolve => setTimeout(resolve, 50));
  }
}

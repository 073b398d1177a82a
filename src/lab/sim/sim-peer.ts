// A machine that shares one torrent: a Session on a SimHost with a torrent added and a tracker asked, as the command line
// does it on a real machine. It notes when things happened; what is made of that is `metrics`'.

import type { SwarmlineError } from '../../core/errors.ts';
import { Session } from '../../session/session.ts';
import type { AddOptions, SessionTorrent } from '../../session/session-torrent.ts';
import type { SessionOptions } from '../../session/settings.ts';
import type { SimContent } from './sim-content.ts';
import type { SimHost, SimHostOptions } from './sim-host.ts';
import type { World } from './world.ts';

export interface SimPeerOptions extends SimHostOptions {
  readonly content: SimContent;
  /** It has everything at the start. @default false */
  readonly isSeed?: boolean;
  /** Announce URLs. */
  readonly trackers?: readonly string[];
  readonly session?: SessionOptions;
  /** In place of the torrent itself: a magnet, a choice of files. */
  readonly add?: Omit<AddOptions, 'downloadDir'>;
}

export class SimPeer {
  readonly host: SimHost;
  readonly session: Session;
  readonly content: SimContent;
  torrent!: SessionTorrent;
  startedAt = 0;
  /** When the first piece was stored, and when everything was. */
  firstPieceAt: number | undefined;
  completedAt: number | undefined;
  leftAt: number | undefined;
  /** It goes as soon as it has everything. */
  leavesWhenDone = false;
  /** Told once, when it has everything. */
  onComplete: () => void = () => {};
  readonly errors: SwarmlineError[] = [];
  /** Addresses that it banned, with the piece that gave them away, in order. */
  readonly banned: { readonly host: string; readonly piece: number }[] = [];
  readonly #world: World;
  readonly #options: SimPeerOptions;

  constructor(world: World, options: SimPeerOptions) {
    this.#world = world;
    this.#options = options;
    this.content = options.content;
    this.host = world.addHost(options);
    if (options.isSeed) this.host.disk.fill(FOLDER, options.content);
    const listen = { host: this.host.address, port: PORT };
    this.session = new Session({ listen, ...options.session }, this.host);
  }

  get isSeed(): boolean {
    return this.#options.isSeed === true;
  }

  /** It has its torrent. */
  get hasStarted(): boolean {
    return this.torrent !== undefined;
  }

  get isComplete(): boolean {
    return this.completedAt !== undefined;
  }

  get address() {
    return { host: this.host.address, port: PORT };
  }

  /** Listens, adds the torrent, and announces it once it is known what is here. */
  start(): void {
    this.startedAt = this.#world.now;
    void this.session.listen().then(() => this.#add());
    this.#world.promised();
  }

  /** Says goodbye: to the tracker and to its peers. Its machine stays, and nothing runs on it. */
  leave(): void {
    this.leftAt = this.#world.now;
    void this.session.close();
    this.#world.promised();
  }

  /** Its machine is gone: with a reset for everybody that it was connected to, or without a word. */
  vanish(how: 'with a reset' | 'without a word'): void {
    const { network } = this.#world;
    if (how === 'with a reset') network.reset((from, to) => from === this.host || to === this.host);
    network.unplug(this.host);
    this.leave();
  }

  #add(): void {
    const { content, add = { info: content.metainfo }, trackers = [] } = this.#options;
    const world = this.#world;
    this.torrent = this.session.add({ ...add, trackers: [trackers], downloadDir: FOLDER });
    this.torrent.on('piece', ({ piece }) => {
      this.firstPieceAt ??= world.now;
      world.trace.number(piece);
    });
    this.torrent.on('complete', () => {
      this.completedAt ??= world.now;
      world.trace.number(world.now);
      this.onComplete();
      if (this.leavesWhenDone) world.after(0, () => this.leave());
    });
    this.torrent.on('error', error => void this.errors.push(error));
    this.torrent.on('peer', event => {
      if (event.type === 'peer-banned') this.banned.push({ host: event.address.host, piece: event.piece });
    });
  }
}

/** Where every machine has its data. */
export const FOLDER = '/data';
const PORT = 6881;

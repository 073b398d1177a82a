// The connections of one torrent, on their way to its runner and while they are there: dialled or accepted, with a place
// among the session's, and no more than the torrent may have.

import { isLocal } from '../core/bytes/address-scope.ts';
import { equalBytes } from '../core/bytes/bytes.ts';
import type { Address } from '../core/bytes/compact-address.ts';
import type { PeerSource } from '../core/engine/known-peers.ts';
import type { PeerFacts } from '../core/engine/output.ts';
import type { MayGo } from '../core/engine/peer-places.ts';
import { SwarmlineError } from '../core/errors.ts';
import type { InfoHashes } from '../core/metainfo/info-hash.ts';
import { wireInfoHashes, wireInfoHashV2 } from '../core/metainfo/metainfo.ts';
import type { Host } from '../host/host.ts';
import type { Stream } from '../host/stream.ts';
import type { ConnectionOwner, Connections, TorrentConnections } from './connections.ts';
import type { DialWays } from './dial-ways.ts';
import { Dialer } from './dialer.ts';
import { type GreetingOptions, peerFacts } from './greeting.ts';
import type { AddressFilter } from './ip-filter.ts';
import type { TorrentLife } from './torrent-life.ts';
import type { TorrentRunner } from './torrent-runner.ts';
import type { Transports } from './transports.ts';

/** The session's, shared by its torrents. */
export interface TorrentPeersDeps {
  readonly host: Host;
  readonly settings: {
    readonly dialTimeoutMs: number;
    readonly limitsLocalPeers: boolean;
    readonly ipFilter?: AddressFilter | undefined;
  };
  readonly connections: Connections;
  readonly greeting: GreetingOptions;
  readonly dialWays: DialWays;
  readonly transports: Transports;
  readonly nextPeerNumber: () => number;
}

/** The torrent that they are of. */
export interface PeeredTorrent {
  readonly infoHashes: InfoHashes;
  readonly runner: TorrentRunner;
  readonly life: Pick<TorrentLife, 'isClosed' | 'state'>;
}

export class TorrentPeers implements ConnectionOwner {
  /** Asked by the engine before each dial. */
  readonly connections: TorrentConnections;
  readonly #deps: TorrentPeersDeps;
  readonly #torrent: PeeredTorrent;
  readonly #dialer: Dialer;

  constructor(torrent: PeeredTorrent, deps: TorrentPeersDeps) {
    this.#torrent = torrent;
    this.#deps = deps;
    this.#dialer = new Dialer(deps);
    this.connections = deps.connections.join(this);
  }

  /** Those that stand and those that are dialled. */
  get count(): number {
    return this.connections.count;
  }

  /** `infoHash`: by which of the torrent's they were found; they are greeted by it. @default the first */
  found(addresses: readonly Address[], source: PeerSource, infoHash?: Uint8Array): void {
    if (this.#torrent.life.isClosed) return;
    const v2 = wireInfoHashV2(this.#torrent.infoHashes);
    const isV2 = infoHash !== undefined && v2 !== undefined && equalBytes(infoHash, v2);
    this.#torrent.runner.tell((engine, now) => engine.peersFound(addresses, source, now, isV2));
  }

  /** The engine wants it, and has a place for it. */
  dial(address: Address, isV2: boolean): void {
    const { infoHashes } = this.#torrent;
    const infoHash = (isV2 ? wireInfoHashV2(infoHashes) : undefined) ?? wireInfoHashes(infoHashes)[0]!;
    this.#dialer.dial(address, infoHash, result => {
      // First: nobody else takes its place.
      if (!(result instanceof Error) && !this.#torrent.life.isClosed)
        this.#joined(result.stream, peerFacts(address, false, result), result.rest);
      this.connections.dialEnded();
      if (!(result instanceof Error) || this.#torrent.life.isClosed) return;
      const wasGivenUp = result instanceof SwarmlineError && result.code === 'DIAL_GIVEN_UP';
      this.#torrent.runner.tell((engine, now) => {
        if (wasGivenUp) engine.connectPutOff(address, now);
        else engine.connectFailed(address, now);
      });
    });
  }

  /**
   * Somebody who dialled us has named this torrent. Where more than `places` are taken, one that is here makes room, or it
   * goes again.
   */
  greeted(stream: Stream, facts: PeerFacts, rest: Uint8Array, places: number): void {
    const hasPlace = this.#deps.connections.hasPlaceFor(this.connections, places);
    if (hasPlace || this.#makeRoomFor(facts)) this.#joined(stream, facts, rest);
    else stream.close();
  }

  /** A web seed is a peer as well; `stream` stands for its connections over HTTP. Its number. */
  webSeedJoined(stream: Stream, facts: PeerFacts): number {
    const number = this.#deps.nextPeerNumber();
    this.#torrent.runner.peerConnected(number, stream, facts, NOTHING);
    return number;
  }

  /** For the runner. */
  connectionChanged(address: Address, isOpen: boolean): void {
    if (isOpen) this.connections.came(address);
    else this.connections.went(address);
  }

  giveUpDials(): void {
    this.#dialer.giveUpAll();
  }

  /** BEP 27: "the peer MUST disconnect from all current peers and connect only to those provided from the new tracker". */
  leaveAll(): void {
    const reason = new SwarmlineError('TRACKER_MOVED', 'A private torrent has another tracker now.');
    this.#torrent.runner.tell((engine, now) => engine.leavePeers(reason, now));
    this.giveUpDials();
  }

  /** It takes part no more. */
  close(): void {
    this.connections.leave();
    this.#torrent.runner.tell(engine => engine.forgetAddresses());
  }

  #joined(stream: Stream, facts: PeerFacts, rest: Uint8Array): void {
    const { settings, nextPeerNumber } = this.#deps;
    const isUnlimited = !settings.limitsLocalPeers && isLocal(facts.address.host);
    this.#torrent.runner.peerConnected(nextPeerNumber(), stream, { ...facts, isUnlimited }, rest);
  }

  // For the session's connections: see `ConnectionOwner`.

  isSeeding(): boolean {
    return this.#torrent.life.state === 'seeding';
  }

  dialsAllowed(): void {
    this.#torrent.runner.tell((engine, now) => engine.dialsAllowed(now));
  }

  dropWorst(count: number, mayGo: MayGo): number {
    let dropped = 0;
    this.#torrent.runner.tell((engine, now) => {
      dropped = engine.dropWorst(count, mayGo, now);
    });
    return dropped;
  }

  #makeRoomFor(facts: PeerFacts): boolean {
    let hasRoom = false;
    this.#torrent.runner.tell((engine, now) => {
      hasRoom = engine.makeRoomFor(facts, now);
    });
    return hasRoom;
  }
}

const NOTHING = new Uint8Array(0);

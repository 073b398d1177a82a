// One connected peer: what it said, what we said, what is under way between us. Holds and counts; the rules are in the
// files named for what happens (messages, download, upload, choking).

import { Bitfield } from '../bytes/bitfield.ts';
import type { Address } from '../bytes/compact-address.ts';
import { Decoder } from '../wire/decoder.ts';
import { Encoder } from '../wire/encoder.ts';
import type { ExtensionName } from '../wire/extensions/registry.ts';
import type { Allowance } from './allowance.ts';
import type { EarlyPieces } from './early-pieces.ts';
import { FloodLimits } from './flood-limits.ts';
import type { HashQuestion } from './hash-messages.ts';
import type { EngineOptions } from './options.ts';
import type { PeerFacts } from './output.ts';
import type { PexWith } from './pex.ts';
import { NOT_FRUITLESS } from './picker.ts';
import type { PieceBuffer } from './piece-buffer.ts';
import type { WebSeedRun } from './piece-run.ts';
import { Pipeline } from './pipeline.ts';
import { Rate } from './rate.ts';
import { RequestList } from './request-list.ts';
import type { Disguise } from './super-seeding.ts';
import { WEB_SEED_PIPELINE } from './web-seed.ts';

export class Peer {
  readonly number: number;
  readonly facts: PeerFacts;
  readonly decoder = new Decoder();
  readonly encoder = new Encoder();

  amChoking = true;
  amInterested = false;
  peerChoking = true;
  peerInterested = false;
  isOptimistic = false;
  /** When we unchoked it last; negative: never. */
  unchokedAt = -1;
  /** When we choked it last. */
  chokedAt = 0;
  /** What it had been sent when we unchoked it last. */
  sentBeforeTurn = 0;

  /** What it has; empty until the exchange begins: see `EarlyPieces`. */
  pieces: Bitfield;
  /** It counts as a seed in the picker. */
  isSeed = false;
  /** Pieces that it has and we want. */
  usefulPieces = 0;
  /** It has said what it has, all at once: more of that is to be news. */
  hasToldPieces = false;
  /** What it said about its pieces before the exchange began: a magnet's metadata is fetched, its files are checked. */
  early: EarlyPieces | undefined;

  /** Of our own network: see `local-share`. */
  isLocal = false;
  /** Pieces that it is not asked for, for they come from our own network. */
  leaves: ((piece: number) => boolean) | undefined;
  /** That is so of all that it has: whoever wants to be given nothing takes no slot from those who do. */
  leavesAll = false;

  // Download.
  readonly outstanding = new RequestList();
  readonly pipeline: Pipeline;
  readonly received = new Rate();
  current: PieceBuffer | undefined;
  /** A web seed's way through the pieces; others have none. */
  run: WebSeedRun | undefined;
  fruitlessAt = NOT_FRUITLESS;
  isSnubbed = false;
  /** A whole piece takes it seconds: it gets pieces for itself. */
  isFast = false;
  /** How long a block takes it, as far as is known. */
  blockMs = UNKNOWN_BLOCK_MS;
  /** Pieces that it would like to give. BEP 6, "Suggest Piece" */
  readonly suggested: number[] = [];
  /** It may have given wrong bytes: it fetches whole pieces alone until one of them is right. */
  isOnParole = false;
  lastBlockAt = 0;
  /** Of what it owes us: what is taken out of our allowance. 0 where nothing is limited. */
  reservedBytes = 0;
  /** Where something is limited: how it answered what was asked since then. */
  answers: 'not yet' | 'promptly' | 'late' = 'not yet';
  /** It refused a request: not asked before the next second. */
  isResting = false;
  /** Pieces that it sends although it chokes us. BEP 6, "Allowed Fast" */
  readonly allowedFast: number[] = [];
  /** How many it ever allowed. */
  allowedFastCount = 0;
  /** Blocks that nobody had asked for, or that had come before. */
  wastedBytes = 0;
  /** Requests that we took back: to each one answer may still come. */
  cancelled = 0;
  /** Answers beyond those. */
  unasked = 0;

  // Upload.
  readonly requested = new RequestList();
  readonly sent = new Rate();
  /** What it may have although we choke it; undefined before that was offered. */
  grants: FastGrants | undefined;
  /** Pieces that we suggested and that it has not asked for; and all that it alone was given and does not have yet. */
  readonly offers: number[] = [];
  readonly assigned = new Set<number>();
  /** Not told of these again before. */
  remindAt = 0;
  /** How much of those it may still ask for although we choke it. */
  finishBytes = 0;
  /** It does not know all that we have: we are, or were, super-seeding. BEP 16 */
  disguise: Disguise | undefined;
  /** Bytes that are being read for it. */
  readingBytes = 0;
  /** Of blocks, in the encoder. */
  unsentBlockBytes = 0;
  /** The stream takes no more for now. */
  isBlocked = false;
  /** Since when, as far as was looked. */
  blockedAt: number | undefined;
  /** It wants nothing from anybody. BEP 21 */
  isUploadOnly = false;
  /** We said that we want nothing. */
  wasToldUploadOnly = false;
  /** By which address it sees us. BEP 10, "yourip" */
  hasToldOurs = false;
  /** It waits among those whose encoder is to be emptied. */
  isDirty = false;

  /** BEP 11; undefined where it does not speak it. */
  pex: PexWith | undefined;
  /** BEP 55: how much it may ask of us, or have us do. */
  punches: Allowance | undefined;
  /** Of that, the dials. */
  punchDials: Allowance | undefined;
  readonly extensions = new Map<ExtensionName, number>();
  client: string | undefined;
  /** Where it listens, as far as we know. */
  listenAddress: Address | undefined;
  /** Pieces of the metadata that it asked for and has not been given, and how many it asked for in all. BEP 9 */
  readonly metadataAsked: number[] = [];
  /** It is told by and by which pieces we have: from this one on. Infinity: it knows. */
  nextHave = Number.POSITIVE_INFINITY;
  /** So many of those that wait for a little it was told, or it was not here yet when they came. */
  waitingHavesTold = 0;
  metadataRequests = 0;
  /** BEP 5: where its DHT node is. */
  dhtPort: number | undefined;
  /** It has the torrent's info, and says so. BEP 9 */
  hasInfo = false;
  /** BEP 52: what we asked of it and it has not answered, or not in time. */
  readonly hashQuestions: HashQuestion[] = [];
  readonly floods: FloodLimits;
  hasClosed = false;
  /** BEP 40; undefined where it is not known. */
  rank: number | undefined;
  connectedAt: number;
  lastReceivedAt: number;
  lastSentAt: number;

  /** Asked by the picker for every piece it considers: one closure for a peer's life. */
  readonly canGive = (piece: number): boolean =>
    this.pieces.has(piece) &&
    (!this.peerChoking || this.allowedFast.includes(piece)) &&
    (this.leaves === undefined || !this.leaves(piece));

  constructor(number: number, facts: PeerFacts, pieceCount: number, options: EngineOptions, now: number) {
    this.number = number;
    this.facts = facts;
    this.pieces = new Bitfield(pieceCount);
    if (pieceCount > 0) this.decoder.piecesKnown(pieceCount);
    this.pipeline = new Pipeline(facts.webSeed === undefined ? options.pipeline : WEB_SEED_PIPELINE);
    this.listenAddress = facts.isIncoming ? undefined : facts.address;
    this.floods = new FloodLimits(options.floods, now);
    this.connectedAt = now;
    this.lastReceivedAt = now;
    this.lastSentAt = now;
  }

  get outstandingCount(): number {
    return this.outstanding.count;
  }
}

/** BEP 6, "Allowed Fast". */
export interface FastGrants {
  readonly pieces: readonly number[];
  bytesLeft: number;
}

// Of a peer that has given nothing yet: 64 KiB/s.
const UNKNOWN_BLOCK_MS = 250;

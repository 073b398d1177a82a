// Which pieces are ours to fetch where several fetch the same from one place: a web seed, or the line of a network. Nobody can
// say what he is fetching, but all see the same peers: for each stretch of pieces the numbers of all that want them are mixed
// with the stretch's, and whose comes out highest fetches it (rendezvous hashing: Thaler and Ravishankar). So each stretch has
// one that fetches it, as far as all are connected to all, and whoever comes or goes moves no other's stretches.

/** How long a stretch is, in pieces: the same for all that have the torrent. */
export function stretchPieces(pieceLength: number, pieceCount: number): number {
  const wanted = (pieceLength * pieceCount) / STRETCHES;
  const length = Math.min(Math.max(wanted, MIN_STRETCH), MAX_STRETCH);
  return Math.max(1, Math.round(length / pieceLength));
}

/** A peer's number, from its id: the end of it is chance with all programs (BEP 20). */
export function shareNumber(peerId: Uint8Array): number {
  let number = 0;
  for (let i = peerId.length - 4; i < peerId.length; i++) number = (number << 8) | (peerId[i] ?? 0);
  return number;
}

/** Whether a stretch is `own`'s and none of the others'. */
export function isShareOf(own: number, others: readonly number[], stretch: number): boolean {
  const ours = mixed(own, stretch);
  for (const other of others) {
    const theirs = mixed(other, stretch);
    if (theirs > ours || (theirs === ours && other > own)) return false;
  }
  return true;
}

/** 32 bits in which each of both inputs' bits counts (the end of MurmurHash3). */
function mixed(number: number, stretch: number): number {
  let hash = number ^ Math.imul(stretch + 1, 0x9e3779b1);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}

/** So many to a torrent, and no shorter or longer than is good for an HTTP request. */
const STRETCHES = 256;
const MIN_STRETCH = 262_144;
const MAX_STRETCH = 4_194_304;

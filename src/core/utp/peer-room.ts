// How much the other end has room for, as it said last. Where it has none, what tells of more may get lost: then, ever more seldom,
// one packet may go all the same, to ask.

export class PeerRoom {
  /** Bytes that may be on their way to it. */
  bytes: number;
  /** When `timePassed` lets one packet ask. */
  askAt = Number.POSITIVE_INFINITY;
  #mayAsk = false;
  /** How often it was asked since a packet arrived. */
  #asked = 0;

  constructor(bytes: number) {
    this.bytes = bytes;
  }

  /** An ack says so. */
  told(bytes: number): void {
    this.bytes = bytes;
    this.askAt = Number.POSITIVE_INFINITY;
  }

  /** Something that was sent has arrived. */
  arrived(): void {
    this.#asked = 0;
  }

  /** A packet waits for room, and nothing is on its way whose ack could tell of it. */
  awaited(timeoutMs: number, now: number): void {
    if (this.askAt !== Number.POSITIVE_INFINITY) return;
    this.askAt = now + Math.min(timeoutMs * 2 ** this.#asked, MAX_WAIT_MS);
  }

  timePassed(now: number): void {
    if (now < this.askAt) return;
    this.askAt = Number.POSITIVE_INFINITY;
    this.#asked++;
    this.#mayAsk = true;
  }

  /** Whether a packet may go to ask; true once each time. */
  takeAsking(): boolean {
    const may = this.#mayAsk;
    this.#mayAsk = false;
    return may;
  }
}

const MAX_WAIT_MS = 60_000;

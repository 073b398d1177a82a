// Those who sent a SYN and were answered, until they show that they have read it. Bounded, of all and of one host: the oldest
// is forgotten, so that whoever is really there still gets in while somebody floods from addresses that are not his.

export interface HalfOpenEntry {
  readonly receiveId: number;
  readonly host: string;
  readonly port: number;
  /** Of their SYN. */
  readonly ack: number;
  /** Of our answer. */
  readonly sequence: number;
  /** What their SYN said of datagrams. */
  readonly maxDatagram: number;
}

export interface HalfOpenLimits {
  readonly maxHalfOpen: number;
  readonly maxHalfOpenPerHost: number;
}

export class HalfOpen {
  readonly #limits: HalfOpenLimits;
  /** The oldest first. */
  readonly #entries = new Map<string, HalfOpenEntry>();
  readonly #hosts = new Map<string, number>();

  constructor(limits: HalfOpenLimits) {
    this.#limits = limits;
  }

  get count(): number {
    return this.#entries.size;
  }

  find(receiveId: number, host: string, port: number): HalfOpenEntry | undefined {
    return this.#entries.get(keyOf(receiveId, host, port));
  }

  /** In place of the oldest of its host, or of all, where there are too many. */
  add(entry: HalfOpenEntry): void {
    const { receiveId, host, port } = entry;
    const count = this.#hosts.get(host) ?? 0;
    if (count >= this.#limits.maxHalfOpenPerHost) {
      for (const other of this.#entries.values()) {
        if (other.host !== host) continue;
        this.remove(other);
        break;
      }
    } else if (this.#entries.size >= this.#limits.maxHalfOpen) {
      for (const oldest of this.#entries.values()) {
        this.remove(oldest);
        break;
      }
    }
    this.#entries.set(keyOf(receiveId, host, port), entry);
    this.#hosts.set(host, (this.#hosts.get(host) ?? 0) + 1);
  }

  remove({ receiveId, host, port }: HalfOpenEntry): void {
    if (!this.#entries.delete(keyOf(receiveId, host, port))) return;
    const count = this.#hosts.get(host)! - 1;
    if (count > 0) this.#hosts.set(host, count);
    else this.#hosts.delete(host);
  }
}

function keyOf(receiveId: number, host: string, port: number): string {
  return `${receiveId} ${port} ${host}`;
}

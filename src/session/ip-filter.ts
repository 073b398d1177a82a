// Who is not to be spoken to, as a session has it: a list that can be another while it runs, and how often it has kept somebody out.

export interface AddressFilter {
  blocks(host: string): boolean;
  /** Ranges of addresses in it, to be shown. */
  readonly count?: number;
}

export interface IpFilterStatus {
  /** Undefined where the filter does not say. */
  readonly ranges: number | undefined;
  /** Dials that were not made, and connections that were not taken, since the session began. */
  readonly refused: number;
}

export class SessionIpFilter implements AddressFilter {
  #filter: AddressFilter | undefined;
  #refused = 0;

  constructor(filter: AddressFilter | undefined) {
    this.#filter = filter;
  }

  /** Undefined where there is none. */
  get status(): IpFilterStatus | undefined {
    return this.#filter && { ranges: this.#filter.count, refused: this.#refused };
  }

  set(filter: AddressFilter | undefined): void {
    this.#filter = filter;
  }

  /** Asked before each connection: counted. */
  blocks(host: string): boolean {
    const isBlocked = this.has(host);
    if (isBlocked) this.#refused++;
    return isBlocked;
  }

  has(host: string): boolean {
    return this.#filter?.blocks(host) === true;
  }
}

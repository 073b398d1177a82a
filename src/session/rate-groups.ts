// Groups of torrents that share limits: each within its own, all of a group within the group's, and those of every group
// within the session's, unless it is not to honour them. Named by the user; one that nobody has limited limits nobody.

import type { Clock } from '../host/clock.ts';
import { SharedLimit } from './bandwidth.ts';
import { checkedLimits } from './limits.ts';
import type { RateLimits } from './rate-limits.ts';

export interface RateGroupOptions extends RateLimits {
  /** The session's rates limit its torrents too. */
  readonly honorsSessionRates: boolean;
}

/** A torrent of a group. */
export interface GroupMember {
  /** The group's limits are others. */
  changed(): void;
}

export class RateGroup {
  readonly upload = new SharedLimit();
  readonly download = new SharedLimit();
  readonly #members = new Set<GroupMember>();
  readonly #clock: Clock;
  #honorsSessionRates = true;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get options(): RateGroupOptions {
    return { ...this.#limits, honorsSessionRates: this.#honorsSessionRates };
  }

  get honorsSessionRates(): boolean {
    return this.#honorsSessionRates;
  }

  /** What is not named stays as it is. @throws TypeError */
  set({ honorsSessionRates, ...limits }: Partial<RateGroupOptions>): void {
    const checked = checkedLimits(limits, this.#limits);
    const now = this.#clock.now();
    this.upload.set(checked.uploadBytesPerSecond, now);
    this.download.set(checked.downloadBytesPerSecond, now);
    this.#honorsSessionRates = honorsSessionRates ?? this.#honorsSessionRates;
    for (const member of this.#members) member.changed();
  }

  join(member: GroupMember): void {
    this.#members.add(member);
  }

  leave(member: GroupMember): void {
    this.#members.delete(member);
  }

  get #limits(): RateLimits {
    return {
      uploadBytesPerSecond: this.upload.bytesPerSecond,
      downloadBytesPerSecond: this.download.bytesPerSecond,
    };
  }
}

// One network interface of this machine, to which sockets are tied: whatever the routes say, the system sends what they send by it
// or not at all, and gives them what comes by it alone. Linux, by SO_BINDTOIFINDEX, which takes no privileges (5.7; before that root's).
// The name is looked up for each socket: an interface that has gone and come back, as those of VPNs do, has another number.

import { readFileSync } from 'node:fs';
import { SwarmlineError } from '../core/errors.ts';
import { type LibcSockets, libcSockets } from './libc-sockets.ts';

export class Device {
  readonly name: string;
  readonly libc: LibcSockets;

  readonly #followers = new Set<Follower>();
  #timer: NodeJS.Timeout | undefined;

  private constructor(name: string, libc: LibcSockets) {
    this.name = name;
    this.libc = libc;
  }

  /** @throws SwarmlineError `INTERFACE_UNAVAILABLE` by way of the promise */
  static async open(name: string): Promise<Device> {
    const libc = await libcSockets();
    if (typeof libc === 'string')
      throw unavailable(name, `Sockets cannot be tied to the interface "${name}" here: ${libc}.`);
    const device = new Device(name, libc);
    if (device.index === undefined)
      throw unavailable(name, `This machine has no interface "${name}" that is up; "ip addr" lists them.`);
    try {
      libc.close(libc.openTcp(4, device.mustIndex()));
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      throw unavailable(name, `This system does not tie sockets to the interface "${name}" (${code}).`);
    }
    return device;
  }

  /** Its number at the moment; undefined where it is not there, or is down. */
  get index(): number | undefined {
    return indexIn(read('/proc/net/igmp'), this.name) ?? indexIn6(read('/proc/net/if_inet6'), this.name);
  }

  /**
   * Calls where the interface has another number than when `follow` was called, or when the call before was done; again and again
   * where that fails. Returns what ends it.
   */
  follow(call: () => Promise<void>): () => void {
    const follower: Follower = { call, index: this.index, isBusy: false };
    this.#followers.add(follower);
    this.#timer ??= setInterval(() => this.#look(), LOOK_MS).unref();
    return () => {
      this.#followers.delete(follower);
      if (this.#followers.size > 0) return;
      clearInterval(this.#timer);
      this.#timer = undefined;
    };
  }

  /** @throws an Error with the code `ENODEV` */
  mustIndex(): number {
    const { index } = this;
    if (index === undefined)
      throw Object.assign(new Error(`The interface "${this.name}" is away.`), { code: 'ENODEV' });
    return index;
  }

  #look(): void {
    const { index } = this;
    if (index === undefined) return;
    for (const follower of this.#followers) {
      if (follower.index === index || follower.isBusy) continue;
      follower.isBusy = true;
      follower
        .call()
        .then(
          () => {
            follower.index = index;
          },
          // Looked at again, and then tried again.
          () => {},
        )
        .finally(() => {
          follower.isBusy = false;
        });
    }
  }
}

interface Follower {
  readonly call: () => Promise<void>;
  index: number | undefined;
  isBusy: boolean;
}

/** Of `/proc/net/igmp`, which lists all that are up and have IPv4: a number and a name, then lines that are indented. */
export function indexIn(text: string, name: string): number | undefined {
  for (const line of text.split('\n')) {
    const [, index, device] = /^(\d+)\t([^\s:]+)/.exec(line) ?? [];
    if (device === name) return Number(index);
  }
  return undefined;
}

/** Of `/proc/net/if_inet6`: an address, the number in hexadecimal, … and the name. */
export function indexIn6(text: string, name: string): number | undefined {
  for (const line of text.split('\n')) {
    const fields = line.trim().split(/\s+/);
    if (fields.length === 6 && fields[5] === name) return Number.parseInt(fields[1]!, 16);
  }
  return undefined;
}

function read(path: string): string {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return '';
  }
}

function unavailable(name: string, sentence: string): SwarmlineError {
  return new SwarmlineError('INTERFACE_UNAVAILABLE', sentence, { where: name });
}

const LOOK_MS = 2000;

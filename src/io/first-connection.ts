// A connection to the first of several addresses that takes it: the next one is tried when one fails, or after a moment in which it
// has not answered, beside it, the families in turn (RFC 8305, "Connection Attempts"). Knows no names: it is given addresses.

import type { Socket } from 'node:net';

export interface FirstConnectionOptions {
  readonly hosts: readonly string[];
  /** Begins to dial one. A fault comes as an event. */
  readonly dial: (host: string) => Socket;
  /** What is said where there is no address at all. */
  readonly nowhere: Error;
  /** @default 250: RFC 8305, "Connection Attempt Delay" */
  readonly delayMs?: number;
}

/** Calls `done` once. Returns what gives up: then it is called with that error. */
export function firstConnection(
  { hosts, dial, nowhere, delayMs = 250 }: FirstConnectionOptions,
  done: (error: Error | null, socket?: Socket) => void,
): (why: Error) => void {
  const left = inTurn(hosts);
  const dialling = new Set<Socket>();
  let timer: NodeJS.Timeout | undefined;
  let isOver = false;
  const end = (error: Error | null, socket?: Socket) => {
    if (isOver) return;
    isOver = true;
    clearTimeout(timer);
    for (const other of dialling) {
      other.on('error', () => {});
      other.destroy();
    }
    done(error, socket);
  };
  const next = (fault: Error) => {
    clearTimeout(timer);
    if (isOver) return;
    const host = left.shift();
    if (host === undefined) {
      if (dialling.size === 0) end(fault);
      return;
    }
    const socket = dial(host);
    dialling.add(socket);
    const failed = (error: Error) => {
      dialling.delete(socket);
      next(error);
    };
    socket.once('error', failed);
    socket.once('connect', () => {
      if (isOver) return;
      dialling.delete(socket);
      socket.off('error', failed);
      end(null, socket);
    });
    if (left.length > 0) timer = setTimeout(() => next(fault), delayMs);
  };
  next(nowhere);
  return end;
}

/** The first one's family, the other, and so on: where a family leads nowhere, the second try is of the other. */
function inTurn(hosts: readonly string[]): string[] {
  const isLikeFirst = (host: string) => host.includes(':') === hosts[0]?.includes(':');
  const own = hosts.filter(isLikeFirst);
  const other = hosts.filter(host => !isLikeFirst(host));
  return own.flatMap((host, i) => [host, ...other.slice(i, i + 1)]).concat(other.slice(own.length));
}

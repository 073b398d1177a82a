// What the proxy does not do for us, as a sentence for a person, and how it is with it as an event for a program. Never the user
// or the password that it knows us by.

import type { HostProxy } from '../../host/proxy.ts';
import type { Session } from '../../session/session.ts';

export type ShownProxy = Pick<HostProxy, 'url' | 'udp'>;

/** Undefined where there is nothing to say: all goes through it, or it has not answered yet. */
export function proxySentence({ udp }: ShownProxy): string | undefined {
  switch (udp.state) {
    case 'off':
      return `${udp.reason} TCP goes through the proxy.`;
    case 'failed':
      return `${udp.reason} UDP waits until the proxy relays it: nothing of it leaves another way.`;
    default:
      return undefined;
  }
}

/** The fields of the event `proxy`. */
function proxyFields({ url, udp }: ShownProxy): Record<string, unknown> {
  const message = 'reason' in udp ? { message: udp.reason } : {};
  return { url, udp: udp.state, ...message };
}

/** As it is now, and each time that it changes. */
export function tellProxy(session: Session, tell: (fields: Record<string, unknown>) => void): void {
  const look = () => session.proxy && tell(proxyFields(session.proxy));
  session.on('proxy', look);
  look();
}

/** Says each sentence once, now and as it comes. */
export function sayOfProxy(session: Session, say: (sentence: string) => void): void {
  const said = new Set<string>();
  const look = () => {
    const sentence = session.proxy && proxySentence(session.proxy);
    if (sentence === undefined || said.has(sentence)) return;
    said.add(sentence);
    say(sentence);
  };
  session.on('proxy', look);
  look();
}

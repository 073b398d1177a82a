// Channels through a proxy: they are found by the DHT alone, so that a proxy which carries no UDP is none for them.

import { SwarmlineError } from '../../core/errors.ts';
import type { Session } from '../../session/session.ts';
import { sayOfProxy, tellProxy } from '../output/proxy-line.ts';
import type { Terminal } from '../terminal.ts';
import type { NetworkFlags } from '../transfer-options.ts';
import { UsageError } from '../usage-error.ts';

/** @throws UsageError */
export function refuseHttpProxy({ proxy }: NetworkFlags): void {
  if (proxy?.kind === 'http')
    throw new UsageError(
      'A channel is found by the DHT, and a proxy by HTTP carries no UDP: name a proxy by SOCKS 5.',
    );
}

/** Shows how it is with the proxy; resolves where that relays no UDP, and never else. */
export function proxyWithoutUdp(
  session: Session,
  terminal: Terminal,
  isJson: boolean,
): Promise<SwarmlineError> {
  if (isJson)
    tellProxy(session, fields => void terminal.out.line(JSON.stringify({ event: 'proxy', ...fields })));
  else sayOfProxy(session, line => void terminal.err.line(line));
  return new Promise(resolve => {
    const look = () => {
      const { udp } = session.proxy ?? {};
      if (udp?.state === 'off')
        resolve(new SwarmlineError('PROXY_REFUSED', `${udp.reason} A channel is found by the DHT alone.`));
    };
    session.on('proxy', look);
    look();
  });
}

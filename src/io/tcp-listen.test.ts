import { describe, expect, it } from 'vitest';
import type { StreamListener } from '../host/stream.ts';
import { listenOnOnePort } from './tcp-listen.ts';

describe('listening on one port for IPv4 and IPv6', () => {
  it('asks for both with one listener', async () => {
    const system = new System();
    await system.listen('::', 6881);
    expect(system.asked).toEqual([':::6881']);
  });

  it.each(['EAFNOSUPPORT', 'EPROTONOSUPPORT', 'EADDRNOTAVAIL'])(
    'takes IPv4 alone on a machine without IPv6 (%s)',
    async code => {
      const system = new System({ '::': code });
      const listener = await system.listen('::', 6881);
      expect(system.asked).toEqual([':::6881', '0.0.0.0:6881']);
      expect(listener.address).toEqual({ host: '0.0.0.0', port: 6881 });
    },
  );

  it('does not do so where an address was named, or for another reason', async () => {
    const named = new System({ '2001:db8::1': 'EADDRNOTAVAIL' });
    await expect(named.listen('2001:DB8::1', 1)).rejects.toMatchObject({ code: 'LISTEN_FAILED' });
    expect(named.asked).toEqual(['2001:db8::1:1']);
    const taken = new System({ '::': 'EADDRINUSE' });
    await expect(taken.listen('::', 6881)).rejects.toThrow(
      'Cannot listen on [::]:6881: another program uses it.',
    );
    expect(taken.asked).toHaveLength(1);
  });

  it('names the address that was asked for where neither can be had', async () => {
    const system = new System({ '::': 'EAFNOSUPPORT', '0.0.0.0': 'EADDRINUSE' });
    await expect(system.listen('::', 6881)).rejects.toThrow(
      'Cannot listen on [::]:6881: another program uses it.',
    );
  });

  it('takes an IPv4 address in IPv6 clothes for what it is', async () => {
    const system = new System();
    await system.listen('::ffff:127.0.0.1', 1);
    expect(system.asked).toEqual(['127.0.0.1:1']);
  });
});

/** A system on which listening at some hosts fails. */
class System {
  readonly asked: string[] = [];
  readonly #faults: Readonly<Record<string, string>>;

  constructor(faults: Readonly<Record<string, string>> = {}) {
    this.#faults = faults;
  }

  listen(host: string, port: number): Promise<StreamListener> {
    return listenOnOnePort({ host, port }, async (at, on) => {
      this.asked.push(`${at}:${on}`);
      const code = this.#faults[at];
      if (code !== undefined) throw Object.assign(new Error(code), { code });
      return { address: { host: at, port: on }, close: () => {} };
    });
  }
}

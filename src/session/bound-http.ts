// Where one address of this machine is listened at, all that leaves does so from it: a tracker gives peers the address that it
// sees (BEP 7, "Announcing"), and who binds a program to one line of several wants nothing to go by another. Here requests by HTTP;
// what cannot be reached from there is not reached. The way that packets take is the system's, which asks where they go to.

import type { Address } from '../core/bytes/compact-address.ts';
import type { HttpClient } from '../host/http.ts';

/** The address that everything leaves from; undefined where the system chooses. */
export function localHostOf(listen: Address | false): string | undefined {
  const isAny = listen === false || listen.host === '::' || listen.host === '0.0.0.0';
  return isAny ? undefined : listen.host;
}

export function boundHttp(http: HttpClient, listen: Address | false): HttpClient {
  const localHost = localHostOf(listen);
  if (localHost === undefined) return http;
  const family = localHost.includes(':') ? 6 : 4;
  return {
    get: request => http.get({ family, ...request, localHost }),
    ...(http.stream !== undefined && {
      stream: (request, handler) => http.stream!({ family, ...request, localHost }, handler),
    }),
  };
}

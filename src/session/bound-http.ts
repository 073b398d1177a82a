// Where one address of this machine is listened at, requests by HTTP leave from it too: a tracker gives peers the address
// that it sees (BEP 7, "Announcing"), and who binds a program to one line of several wants nothing to go by another.

import { addressScope } from '../core/bytes/address-scope.ts';
import type { Address } from '../core/bytes/compact-address.ts';
import { parseTrackerUrl } from '../core/tracker/tracker-url.ts';
import type { HttpClient } from '../host/http.ts';

export function boundHttp(http: HttpClient, listen: Address | false): HttpClient {
  if (listen === false || listen.host === '::' || listen.host === '0.0.0.0') return http;
  const { host: localHost } = listen;
  const family = localHost.includes(':') ? 6 : 4;
  const isLoopback = addressScope(localHost) === 'loopback';
  // From loopback only this machine can be asked.
  const mayLeaveTo = (url: string) => !isLoopback || parseTrackerUrl(url)?.scope === 'loopback';
  return {
    get: request => http.get(mayLeaveTo(request.url) ? { family, ...request, localHost } : request),
    ...(http.stream !== undefined && {
      stream: (request, handler) =>
        http.stream!(mayLeaveTo(request.url) ? { family, ...request, localHost } : request, handler),
    }),
  };
}

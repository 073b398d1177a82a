// The file of `--ip-filter`: read whole, and refused where nothing in it can be read.

import { readFile } from 'node:fs/promises';
import { SwarmlineError } from '../core/errors.ts';
import { parseIpFilter } from '../core/ip-filter/parse.ts';
import type { IpFilter } from '../core/ip-filter/ranges.ts';
import { describeSystemError } from '../io/file-fault.ts';

/** @throws SwarmlineError `IP_FILTER_INVALID` */
export async function readIpFilter(path: string): Promise<IpFilter> {
  const bytes = await readFile(path).catch(cause => {
    const why = describeSystemError(cause);
    throw new SwarmlineError('IP_FILTER_INVALID', `The IP filter "${path}" cannot be read: ${why}.`, {
      cause,
    });
  });
  const { filter, unread } = parseIpFilter(bytes);
  // Of a list that protects, nothing at all is no protection.
  if (filter.count === 0 || unread > filter.count)
    throw new SwarmlineError(
      'IP_FILTER_INVALID',
      `"${path}" is no IP filter: ${unread} lines cannot be read, ${filter.count} ranges can.`,
      { where: path },
    );
  return filter;
}

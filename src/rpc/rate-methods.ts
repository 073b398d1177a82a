// What was received and given lately: so that a picture of it is not empty when a client comes. See daemon/rate-history.

import { z } from 'zod';
import { torrentId } from './torrent-schema.ts';

/** Bytes per second, the oldest first, one each `everyMs`; the last is of `until`, milliseconds since 1970. */
const rateSeries = z.object({
  everyMs: z.number(),
  until: z.number(),
  down: z.array(z.number().nonnegative()),
  up: z.array(z.number().nonnegative()),
});

export const RATE_METHODS = {
  'session.rates': {
    summary: 'What the session received and gave in the last five minutes, or in the last day by minutes.',
    params: z.strictObject({ span: z.enum(['minutes', 'day']).default('minutes') }),
    result: rateSeries,
  },
  'torrents.rates': {
    summary: 'What a torrent received and gave in the last five minutes.',
    params: z.strictObject({ id: torrentId }),
    result: rateSeries,
  },
} as const;

// What a probe finds, whatever carries its questions; and what is found in the same way by every protocol.

import type { AnnounceRefusal } from '../core/tracker/announce.ts';

export interface Finding {
  readonly state: 'good' | 'bad' | 'note';
  /** What was asked: `announce`, `scrape`. */
  readonly what: string;
  readonly sentence: string;
  /** How long its answer took. */
  readonly ms?: number;
}

export function intervalFinding(
  told: { readonly intervalSeconds: number; readonly minIntervalSeconds?: number },
  usual: { readonly least: number; readonly most: number; readonly words: string },
): Finding {
  const { intervalSeconds, minIntervalSeconds } = told;
  const least = minIntervalSeconds === undefined ? '' : `, ${minIntervalSeconds} s at least`;
  const sentence = `Peers shall come again after ${intervalSeconds} s${least}.`;
  if (intervalSeconds >= usual.least && intervalSeconds <= usual.most)
    return { state: 'good', what: 'interval', sentence };
  return { state: 'note', what: 'interval', sentence: `${sentence} Usual are ${usual.words}.` };
}

export function refusalFinding({ retryInMinutes, intervalSeconds }: AnnounceRefusal): Finding {
  if (retryInMinutes === undefined && intervalSeconds === undefined)
    return { state: 'note', what: 'retry', sentence: 'It does not say when to come again (BEP 31).' };
  const when =
    retryInMinutes === 'never'
      ? 'never'
      : `after ${retryInMinutes ?? Math.ceil(intervalSeconds! / 60)} minutes`;
  return { state: 'good', what: 'retry', sentence: `It says when to come again: ${when}.` };
}

export async function timed<Answer>(ask: () => Promise<Answer>): Promise<[Answer, number]> {
  const start = performance.now();
  const answer = await ask();
  return [answer, performance.now() - start];
}

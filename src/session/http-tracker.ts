// Asking a tracker over HTTP or HTTPS: one request, one answer read. What a stranger's URL may reach is the HTTP client's
// to keep (`publicOnly`); redirects, gzip and time are its as well.

import type { AddressScope } from '../core/bytes/address-scope.ts';
import { ProtocolError, SwarmlineError } from '../core/errors.ts';
import type { AnnounceAnswer, AnnounceRefusal } from '../core/tracker/announce.ts';
import { parseAnnounceAnswer, parseScrapeAnswer } from '../core/tracker/http-answer.ts';
import { announceUrl, scrapeUrl } from '../core/tracker/http-request.ts';
import { mustBePublic, scopeOfHost } from '../core/tracker/tracker-url.ts';
import type { HttpClient, HttpResponse } from '../host/http.ts';
import type { AskTracker, TrackerQuestion, TrackerResult } from './tracker-question.ts';

export interface HttpTrackerOptions {
  readonly userAgent: string;
  /** A longer answer is an error. */
  readonly maxAnswerLength: number;
}

export function httpTracker(http: HttpClient, options: HttpTrackerOptions): AskTracker {
  return (question, done) => {
    const url = urlOf(question);
    const request = new AbortController();
    let isOver = false;
    const end = (result: TrackerResult) => {
      if (isOver) return;
      isOver = true;
      done(result);
    };
    http
      .get({
        url,
        headers: { 'user-agent': options.userAgent },
        timeoutMs: question.timeoutMs,
        maxBytes: options.maxAnswerLength,
        signal: request.signal,
        publicOnly: mustBePublic(question.parsed),
        ...(question.family !== undefined && { family: question.family }),
      })
      .then(
        response => end(resultOf(question, response)),
        (error: unknown) => {
          if (!(error instanceof SwarmlineError)) throw error;
          end({ kind: 'failure', sentence: error.message, reason: 'silent' });
        },
      );
    return () => {
      isOver = true;
      request.abort();
    };
  };
}

/** Whether a tracker's URL says where to scrape. BEP 48 */
export function canScrape(url: string): boolean {
  return scrapeUrl(url, []) !== undefined;
}

function urlOf({ url, what }: TrackerQuestion): string {
  if (what.kind === 'announce') return announceUrl(url, what.request);
  const scrape = scrapeUrl(url, what.infoHashes);
  if (scrape === undefined) throw new TypeError(`tracker: ${url} has no scrape beside it`);
  return scrape;
}

/** Some trackers refuse with a status of their own and the reason in the usual form. */
function resultOf(question: TrackerQuestion, response: HttpResponse): TrackerResult {
  const { status, body } = response;
  try {
    const answer = read(question, body);
    if (Array.isArray(answer)) {
      if (status === 200) return { kind: 'counts', counts: answer };
    } else if (answer.kind === 'refusal') {
      return answer;
    } else if (status === 200) {
      return { ...answer, scope: scopeOf(question, response) };
    }
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error;
    if (status === 200) return { kind: 'failure', sentence: error.message, reason: 'wrong' };
  }
  const sentence = `The tracker answered with HTTP status ${status}.`;
  return { kind: 'failure', sentence, reason: 'wrong' };
}

function read(
  { what }: TrackerQuestion,
  body: Uint8Array,
): AnnounceAnswer | AnnounceRefusal | ReturnType<typeof parseScrapeAnswer> {
  return what.kind === 'announce' ? parseAnnounceAnswer(body) : parseScrapeAnswer(body, what.infoHashes);
}

/** Where the tracker is: by the address that answered, else by what its URL says; a name of which we know no more counts as public. */
function scopeOf({ parsed }: TrackerQuestion, { remoteHost }: HttpResponse): AddressScope {
  if (remoteHost !== undefined) return scopeOfHost(remoteHost) ?? 'public';
  return parsed.scope ?? 'public';
}

// Debian's Chromium, driven by playwright-core: started once for a file of tests. Where it is not installed, the tests say so
// (peers.ts). Nothing is waited for without an end: what did not happen in time is said in a sentence.

import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, onTestFinished } from 'vitest';
import { foreignProgram } from './peers.ts';

export const CHROMIUM = foreignProgram('chromium');

let browser: Promise<Browser> | undefined;

const WAIT_MS = 60_000;
const LAUNCH_MS = 120_000;

/** A new page of its own, with nothing remembered. What goes wrong in it fails the test. */
export async function newPage(url: string, options: BrowserContextOptions = {}): Promise<Page> {
  const context = await within(
    'A new window of Chromium',
    browser!.then(each => each.newContext(options)),
  );
  context.setDefaultTimeout(WAIT_MS);
  const page = await within('A new page of Chromium', context.newPage());
  const faults: string[] = [];
  page.on('pageerror', error => faults.push(error.message));
  page.on('console', message => {
    // A daemon that is away, and a token that is asked for, are said on the console too.
    if (message.type() === 'error' && !/Failed to load resource/.test(message.text()))
      faults.push(message.text());
  });
  onTestFinished(async () => {
    await within('The end of a window of Chromium', context.close());
    if (faults.length > 0) throw new Error(`The page has faults: ${faults.join('; ')}`);
  });
  await page.goto(url, { waitUntil: 'domcontentloaded' });
  return page;
}

/** @throws where it does not come to an end within a minute */
export async function within<Value>(what: string, coming: Promise<Value>, waitMs = WAIT_MS): Promise<Value> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(
      () => reject(new Error(`${what} has not come within ${waitMs / 1000} seconds.`)),
      waitMs,
    );
  });
  try {
    return await Promise.race([coming, late]);
  } finally {
    clearTimeout(timer);
  }
}

// Before the first test, whose time it would take: on a machine that has much to do it needs a minute and more.
beforeAll(async () => {
  if (CHROMIUM.path === undefined) return;
  const { path } = CHROMIUM;
  const launch = () =>
    chromium.launch({
      executablePath: path,
      // Tests may run as root, which Chromium's sandbox refuses; nothing but our own page is loaded.
      args: ['--no-sandbox', '--no-proxy-server', '--disable-gpu'],
      timeout: LAUNCH_MS,
    });
  browser = launch().catch(launch);
  await browser;
}, 2 * LAUNCH_MS);

afterAll(async () => {
  if (browser !== undefined) await within('The end of Chromium', (await browser).close());
}, 2 * WAIT_MS);

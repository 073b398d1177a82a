// Debian's Chromium, driven by playwright-core: started once for a file of tests. Where it is not installed, the tests say so
// (peers.ts).

import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import { afterAll, onTestFinished } from 'vitest';
import { foreignProgram } from './peers.ts';

export const CHROMIUM = foreignProgram('chromium');

let browser: Promise<Browser> | undefined;

/** A new page of its own, with nothing remembered. What goes wrong in it fails the test. */
export async function newPage(url: string, options: BrowserContextOptions = {}): Promise<Page> {
  if (browser === undefined) {
    browser = chromium.launch({
      executablePath: CHROMIUM.path!,
      // Tests may run as root, which Chromium's sandbox refuses; nothing but our own page is loaded.
      args: ['--no-sandbox', '--no-proxy-server', '--disable-gpu'],
      timeout: 120_000,
    });
  }
  const context = await (await browser).newContext(options);
  context.setDefaultTimeout(60_000);
  const page = await context.newPage();
  const faults: string[] = [];
  page.on('pageerror', error => faults.push(error.message));
  page.on('console', message => {
    // A daemon that is away, and a token that is asked for, are said on the console too.
    if (message.type() === 'error' && !/Failed to load resource/.test(message.text()))
      faults.push(message.text());
  });
  onTestFinished(async () => {
    await context.close();
    if (faults.length > 0) throw new Error(`The page has faults: ${faults.join('; ')}`);
  });
  await page.goto(url, { waitUntil: 'domcontentloaded' });
  return page;
}

afterAll(async () => {
  await (await browser)?.close();
});

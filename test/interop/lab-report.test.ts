// The report of the lab in a browser, opened as a file: it loads nothing, its pictures follow the reader and nobody else, and
// everybody can reach them. What it reports is made up.

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { BrowserContextOptions, Page } from 'playwright-core';
import { describe, expect } from 'vitest';
import { htmlReport, markdownReport } from '../../src/lab/report/index.ts';
import type { ScenarioResult } from '../../src/lab/scenario.ts';
import { MADE_UP_FACTS, madeUpResults, manyMadeUpResults } from '../made-up-results.ts';
import { axeFindings } from './axe.ts';
import { CHROMIUM, newPage } from './browser.ts';
import { interopTest, temporaryFolder } from './peers.ts';

function browserTest(sentence: string, run: () => Promise<void>): void {
  interopTest(sentence, [CHROMIUM], run, 300_000);
}

describe('the page of the lab', () => {
  browserTest('is read from a file, without a network', async () => {
    const page = await opened(madeUpResults());
    const asked: string[] = [];
    page.on('request', request => asked.push(request.url()));
    await page.reload();
    await page.getByRole('heading', { name: '3 of 5 lines passed' }).waitFor();
    expect(asked.filter(url => !/^(?:file|data):/.test(url))).toEqual([]);
    expect(asked.filter(url => url.startsWith('file:'))).toHaveLength(1);
    await page.getByRole('link', { name: 'Equal uplinks, with real processes' }).first().click();
    expect(page.url()).toMatch(/#equal-uplinks-field$/);
    await page.getByRole('img', { name: 'Clients together' }).first().waitFor();
  });

  browserTest('shows the moment that is asked for, by mouse and by keys', async () => {
    const page = await opened(madeUpResults());
    await ready(page);
    const [middle, begin, end] = [await picture(page), await at(page, 'Home'), await at(page, 'End')];
    expect(new Set([middle, begin, end].map(({ cells }) => cells)).size).toBe(3);
    expect(new Set([middle, begin, end].map(({ graph }) => graph)).size).toBe(3);
    expect(begin.words).toMatch(/^0\.0 s: 0 of 32 have everything \(31 are there\); the seed sends nothing/);
    expect(end.words).toMatch(/^59\.5 s: \d+ of 32 have everything/);
    const before = await at(page, 'ArrowLeft');
    expect(before.words).toMatch(/^59\.0 s: /);
    expect(await scrubber(page).getAttribute('aria-valuetext')).toBe(before.words);
    await scrubber(page).click({ position: { x: 2, y: 12 } });
    expect(await moment(page)).toMatch(/^[01]\.\d s: /);
  });

  browserTest('shows whom a peer exchanges with once it is chosen', async () => {
    const page = await opened(madeUpResults());
    await ready(page);
    const chosen = () => page.locator('.player').first().locator('[aria-selected="true"]');
    // The seed, to begin with: it gives and takes nothing.
    await chosen().getByText('seed').waitFor();
    expect(await page.locator('.player').first().locator('.flow.is-in').count()).toBe(0);
    const rows = page.getByRole('listbox').first();
    await rows.focus();
    await page.keyboard.press('ArrowDown');
    await chosen().getByText('leecher 1', { exact: true }).waitFor();
    await page.getByText(/^leecher 1 has \d+\.\d %; receives .* from \d+, sends /).waitFor();
    expect(await page.locator('.player').first().locator('.flow.is-in').count()).toBeGreaterThan(0);
    const words = await moment(page);
    await page.keyboard.press('ArrowRight');
    expect(await moment(page)).not.toBe(words);
    await page.keyboard.press('End');
    await chosen().getByText('leecher 32').waitFor();
    await page.keyboard.press('Escape');
    await chosen().waitFor({ state: 'detached' });
    await page.locator('.player').first().locator('.peer').nth(3).click();
    await chosen().getByText('leecher 3', { exact: true }).waitFor();
  });

  for (const reducedMotion of ['no-preference', 'reduce'] as const) {
    browserTest(`moves only while it is played, where the reader's wish is ${reducedMotion}`, async () => {
      const page = await opened(madeUpResults(), { reducedMotion });
      await ready(page);
      const still = await picture(page);
      await page.evaluate(FRAMES_LATER);
      expect(await picture(page)).toEqual(still);
      await page.getByRole('button', { name: 'Play' }).first().click();
      await expect.poll(() => moment(page), { timeout: 60_000 }).not.toBe(still.words);
      await page.getByRole('button', { name: 'Pause' }).first().click();
      const paused = await picture(page);
      await page.evaluate(FRAMES_LATER);
      expect(await picture(page)).toEqual(paused);
    });
  }

  browserTest('fits a phone, and draws its plots for it', async () => {
    const page = await opened(madeUpResults(), { viewport: { width: 360, height: 740 } });
    await ready(page);
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(360);
    expect(await page.locator('.plot.is-wide:visible').count()).toBe(0);
    expect(await page.locator('.plot.is-narrow:visible').count()).toBe(6);
    await page
      .getByRole('img', { name: /^How near to the bound Times the bound, by leechers\. Swarmline: / })
      .waitFor();
  });

  browserTest('opens soon with fifteen scenarios, and shows the last of them', async () => {
    const page = await opened(manyMadeUpResults());
    expect(await page.locator('.player[data-ready]').count()).toBeLessThan(15);
    const last = page.locator('.player').last();
    await last.scrollIntoViewIfNeeded();
    await last.getByText(/of 32 have everything/).waitFor();
  });

  for (const [name, options] of [
    ['light', {}],
    ['dark', { colorScheme: 'dark' }],
    ['a phone', { viewport: { width: 360, height: 740 }, isMobile: true, hasTouch: true }],
  ] satisfies [string, BrowserContextOptions][]) {
    browserTest(`has nothing that axe finds in ${name}`, async () => {
      const page = await opened(madeUpResults(), options);
      await ready(page);
      for (const summary of await page.locator('summary').all()) await summary.click();
      expect(await axeFindings(page)).toEqual([]);
    });
  }
});

describe('a plot as a file', () => {
  browserTest('is drawn as a picture, dark where the reader has it dark', async () => {
    const folder = temporaryFolder();
    for (const { path, text } of markdownReport(madeUpResults(), MADE_UP_FACTS))
      writeFileSync(join(folder, path), text);
    const ground = async (options: BrowserContextOptions) => {
      const page = await newPage(`${pathToFileURL(join(folder, 'equal-uplinks-1.svg'))}`, options);
      return page.evaluate("getComputedStyle(document.querySelector('.sheet')).fill");
    };
    expect(await ground({})).toBe('rgb(255, 255, 255)');
    expect(await ground({ colorScheme: 'dark' })).toBe('rgb(26, 30, 34)');
  });
});

/** The page, as whoever was sent the file opens it. */
function opened(results: readonly ScenarioResult[], options: BrowserContextOptions = {}): Promise<Page> {
  const path = join(temporaryFolder(), 'report.html');
  writeFileSync(path, htmlReport(results, MADE_UP_FACTS));
  return newPage(`${pathToFileURL(path)}`, { ...options, offline: true });
}

async function ready(page: Page): Promise<void> {
  await page.locator('.player').first().scrollIntoViewIfNeeded();
  await page.locator('.player[data-ready]').first().waitFor();
}

function scrubber(page: Page) {
  return page.getByRole('slider', { name: 'Moment of the run N = 32' }).first();
}

async function at(page: Page, key: string) {
  await scrubber(page).focus();
  await page.keyboard.press(key);
  return picture(page);
}

async function moment(page: Page): Promise<string> {
  return (await page.locator('.moment').first().textContent())!;
}

async function picture(page: Page) {
  const cells = await page.evaluate("document.querySelector('.cells').toDataURL()");
  const graph = await page.locator('.graph').first().innerHTML();
  return { cells, graph, words: await moment(page) };
}

/** A while in which whatever moves by itself would have moved. */
const FRAMES_LATER = `new Promise(resolve => {
  let left = 20;
  const turn = () => (left-- === 0 ? resolve() : requestAnimationFrame(turn));
  turn();
})`;

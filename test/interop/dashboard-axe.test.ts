// Everybody can reach all of the dashboard: what axe finds of it, in each theme.

import type { BrowserContextOptions } from 'playwright-core';
import { describe, expect } from 'vitest';
import { newPage } from './browser.ts';
import { browserTest, seedingDaemon, seriousFindings, THEMES } from './dashboard-album.ts';

describe('the dashboard has no serious finding of axe', () => {
  for (const [name, options] of THEMES) {
    browserTest(`in ${name}: list and each tab`, async () => {
      const { page, look, findings } = await looked(options);
      await look('list');
      await page.getByText('album', { exact: true }).first().click();
      for (const tab of ['Overview', 'Peers', 'Files', 'Trackers', 'Log']) {
        await page.getByRole('tab', { name: tab }).click();
        await page.getByRole('tabpanel').locator('> *').first().waitFor();
        await look(tab);
      }
      expect(findings).toEqual([]);
    });

    browserTest(`in ${name}: each dialog`, async () => {
      const { page, look, findings } = await looked(options);
      for (const key of ['a', 'r', '?', 'l', 'Delete']) {
        await page.keyboard.press(key);
        await page.getByRole('dialog').waitFor();
        await look(`dialog of ${key}`);
        await page.keyboard.press('Escape');
        await page.getByRole('dialog').waitFor({ state: 'detached' });
      }
      for (const button of ['Create', 'Limits and settings']) {
        await page.getByRole('button', { name: button, exact: true }).click();
        await page.getByRole('dialog').waitFor();
        await look(button);
        await page.keyboard.press('Escape');
        await page.getByRole('dialog').waitFor({ state: 'detached' });
      }
      expect(findings).toEqual([]);
    });
  }
});

/** A page with two torrents, of which what axe finds is noted. */
async function looked(options: BrowserContextOptions) {
  const daemon = await seedingDaemon();
  await daemon.ask('torrents.add', {
    magnet: `magnet:?xt=urn:btih:${'a'.repeat(40)}&dn=one`,
    labels: ['iso'],
  });
  const page = await newPage(daemon.url, { ...options, reducedMotion: 'reduce' });
  const findings: string[] = [];
  const look = async (where: string) => {
    findings.push(...(await seriousFindings(page)).map(text => `${where}: ${text}`));
  };
  await page.locator('.row-line').getByText('album', { exact: true }).waitFor();
  return { page, look, findings };
}

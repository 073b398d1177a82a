// What axe-core finds wrong with a page for those who do not see it, or use no mouse.

import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Page } from 'playwright-core';
import { within } from './browser.ts';

interface Violation {
  readonly id: string;
  readonly impact: string;
  readonly nodes: readonly { readonly html: string; readonly failureSummary: string }[];
}

/** Each violation as a sentence; of these impacts alone, where they are given. */
export async function axeFindings(page: Page, impacts?: readonly string[]): Promise<string[]> {
  await within('The script of axe', page.evaluate(AXE));
  const run = page.evaluate("axe.run({ resultTypes: ['violations'] })");
  const { violations } = (await within('What axe finds', run)) as { violations: Violation[] };
  return violations
    .filter(({ impact }) => impacts?.includes(impact) ?? true)
    .map(
      ({ id, nodes: [first] }) =>
        `${id}: ${first!.html.slice(0, 200)} ${first!.failureSummary.slice(0, 300)}`,
    );
}

const AXE = `window.axe ?? (() => {${readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')}})();`;

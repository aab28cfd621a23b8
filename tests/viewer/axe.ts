/** What axe-core has against a page: only what it calls serious or critical. */
import { readFileSync } from 'node:fs';
import type { AxeResults } from 'axe-core';
import type { Page } from 'playwright-core';

const source = readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8');

/** @returns One line for each element: rule, element, what is wrong. */
export async function findFaults(page: Page): Promise<string[]> {
  // As the debugger does it: the page's policy does not let a script element in.
  await page.evaluate(source);
  const results = (await page.evaluate('axe.run()')) as AxeResults; // it is loaded on the line above
  return results.violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .flatMap(({ id, nodes }) =>
      nodes.map(({ target, failureSummary }) => `${id}: ${target.join(' ')}: ${failureSummary}`),
    );
}

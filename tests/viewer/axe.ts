/** Lists the violations of a page that axe-core calls serious or critical. */
import { readFileSync } from 'node:fs';
import type { AxeResults } from 'axe-core';
import type { Page } from 'playwright-core';

const source = readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8');

/** @returns One line per element: rule, element, problem. */
export async function findFaults(page: Page): Promise<string[]> {
  // Evaluated through the debugger: the page's content security policy blocks a script element.
  await page.evaluate(source);
  const results = (await page.evaluate('axe.run()')) as AxeResults; // the script has defined `axe`
  return results.violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .flatMap(({ id, nodes }) =>
      nodes.map(({ target, failureSummary }) => `${id}: ${target.join(' ')}: ${failureSummary}`),
    );
}

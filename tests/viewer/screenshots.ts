/**
 * `npm run screenshots -- <folder>`: takes pictures of the list screens, dark and light, wide and narrow, with no, few and many
 * traces.
 */
import { mkdirSync } from 'node:fs';
import { chromium, type Page } from 'playwright-core';
import { startCollector } from 'waymark';
import { busyShop } from './busy-shop.ts';
import { findBrowser } from './find-browser.ts';
import { type SpanToSend, sendSpans } from './send-spans.ts';

const screens = [
  ['traces', '/traces', '.trace-row[aria-selected], .empty-state'],
  ['operations', '/operations', '.operation-name, .empty-state'],
  ['map', '/map', '.map-node, .empty-state'],
  ['errors', '/errors', '.error-group, .empty-state'],
] as const;

const amounts = { nothing: 0, few: 3, many: 5000 };

/** A request with more spans is larger than the collector accepts. */
const maxBatch = 5000;

async function main(): Promise<void> {
  const folder = process.argv[2] ?? 'screenshots';
  const executablePath = findBrowser({ ...process.env, CI: 'true' });
  if (executablePath === undefined) throw new Error('WAYMARK_WITHOUT_BROWSER=1 and screenshots exclude each other.');
  mkdirSync(folder, { recursive: true });
  const browser = await chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-gpu'] });
  for (const [amount, count] of Object.entries(amounts)) {
    const collector = await startCollector({ port: 0 });
    await sendAll(collector.url, busyShop(count));
    for (const width of [1440, 390]) {
      for (const colorScheme of ['light', 'dark'] as const) {
        const context = await browser.newContext({ viewport: { width, height: width > 720 ? 900 : 844 }, colorScheme });
        const page = await context.newPage();
        for (const [name, path, sign] of screens) {
          await page.goto(collector.url + path);
          await page.locator(sign).first().waitFor();
          await settle(page);
          await page.screenshot({ path: `${folder}/${name}-${amount}-${width}-${colorScheme}.png` });
        }
        await context.close();
      }
    }
    await collector.close();
  }
  await browser.close();
}

async function sendAll(url: string, spans: readonly SpanToSend[]): Promise<void> {
  for (let at = 0; at < spans.length; at += maxBatch) await sendSpans(url, spans.slice(at, at + maxBatch));
}

/** Waits until the page has loaded and drawn its data. Not `networkidle`: the page keeps listening to the collector. */
async function settle(page: Page): Promise<void> {
  await page.waitForFunction(() => document.querySelector('[aria-busy="true"]') === null);
  await page.evaluate(() => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve))));
}

void main();

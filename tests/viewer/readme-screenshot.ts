// `npm run screenshot:readme`: takes the picture in README.md, of the running viewer with a trace of the shop.
import { join } from 'node:path';
import { chromium } from 'playwright-core';
import { startCollector } from 'waymark';
import { startExample, stopExamples } from '../examples/run-example.ts';
import { findBrowser } from './find-browser.ts';

const picture = join(__dirname, '../../docs/viewer.png');

/** The requests to the shop. The picture shows the last one. The others are its history. */
const paths = [...Array.from({ length: 12 }, () => '/users/8/basket'), '/users/7/basket'];

async function main(): Promise<void> {
  const executablePath = findBrowser();
  if (executablePath === undefined) throw new Error('There is no browser to take a picture with.');
  const collector = await startCollector({ port: 0 });
  const shop = startExample('shop/start.js', [], { OTEL_EXPORTER_OTLP_ENDPOINT: collector.url });
  const [, gateway = ''] = await shop.waitFor(/curl (http:\S+)\/users\/7\/orders/);
  for (const path of paths) await (await fetch(gateway + path)).text();

  const browser = await chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-gpu'] });
  const page = await browser.newPage({
    viewport: { width: 1280, height: 640 },
    colorScheme: 'dark',
    deviceScaleFactor: 2,
  });
  await page.goto(`${collector.url}/traces`);
  await page.locator('.trace-row', { hasText: 'GET /users/:id/basket' }).first().click();
  await page.getByRole('button', { name: /^N\+1: SELECT/ }).click();
  await page.locator('.panel').getByText('N+1').waitFor();
  // Waits for the spans of all three processes.
  await page.getByText('The root span has not arrived').waitFor({ state: 'detached' });
  await page.screenshot({ path: picture });
  await browser.close();
  await stopExamples();
  await collector.close();
  console.log(picture);
}

void main();

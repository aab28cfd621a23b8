// `npm run screenshot:order`: takes the picture in docs/order.md, of the running viewer with the trace of examples/order.
import { join } from 'node:path';
import { chromium } from 'playwright-core';
import { startExample, stopExamples } from '../examples/run-example.ts';
import { startKafka } from '../services/kafka.ts';
import { startPostgres } from '../services/postgres.ts';
import { findBrowser } from './find-browser.ts';

const picture = join(__dirname, '../../docs/order.png');

async function main(): Promise<void> {
  const executablePath = findBrowser();
  if (executablePath === undefined) throw new Error('There is no browser to take a picture with.');
  const [kafka, postgres] = await Promise.all([startKafka(), startPostgres()]);
  const env = { KAFKA_BROKERS: kafka.url, DATABASE_URL: postgres.url };
  const example = startExample('order/start.js', ['--stay'], env);
  const [, url = ''] = await example.waitFor(/(http:\S+\/trace\/[0-9a-f]{32})[\s\S]*Ctrl-C/);

  const browser = await chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-gpu'] });
  const page = await browser.newPage({
    viewport: { width: 1280, height: 560 },
    colorScheme: 'dark',
    deviceScaleFactor: 2,
  });
  await page.goto(url);
  await page.getByText('send order.reserved').first().waitFor();
  await page.screenshot({ path: picture });
  await browser.close();
  await stopExamples();
  await Promise.all([kafka.stop(), postgres.stop()]);
  console.log(picture);
}

void main();

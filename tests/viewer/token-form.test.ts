// Opens the address of a collector with a token, without the token.
import { type Collector, startCollector } from 'waymark';
import { describeInBrowser } from './describe-in-browser.ts';

const token = 'a-token-that-is-long-enough';

describeInBrowser('the form for the token', ({ open }) => {
  let collector: Collector;
  beforeEach(async () => {
    collector = await startCollector({ port: 0, token });
  });
  afterEach(() => collector.close());

  test('reports a wrong token, and opens the requested page after the right one', async () => {
    const page = await open(`http://127.0.0.1:${collector.port}/operations?range=6h`);
    const input = page.getByLabel('Token');
    await input.fill('another-token-of-somebody');
    await input.press('Enter');
    await page.getByRole('alert').getByText('This token is wrong.').waitFor();
    await input.fill(token);
    await page.getByRole('button', { name: 'Open' }).click();
    await page.locator('h1', { hasText: 'Operations' }).waitFor();
    expect(new URL(page.url()).search).toBe('?range=6h');
    await page.reload();
    await page.locator('h1', { hasText: 'Operations' }).waitFor();
  });
});

// Large traces stay fast. `npm run measure:viewer` measures the figures of docs/viewer-figures.md. The limits here are three
// times as large, because CI machines are slow and busy.
import { describeInBrowser } from './describe-in-browser.ts';
import { makeLargeTrace, sendMadeTrace } from './made-trace.ts';
import { measureTrace, type TraceFigures } from './measure-trace.ts';
import { useViewer } from './start-viewer.ts';

const traceId = '4bf92f3577b34da6a3ce929d0e0e4736';
const tolerance = 3;
const mostOpenMs = 1500 * tolerance;
const mostTaskMs = 100 * tolerance;

describeInBrowser('a trace of 50,000 spans', ({ open }) => {
  const viewer = useViewer();

  test('opens within 1.5 s, and folds, scrolls and searches without a task over 100 ms', async () => {
    await sendMadeTrace(viewer.url, traceId, makeLargeTrace(50_000));
    const page = await open('about:blank');
    const figures = await measureTrace(page, `${viewer.url}/trace/${traceId}`, 'TimeoutError');
    expect(figures.spanCount).toBeGreaterThanOrEqual(50_000);
    expect(figures.open.ms).toBeLessThan(mostOpenMs);
    expect(longestTaskMs(figures)).toBeLessThan(mostTaskMs);
  });

  test('renders only the visible rows', async () => {
    await sendMadeTrace(viewer.url, traceId, makeLargeTrace(50_000));
    const page = await open(`${viewer.url}/trace/${traceId}?fold=none`);
    await page.locator('.waterfall-row').first().waitFor();
    expect(Number(await page.getByRole('treegrid').getAttribute('aria-rowcount'))).toBeGreaterThan(50_000);
    expect(await page.locator('.waterfall-row').count()).toBeLessThan(100);
  });
});

function longestTaskMs({ open, fold, scroll, search }: TraceFigures): number {
  return Math.max(...[open, fold, scroll, search].map((measured) => measured.longestTaskMs));
}

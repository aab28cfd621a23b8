// If the clock of the first span is hours behind, the screen shows times relative to the first corrected start.
import { describeInBrowser } from './describe-in-browser.ts';
import { type MadeSpan, sendMadeTrace } from './made-trace.ts';
import { useViewer } from './start-viewer.ts';

const traceId = '4bf92f3577b34da6a3ce929d0e0e4737';
const hourMs = 3_600_000;

describeInBrowser('a trace with a slow clock', ({ open }) => {
  const viewer = useViewer();

  test('shows times relative to the root, or to the first span as sent', async () => {
    await sendMadeTrace(viewer.url, traceId, makeTrace());
    const page = await open(`${viewer.url}/trace/${traceId}?span=00000000000000c3`);
    const startsAt = page.locator('.figures div', { hasText: 'Starts at' }).locator('dd');
    const asSent = page.locator('.figures div', { hasText: 'As sent' }).locator('dd');
    expect(await page.locator('.time-axis .tick').first().textContent()).toBe('0 ms');
    expect(await startsAt.textContent()).toBe('20.0 ms');
    expect(await asSent.textContent()).toBe('−2 h 00 m');
    await page.getByRole('button', { name: 'show times as sent' }).click();
    await page.getByRole('button', { name: 'showing times as sent' }).waitFor();
    expect(await startsAt.textContent()).toBe('0 ms');
  });
});

/** A call whose server span is two hours before the client span. */
function makeTrace(): MadeSpan[] {
  const root = '00000000000000c1';
  const call = '00000000000000c2';
  return [
    { spanId: root, service: 'web', name: 'GET /prices', kind: 'server', startMs: 2 * hourMs, durationMs: 100 },
    {
      spanId: call,
      parentSpanId: root,
      service: 'web',
      name: 'GET',
      kind: 'client',
      startMs: 2 * hourMs + 10,
      durationMs: 80,
    },
    {
      spanId: '00000000000000c3',
      parentSpanId: call,
      service: 'pricing',
      name: 'GET /price',
      kind: 'server',
      startMs: 0,
      durationMs: 60,
    },
  ];
}
